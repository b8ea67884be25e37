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

{#- By how many months fiscal quarters are moved from calendar quarters, as ruled on the as-of date: one row, from
    the CTEs `run` (as_of) and `rules` (int_scoring_rules). -#}
{% macro fiscal_calendar() %}
    select rules.fiscal_year_start_month - 1 as fiscal_shift
    from run
    inner join
        rules
        on rules.rules_from <= run.as_of
        and (rules.rules_until is null or run.as_of < rules.rules_until)
{% endmacro %}

{#- The first day of a day's calendar month, a DATE. -#}
{% macro month_start(on_date) -%} cast(date_trunc('month', {{ on_date }}) as date) {%- endmacro %}

{#- Calendar months from the month of one day to that of another. -#}
{% macro months_between(from_date, until_date) -%}
    (
        (extract(year from {{ until_date }}) - extract(year from {{ from_date }})) * 12
        + extract(month from {{ until_date }})
        - extract(month from {{ from_date }})
    )
{%- endmacro %}
