-- One row per meter and month in which it was used and had a list price.
with
    run as (select as_of from {{ source("quality", "run") }}),

    used as (select distinct meter, month from {{ ref("int_leakage__metered") }}),

    prices as (select * from {{ ref("stg_billing__price_book") }}),

    reporting as (select * from {{ ref("int_currency__reporting") }}),

    -- A month is priced as on its last day, one that still runs as on the as-of date.
    dated as (
        select
            used.meter,
            used.month,
            least(
                {{ date_plus_days(date_plus_months("used.month", 1), -1) }}, run.as_of
            ) as priced_on
        from used
        cross join run
    ),

    -- The reporting currency's own price before another's converted.
    final as (
        select
            dated.meter,
            dated.month,
            dated.priced_on,
            prices.currency,
            prices.unit_price,
            coalesce(currencies.minor_unit_digits, 2) as minor_unit_digits
        from dated
        cross join reporting
        inner join
            prices
            on dated.meter = prices.meter_or_product
            and (prices.valid_from is null or prices.valid_from <= dated.priced_on)
            and (prices.valid_to is null or dated.priced_on < prices.valid_to)
        left join
            {{ source("raw", "currencies") }} as currencies on prices.currency = currencies.currency
        qualify
            row_number() over (
                partition by dated.meter, dated.month
                order by
                    case when prices.currency = reporting.reporting_currency then 0 else 1 end,
                    prices.currency,
                    prices.valid_from desc nulls last
            )
            = 1
    )

select *
from final
