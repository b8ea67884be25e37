{#- A whole number of billionths as the decimal(28,9) it stands for. -#}
{% macro from_billionths(number) -%}
    cast(
        cast({{ number }} as decimal(27, 0)) * cast(0.000000001 as decimal(10, 9)) as decimal(28, 9)
    )
{%- endmacro %}

{#- Billionths of a unit as people read the units: 1,250.5. -#}
{% macro units_words(billionths) -%}
    {%- set whole = whole_quotient("abs(" ~ billionths ~ ")", "1000000000") -%}
    {%- set rest = "(abs(" ~ billionths ~ ") - " ~ whole ~ " * 1000000000)" -%}
    (
        case when {{ billionths }} < 0 then '-' else '' end
        || {{ with_thousands(whole) }}
        || case
            when {{ rest }} > 0 then substring({{ plain_number(from_billionths(rest)) }}, 2) else ''
        end
    )
{%- endmacro %}

{#- Money as people read it, with all places of its currency: USD 1,250.00. -#}
{% macro money_words(cents, currency, digits) -%}
    {%- set unit = minor_units_per_unit(digits) -%}
    {%- set whole = whole_quotient("abs(" ~ cents ~ ")", unit) -%}
    (
        {{ currency }}
        || ' '
        || case when {{ cents }} < 0 then '-' else '' end
        || {{ with_thousands(whole) }}
        || case
            when {{ digits }} > 0
            then
                '.' || lpad(
                    cast(abs({{ cents }}) - {{ whole }} * {{ unit }} as {{ dbt.type_string() }}),
                    {{ digits }},
                    '0'
                )
            else ''
        end
    )
{%- endmacro %}

{#- The month of a day as text: 2026-10. -#}
{% macro month_words(on_date) -%}
    substring(cast(cast({{ on_date }} as date) as {{ dbt.type_string() }}), 1, 7)
{%- endmacro %}
