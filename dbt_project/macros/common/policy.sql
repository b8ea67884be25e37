{#- The value of one setting, in a group over the rows of a settings seed that are in force. -#}
{% macro setting_value(name, type) -%}
    cast(max(case when settings.setting = '{{ name }}' then settings.value end) as {{ type }})
{%- endmacro %}

{#- Whether a policy row holds on a date: `valid_to` is exclusive, empty = in force. -#}
{% macro is_in_force(policy, on_date) -%}
    {{ policy }}.valid_from <= {{ on_date }}
    and ({{ policy }}.valid_to is null or {{ on_date }} < {{ policy }}.valid_to)
{%- endmacro %}
