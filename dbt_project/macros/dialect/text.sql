{#- The texts of a group in their own order, joined; null where the group has none. -#}
{% macro join_sorted(expression, separator=", ") -%}
    {{ adapter.dispatch("join_sorted")(expression, separator) }}
{%- endmacro %}

{% macro default__join_sorted(expression, separator) -%}
    string_agg({{ expression }}, '{{ separator }}' order by {{ expression }})
{%- endmacro %}

{% macro spark__join_sorted(expression, separator) -%}
    nullif(array_join(array_sort(collect_list({{ expression }})), '{{ separator }}'), '')
{%- endmacro %}
