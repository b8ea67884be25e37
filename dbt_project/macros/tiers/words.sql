{#- A key as a name: Gold. -#}
{% macro as_name(key) -%}
    (upper(substring({{ key }}, 1, 1)) || replace(substring({{ key }}, 2), '_', ' '))
{%- endmacro %}

{#- A label within a sentence: its first letter small, unless it begins with an abbreviation. -#}
{% macro within_sentence(label) -%}
    case
        when substring({{ label }}, 2, 1) = upper(substring({{ label }}, 2, 1))
        then {{ label }}
        else lower(substring({{ label }}, 1, 1)) || substring({{ label }}, 2)
    end
{%- endmacro %}

{#- What a gate looks at, within a sentence; `label` is that of its metric. -#}
{% macro gate_label(gate, label) -%}
    case
        {{ gate }}
        when 'weighted_score'
        then 'score'
        when 'every_criterion'
        then 'lowest criterion'
        when 'every_metric'
        then 'lowest rubric score'
        else {{ within_sentence(label) }}
    end
{%- endmacro %}

{#- A small whole number in words. -#}
{% macro number_word(number) -%}
    case
        {{ number }}
        when 1
        then 'one'
        when 2
        then 'two'
        when 3
        then 'three'
        when 4
        then 'four'
        when 5
        then 'five'
        when 6
        then 'six'
        when 7
        then 'seven'
        when 8
        then 'eight'
        else cast({{ number }} as {{ dbt.type_string() }})
    end
{%- endmacro %}

{#- How finely a value of a unit is shown: as so many parts of one. -#}
{% macro shown_parts(unit) -%}
    case
        when {{ unit }} in ('usd', 'count', 'flag')
        then 1
        when {{ unit }} = 'rate'
        then 1000
        else 100
    end
{%- endmacro %}

{#- A number of such parts as text: $612,000 · 20 · 83.4% · 2.71. Wants int_currency__reporting as `reporting`. -#}
{% macro shown_value(parts, unit) -%}
    case
        when {{ unit }} = 'usd'
        then
            case
                reporting.reporting_currency
                when 'USD'
                then '$'
                else reporting.reporting_currency || ' '
            end
            || {{ with_thousands(parts) }}
        when {{ unit }} in ('count', 'flag')
        then {{ with_thousands(parts) }}
        when {{ unit }} = 'rate'
        then {{ in_tenths(parts) }} || '%'
        else
            case when {{ parts }} < 0 then '-' else '' end
            || {{ with_thousands(whole_quotient("abs(" ~ parts ~ ")", "100")) }}
            || '.'
            || lpad(cast(mod(abs({{ parts }}), 100) as {{ dbt.type_string() }}), 2, '0')
    end
{%- endmacro %}

{#- A number of tenths as text: 83.4. -#}
{% macro in_tenths(parts) -%}
    case when {{ parts }} < 0 then '-' else '' end
    || cast({{ whole_quotient("abs(" ~ parts ~ ")", "10") }} as {{ dbt.type_string() }})
    || '.'
    || cast(mod(abs({{ parts }}), 10) as {{ dbt.type_string() }})
{%- endmacro %}
