{#- Whether a deal of this type brings revenue that was not there before; renewals keep what is. -#}
{% macro is_new_business(opportunity_type) -%}
    {{ opportunity_type }} in ('new', 'expansion')
{%- endmacro %}
