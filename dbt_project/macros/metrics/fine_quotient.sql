{#- (a × b) ÷ (c × d) of decimals(28,9) in whole quadrillionths, rounded half away from zero: six places finer than
    what is stored, so that parts can be rounded to add up to the rounded whole. Null where the divisor is 0. -#}
{% macro fine_quotient(a, b, c, d) -%}
    {{
        divide_half_away(
            scaled_integer(a) ~ " * " ~ scaled_integer(b) ~ " * 1000000000000000",
            scaled_integer(c) ~ " * " ~ scaled_integer(d),
        )
    }}
{%- endmacro %}

{#- A whole number of billionths as decimal(28,9). -#}
{% macro from_billionths(units) -%}
    cast(
        cast({{ units }} as decimal(28, 0)) * cast(0.000000001 as decimal(10, 9)) as decimal(28, 9)
    )
{%- endmacro %}

{#- Non-negative quadrillionths as billionths, by largest remainder within a partition: the parts add up to the
    rounded whole. Equal remainders go by `tie`. -#}
{% macro billionths_by_largest_remainder(units, partition, tie) -%}
    (
        {{ whole_quotient(units, "1000000") }} + case
            when
                row_number() over (
                    partition by {{ partition }} order by {{ units }} % 1000000 desc, {{ tie }}
                )
                <= {{
                    divide_half_away(
                        "sum(" ~ units ~ ") over (partition by " ~ partition ~ ")", "1000000"
                    )
                }} - sum({{ whole_quotient(units, "1000000") }}) over (partition by {{ partition }})
            then 1
            else 0
        end
    )
{%- endmacro %}
