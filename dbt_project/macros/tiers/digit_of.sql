{#- The digit of a whole number at a place, 1 for the last: by its text, as the number is too wide to divide. -#}
{% macro digit_of(number, place) -%}
    cast(
        substring(
            lpad(cast({{ number }} as {{ dbt.type_string() }}), 38, '0'), 39 - {{ place }}, 1
        ) as integer
    )
{%- endmacro %}
