{#- Money of a source row, as columns and as the joins they need.

    A row without a currency is in the reporting currency. `money_joins` names the row's own currency
    `currencies` and the reporting one `reporting`; `conversion_joins` adds the rate in force on a date. -#}
{% macro money_joins(currency) -%}
    cross join {{ ref("int_currency__reporting") }} as reporting
    left join
        {{ source("raw", "currencies") }} as currencies
        on upper(coalesce({{ currency }}, reporting.reporting_currency)) = currencies.currency
{%- endmacro %}

{% macro money_currency(currency) -%}
    upper(coalesce({{ currency }}, reporting.reporting_currency))
{%- endmacro %}

{% macro money_cents(amount) -%}
    {{ to_minor_units(amount, "coalesce(currencies.minor_unit_digits, 2)") }}
{%- endmacro %}

{#- For a relation that has `currency` and the date of its event. -#}
{% macro conversion_joins(relation, on_date) -%}
    cross join {{ ref("int_currency__reporting") }} as reporting
    left join
        {{ ref("int_currency__daily_rates") }} as rates
        on {{ relation }}.currency = rates.currency
        and {{ on_date }} = rates.on_date
{%- endmacro %}

{#- Minor units in the reporting currency, rounded half away from zero; null without a rate. -#}
{% macro converted_cents(relation, cents) -%}
    case
        when {{ relation }}.currency = reporting.reporting_currency
        then {{ relation }}.{{ cents }}
        else
            cast(
                {{
                    divide_half_away(
                        "cast("
                        ~ relation
                        ~ "."
                        ~ cents
                        ~ " as "
                        ~ wide_integer()
                        ~ ") * rates.reporting_minor_units",
                        "rates.minor_units",
                    )
                }} as bigint
            )
    end
{%- endmacro %}

{% macro conversion_status(relation, cents) -%}
    case
        when {{ relation }}.{{ cents }} is null
        then 'no_amount'
        when {{ relation }}.currency = reporting.reporting_currency
        then 'reporting_currency'
        when rates.currency is null
        then 'no_rate'
        else 'converted'
    end
{%- endmacro %}

{#- What minutes cost at so much a minute in major units, in minor units of the reporting currency, joined as
    `reporting`. -#}
{% macro cost_of_minutes(minutes, cost_per_minute) -%}
    cast(
        {{
            divide_half_away(
                scaled_integer(minutes)
                ~ " * "
                ~ scaled_integer(cost_per_minute)
                ~ " * "
                ~ minor_units_per_unit("reporting.minor_unit_digits"),
                "1000000000000000000",
            )
        }} as bigint
    )
{%- endmacro %}
