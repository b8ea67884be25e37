-- One row: the reporting currency in force on the as-of date, and how old a rate may be.
with
    run as (select as_of from {{ source("quality", "run") }}),

    settings as (
        select setting, value
        from {{ ref("settings") }}
        cross join run
        where valid_from <= run.as_of and (valid_to is null or run.as_of < valid_to)
    ),

    pivoted as (
        select
            upper(
                max(case when setting = 'reporting_currency' then value end)
            ) as reporting_currency,
            cast(
                max(case when setting = 'fx_max_age_days' then value end) as integer
            ) as max_age_days
        from settings
    ),

    final as (
        select
            pivoted.reporting_currency,
            pivoted.max_age_days,
            coalesce(currencies.minor_unit_digits, 2) as minor_unit_digits
        from pivoted
        left join
            {{ source("raw", "currencies") }} as currencies
            on pivoted.reporting_currency = currencies.currency
    )

select *
from final
