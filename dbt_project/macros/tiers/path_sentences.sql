{#- A value on the rubric in words; wants int_currency__reporting as `reporting`. -#}
{% macro _shown_bound(value, unit, cut) -%}
    case
        when {{ unit }} = 'flag'
        then case when {{ value }} >= 1 then 'yes' else 'no' end
        else
            replace(
                {{
                    shown_value(
                        "cast(" ~ cut ~ "(" ~ value ~ " * " ~ shown_parts(unit) ~ ") as bigint)",
                        unit,
                    )
                }},
                '.00',
                ''
            )
    end
{%- endmacro %}

{#- So many steps up the rubric in a sentence: Raise First response one band: from 84.0% to at least 90%. Takes a CTE
    with label, unit, direction, from_value, to_value and to_is_inclusive. -#}
{% macro rubric_steps_sentence(step, steps) -%}
    {%- set words = (
        number_word(steps)
        ~ " || case when "
        ~ steps
        ~ " = 1 then ' band' else ' bands' end"
    ) -%}
    case
        {{ step }}.direction
        when 'higher'
        then 'Raise ' || {{ step }}.label || ' ' || {{ words }}
        else 'Bring ' || {{ step }}.label || ' down ' || {{ words }}
    end
    || ': from '
    || case
        when {{ step }}.from_value is null
        then 'none'
        when {{ step }}.direction = 'higher'
        then {{ _shown_bound(step ~ ".from_value", step ~ ".unit", "floor") }}
        else {{ _shown_bound(step ~ ".from_value", step ~ ".unit", "ceil") }}
    end
    || ' to '
    || case
        when {{ step }}.to_value is null
        then 'any value'
        else
            case
                when {{ step }}.unit = 'flag'
                then ''
                when {{ step }}.direction = 'higher' and {{ step }}.to_is_inclusive
                then 'at least '
                when {{ step }}.direction = 'higher'
                then 'more than '
                when {{ step }}.to_is_inclusive
                then 'at most '
                else 'less than '
            end || replace(
                case
                    when {{ step }}.direction = 'higher'
                    then {{ _shown_bound(step ~ ".to_value", step ~ ".unit", "ceil") }}
                    else {{ _shown_bound(step ~ ".to_value", step ~ ".unit", "floor") }}
                end,
                '.0%',
                '%'
            )
    end
{%- endmacro %}

{#- A gap to close in a sentence: Create $178,000 more pipeline. Takes a CTE with key, label, unit, comparison,
    from_value, to_value and gap_parts. -#}
{% macro gate_gap_sentence(gap) -%}
    case
        when {{ gap }}.comparison = 'at_most'
        then
            'Bring '
            || {{ gap }}.label
            || ' down: from '
            || {{ _shown_bound(gap ~ ".from_value", gap ~ ".unit", "ceil") }}
            || ' to at most '
            || {{ _shown_bound(gap ~ ".to_value", gap ~ ".unit", "floor") }}
        when {{ gap }}.key = 'active_contract'
        then 'Have a contract in force'
        when {{ gap }}.key = 'pipeline_created'
        then 'Create ' || {{ shown_value(gap ~ ".gap_parts", gap ~ ".unit") }} || ' more pipeline'
        when {{ gap }}.key = 'sourced_arr'
        then 'Source ' || {{ shown_value(gap ~ ".gap_parts", gap ~ ".unit") }} || ' more ARR'
        when {{ gap }}.key in ('certified_people', 'converted_referrals')
        then
            {{ as_name(number_word(gap ~ ".gap_parts")) }} || case
                when {{ gap }}.key = 'certified_people' and {{ gap }}.gap_parts = 1
                then ' more certified person'
                when {{ gap }}.key = 'certified_people'
                then ' more certified people'
                when {{ gap }}.gap_parts = 1
                then ' more converted referral'
                else ' more converted referrals'
            end
        when {{ gap }}.unit = 'flag'
        then 'Have ' || {{ within_sentence(gap ~ ".label") }}
        when {{ gap }}.unit in ('usd', 'count')
        then
            {{ shown_value(gap ~ ".gap_parts", gap ~ ".unit") }}
            || ' more '
            || {{ within_sentence(gap ~ ".label") }}
        else
            'Raise '
            || {{ gap }}.label
            || ': from '
            || {{ _shown_bound(gap ~ ".from_value", gap ~ ".unit", "floor") }}
            || case {{ gap }}.comparison when 'above' then ' to more than ' else ' to at least ' end
            || {{ _shown_bound(gap ~ ".to_value", gap ~ ".unit", "ceil") }}
    end
{%- endmacro %}
