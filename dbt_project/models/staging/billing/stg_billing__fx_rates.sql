-- One row per currency and day.
with
    source as ({{ latest_per_key(source("raw", "billing__fx_rates"), "currency, rate_date") }}),

    renamed as (
        select
            -- texts
            currency,

            -- numerics
            usd_per_unit,

            -- timestamps
            rate_date
        from source
    )

select *
from renamed
