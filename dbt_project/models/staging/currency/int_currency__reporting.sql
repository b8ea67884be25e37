-- One row: the reporting currency in force on the as-of date, and how old a rate may be.
with
    run as (select as_of from {{ source("quality", "run") }}),

    pivoted as (
        select
            upper({{ setting_value("reporting_currency", "string") }}) as reporting_currency,
            {{ setting_value("fx_max_age_days", "integer") }} as max_age_days
        from {{ ref("settings") }} as settings
        cross join run
        where {{ is_in_force("settings", "run.as_of") }}
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
