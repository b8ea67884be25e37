{#- The rows of a relation, each with its part of an amount as `part_cents`.

    An amount is split within the groups of `keys` (one amount in each) by whole weights of 0 or more, by largest
    remainder: of equal remainders the first by `order_by`, a total order, gets the unit. The absolute amount is
    split and the sign restored. A group whose weights are all 0 has no parts: null. -#}
{% macro split_by_weight(relation, keys, amount, weight, order_by) %}
    {%- set wide_amount = "abs(cast(" ~ amount ~ " as " ~ wide_integer() ~ "))" -%}
    {%- set total = "nullif(total_weight, 0)" -%}
    select
        floors.*,
        cast(
            case when {{ amount }} < 0 then -1 else 1 end * (
                floor_cents + case
                    when
                        row_number() over (
                            partition by {{ keys }}
                            order by
                                {{ wide_amount }} * {{ weight }} - floor_cents * total_weight desc,
                                {{ order_by }}
                        )
                        <= {{ wide_amount }} - sum(floor_cents) over (partition by {{ keys }})
                    then 1
                    else 0
                end
            ) as bigint
        ) as part_cents
    from
        (
            select
                weighed.*,
                {{ whole_quotient("(" ~ wide_amount ~ " * " ~ weight ~ ")", total) }} as floor_cents
            from
                (
                    select
                        *,
                        cast(
                            sum({{ weight }}) over (partition by {{ keys }}) as {{ wide_integer() }}
                        ) as total_weight
                    from {{ relation }}
                ) as weighed
        ) as floors
{% endmacro %}
