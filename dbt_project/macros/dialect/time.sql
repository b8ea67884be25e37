{#- Whole days from one date to another, negative where `until` is earlier. -#}
{% macro days_between(from_date, until_date) -%}
    {{ adapter.dispatch("days_between")(from_date, until_date) }}
{%- endmacro %}

{% macro default__days_between(from_date, until_date) -%}
    (cast({{ until_date }} as date) - cast({{ from_date }} as date))
{%- endmacro %}

{% macro spark__days_between(from_date, until_date) -%}
    cast(datediff(cast({{ until_date }} as date), cast({{ from_date }} as date)) as bigint)
{%- endmacro %}

{#- Seconds from one timestamp to another as decimal(28,9), exact to the microsecond. -#}
{% macro seconds_between(from_at, until_at) -%}
    {{ adapter.dispatch("seconds_between")(from_at, until_at) }}
{%- endmacro %}

{% macro default__seconds_between(from_at, until_at) -%}
    cast(
        cast(epoch_us({{ until_at }}) - epoch_us({{ from_at }}) as decimal(19, 0))
        * cast(0.000001 as decimal(7, 6)) as decimal(28, 9)
    )
{%- endmacro %}

{% macro spark__seconds_between(from_at, until_at) -%}
    cast(
        cast(unix_micros({{ until_at }}) - unix_micros({{ from_at }}) as decimal(19, 0))
        * cast(0.000001 as decimal(7, 6)) as decimal(28, 9)
    )
{%- endmacro %}

{#- A date moved by whole days, a DATE. -#}
{% macro date_plus_days(on_date, days) -%}
    {{ adapter.dispatch("date_plus_days")(on_date, days) }}
{%- endmacro %}

{% macro default__date_plus_days(on_date, days) -%}
    (cast({{ on_date }} as date) + cast({{ days }} as integer))
{%- endmacro %}

{% macro spark__date_plus_days(on_date, days) -%}
    date_add(cast({{ on_date }} as date), cast({{ days }} as int))
{%- endmacro %}

{#- A date moved by calendar months, a DATE: the month's last day where the day does not exist. -#}
{% macro date_plus_months(on_date, months) -%}
    {{ adapter.dispatch("date_plus_months")(on_date, months) }}
{%- endmacro %}

{% macro default__date_plus_months(on_date, months) -%}
    cast(cast({{ on_date }} as date) + to_months(cast({{ months }} as integer)) as date)
{%- endmacro %}

{% macro spark__date_plus_months(on_date, months) -%}
    add_months(cast({{ on_date }} as date), cast({{ months }} as int))
{%- endmacro %}

{#- A timestamp moved by days of 24 hours, a TIMESTAMP. -#}
{% macro timestamp_plus_days(at, days) -%}
    {{ adapter.dispatch("timestamp_plus_days")(at, days) }}
{%- endmacro %}

{% macro default__timestamp_plus_days(at, days) -%}
    (cast({{ at }} as timestamp) + to_days(cast({{ days }} as integer)))
{%- endmacro %}

{% macro spark__timestamp_plus_days(at, days) -%}
    (cast({{ at }} as timestamp) + make_dt_interval(cast({{ days }} as int)))
{%- endmacro %}

{#- A timestamp moved by hours, a TIMESTAMP. -#}
{% macro timestamp_plus_hours(at, hours) -%}
    {{ adapter.dispatch("timestamp_plus_hours")(at, hours) }}
{%- endmacro %}

{% macro default__timestamp_plus_hours(at, hours) -%}
    (cast({{ at }} as timestamp) + to_hours(cast({{ hours }} as bigint)))
{%- endmacro %}

{% macro spark__timestamp_plus_hours(at, hours) -%}
    (cast({{ at }} as timestamp) + make_dt_interval(0, cast({{ hours }} as int)))
{%- endmacro %}
