-- One row per payout.
with
    source as ({{ latest_per_key(source("raw", "billing__payouts"), "payout_id") }}),

    renamed as (
        select
            -- ids
            source.payout_id,
            source.partner_id,
            source.opportunity_id,
            source.subscription_id,

            -- texts
            source.kind,
            {{ money_currency("source.currency") }} as currency,

            -- numerics
            {{ money_cents("source.amount") }} as amount_cents,

            -- booleans
            coalesce(source.disputed, false) as disputed,

            -- timestamps
            source.paid_on,
            source.resolved_on
        from source {{ money_joins("source.currency") }}
    ),

    converted as (
        select
            renamed.*,
            {{ converted_cents("renamed", "amount_cents") }} as amount_reporting_cents,
            {{ conversion_status("renamed", "amount_cents") }} as conversion_status
        from renamed {{ conversion_joins("renamed", "renamed.paid_on") }}
    )

select *
from converted
