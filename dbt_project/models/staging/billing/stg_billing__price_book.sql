-- One row per meter or product, currency and span of days.
with
    source as (
        {{
            latest_per_key(
                source("raw", "billing__price_book"),
                "meter_or_product, upper(currency), valid_from",
            )
        }}
    ),

    renamed as (
        select
            -- ids
            source.meter_or_product,

            -- texts
            {{ money_currency("source.currency") }} as currency,

            -- numerics
            source.unit_price,

            -- timestamps
            source.valid_from,
            source.valid_to
        from source
        cross join {{ ref("int_currency__reporting") }} as reporting
    )

select *
from renamed
