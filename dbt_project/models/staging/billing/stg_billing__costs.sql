-- One row per cost.
with
    source as ({{ latest_per_key(source("raw", "billing__costs"), "cost_id") }}),

    renamed as (
        select
            -- ids
            source.cost_id,
            source.partner_id,
            source.account_id,

            -- texts
            source.cost_type,
            {{ money_currency("source.currency") }} as currency,

            -- numerics
            {{ money_cents("source.amount") }} as amount_cents,

            -- timestamps
            {{ month_start("source.month") }} as month
        from source {{ money_joins("source.currency") }}
    ),

    converted as (
        select
            renamed.*,
            {{ converted_cents("renamed", "amount_cents") }} as amount_reporting_cents,
            {{ conversion_status("renamed", "amount_cents") }} as conversion_status
        from renamed {{ conversion_joins("renamed", "renamed.month") }}
    )

select *
from converted
