-- One row per subscription.
with
    source as (
        {{
            latest_per_key(
                source("raw", "billing__subscriptions"),
                "subscription_id",
                updated_at="updated_at",
            )
        }}
    ),

    renamed as (
        select
            -- ids
            source.subscription_id,
            source.account_id,
            source.partner_id,
            source.opportunity_id,

            -- texts
            source.partner_role,
            source.product,
            source.end_reason,
            {{ money_currency("source.currency") }} as currency,

            -- numerics
            {{ money_cents("source.mrr") }} as mrr_cents,
            {{ money_cents("source.list_mrr") }} as list_mrr_cents,
            source.included_units,
            source.billing_period_months,

            -- timestamps
            source.started_on,
            source.ended_on,
            source.updated_at
        from source {{ money_joins("source.currency") }}
    ),

    converted as (
        select
            renamed.*,
            {{ converted_cents("renamed", "mrr_cents") }} as mrr_reporting_cents,
            {{ converted_cents("renamed", "list_mrr_cents") }} as list_mrr_reporting_cents,
            {{ conversion_status("renamed", "mrr_cents") }} as conversion_status
        from renamed {{ conversion_joins("renamed", "renamed.started_on") }}
    )

select *
from converted
