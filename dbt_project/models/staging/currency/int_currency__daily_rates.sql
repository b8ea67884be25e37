-- One row per currency and day on which an amount of it can be converted.
with
    reporting as (select * from {{ ref("int_currency__reporting") }}),

    -- The dollar is the unit of the rates: what an extract says of it is not asked.
    rates as (
        select upper(currency) as currency, rate_date, usd_per_unit
        from {{ ref("stg_billing__fx_rates") }}
        where usd_per_unit > 0 and upper(currency) <> 'USD'
    ),

    spans as (
        select
            rates.currency,
            rates.rate_date,
            rates.usd_per_unit,
            lead(rates.rate_date) over (
                partition by rates.currency order by rates.rate_date
            ) as next_rate_date,
            reporting.max_age_days
        from rates
        cross join reporting
    ),

    aged as (
        select
            currency,
            rate_date,
            usd_per_unit,
            {{ each_integer("0", "max_age_days") }} as age_days,
            next_rate_date
        from spans
    ),

    dated as (
        select currency, {{ date_plus_days("rate_date", "age_days") }} as on_date, usd_per_unit
        from aged
        where
            next_rate_date is null or {{ date_plus_days("rate_date", "age_days") }} < next_rate_date
    ),

    with_dollar as (
        select currency, on_date, usd_per_unit
        from dated
        union all
        select distinct 'USD' as currency, on_date, cast(1 as decimal(28, 9)) as usd_per_unit
        from dated
    ),

    -- Where dollars are reported every rate stands by itself; else it needs the reporting
    -- currency's of that day.
    final as (
        select
            with_dollar.currency,
            with_dollar.on_date,
            {{ scaled_integer("with_dollar.usd_per_unit") }}
            * {{ minor_units_per_unit("reporting.minor_unit_digits") }} as reporting_minor_units,
            {{
                scaled_integer(
                    "case when reporting.reporting_currency = 'USD' then 1 else reported.usd_per_unit end"
                )
            }}
            * {{ minor_units_per_unit("coalesce(currencies.minor_unit_digits, 2)") }} as minor_units
        from with_dollar
        cross join reporting
        left join
            with_dollar as reported
            on reporting.reporting_currency = reported.currency
            and with_dollar.on_date = reported.on_date
        left join
            {{ source("raw", "currencies") }} as currencies
            on with_dollar.currency = currencies.currency
        where
            with_dollar.currency <> reporting.reporting_currency
            and (reporting.reporting_currency = 'USD' or reported.usd_per_unit is not null)
    )

select *
from final
