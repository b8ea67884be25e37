{#- A row's partner as facts keep it: `unknown` where the partners extract does not have it. -#}
{% macro known_partner(partners="partners") -%}
    coalesce({{ partners }}.partner_id, 'unknown')
{%- endmacro %}
