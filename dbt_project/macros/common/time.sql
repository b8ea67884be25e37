{#- The instant before everything an extract can hold: where a span has no beginning of its own. -#}
{% macro beginning_of_time() -%} timestamp '1900-01-01 00:00:00' {%- endmacro %}

{#- The instant after everything an extract can hold: where a span has no end of its own. -#}
{% macro end_of_time() -%} timestamp '9999-12-31 00:00:00' {%- endmacro %}

{#- The first day of the fiscal quarter a day is in: fiscal quarters are calendar quarters of a calendar moved by
    `shift` months. -#}
{% macro fiscal_quarter_start(on_date, shift) -%}
    {{
        date_plus_months(
            "date_trunc('quarter', " ~ date_plus_months(on_date, "-" ~ shift) ~ ")", shift
        )
    }}
{%- endmacro %}
