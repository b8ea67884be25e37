{#- Whether a figure keeps what a gate requires; null where there is no figure. -#}
{% macro keeps_gate(actual, comparison, required) -%}
    case
        {{ comparison }}
        when 'at_least'
        then {{ actual }} >= {{ required }}
        when 'above'
        then {{ actual }} > {{ required }}
        when 'at_most'
        then {{ actual }} <= {{ required }}
    end
{%- endmacro %}

{#- The lowest rubric score for a gate on every metric: null where one that is not measured might be the lowest. -#}
{% macro judged_lowest(score, is_incomplete, comparison, required) -%}
    case
        when
            not {{ is_incomplete }}
            or ({{ comparison }} = 'at_least' and {{ score }} < {{ required }})
            or ({{ comparison }} = 'above' and {{ score }} <= {{ required }})
        then {{ score }}
    end
{%- endmacro %}

{#- Of each tier, whether all of its groups of gates are met and whether one is failed: of gates with the columns of
    `by`, tier, gate_group and is_met. One gate met is enough for its group; that none is met is known only when all
    of them are. -#}
{% macro tiers_standing(gates, by) %}
    with
        groups as (
            select
                {{ by | join(", ") }},
                tier,
                gate_group,
                case
                    when bool_or(is_met) then true when count(*) = count(is_met) then false
                end as is_met
            from {{ gates }}
            group by {{ by | join(", ") }}, tier, gate_group
        )

    select
        {{ by | join(", ") }},
        tier,
        bool_and(coalesce(is_met, false)) as is_held,
        bool_or(coalesce(not is_met, false)) as is_failed
    from groups
    group by {{ by | join(", ") }}, tier
{% endmacro %}
