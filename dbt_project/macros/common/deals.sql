{#- Whether a deal of this type brings revenue that was not there before; renewals keep what is. -#}
{% macro is_new_business(opportunity_type) -%}
    {{ opportunity_type }} in ('new', 'expansion')
{%- endmacro %}

{#- Whether a deal of this type has a first year to pay for; one that renews had it before. -#}
{% macro has_first_year(opportunity_type) -%}
    coalesce({{ opportunity_type }}, '') <> 'renewal'
{%- endmacro %}
