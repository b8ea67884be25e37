{#- Minor units of the reporting currency in major ones; wants int_currency__reporting joined as `reporting`. -#}
{% macro in_reporting_units(cents) -%}
    {{ decimal_ratio(cents, minor_units_per_unit("reporting.minor_unit_digits")) }}
{%- endmacro %}
