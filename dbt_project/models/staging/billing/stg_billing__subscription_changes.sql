-- One row per change of a subscription's monthly revenue.
with
    source as ({{ latest_per_key(source("raw", "billing__subscription_changes"), "change_id") }}),

    subscriptions as (
        select subscription_id, currency from {{ ref("stg_billing__subscriptions") }}
    ),

    renamed as (
        select
            -- ids
            source.change_id,
            source.subscription_id,

            -- texts
            {{ money_currency("coalesce(source.currency, subscriptions.currency)") }} as currency,

            -- numerics
            {{ money_cents("source.mrr") }} as mrr_cents,

            -- timestamps
            source.changed_on
        from source
        left join
            subscriptions on source.subscription_id = subscriptions.subscription_id
            {{ money_joins("coalesce(source.currency, subscriptions.currency)") }}
    ),

    converted as (
        select
            renamed.*,
            {{ converted_cents("renamed", "mrr_cents") }} as mrr_reporting_cents,
            {{ conversion_status("renamed", "mrr_cents") }} as conversion_status
        from renamed {{ conversion_joins("renamed", "renamed.changed_on") }}
    )

select *
from converted
