{#- The instant before everything an extract can hold: where a span has no beginning of its own. -#}
{% macro beginning_of_time() -%} timestamp '1900-01-01 00:00:00' {%- endmacro %}

{#- The instant after everything an extract can hold: where a span has no end of its own. -#}
{% macro end_of_time() -%} timestamp '9999-12-31 00:00:00' {%- endmacro %}
