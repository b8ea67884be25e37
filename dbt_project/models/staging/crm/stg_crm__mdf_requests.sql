-- One row per request for market development funds.
with
    source as (
        {{
            latest_per_key(
                source("raw", "crm__mdf_requests"), "request_id", updated_at="updated_at"
            )
        }}
    ),

    renamed as (
        select
            -- ids
            source.request_id,
            source.partner_id,

            -- texts
            source.activity_type,
            source.approver_role,
            {{ money_currency("source.currency") }} as currency,

            -- numerics
            {{ money_cents("source.amount") }} as amount_cents,
            {{ money_cents("source.spent") }} as spent_cents,
            source.leads,
            {{ money_cents("source.pipeline_amount") }} as pipeline_cents,

            -- timestamps
            source.requested_on,
            source.approved_on,
            source.claimed_on,
            source.updated_at
        from source {{ money_joins("source.currency") }}
    ),

    converted as (
        select
            renamed.*,
            {{ converted_cents("renamed", "amount_cents") }} as amount_reporting_cents,
            {{ converted_cents("renamed", "spent_cents") }} as spent_reporting_cents,
            {{ converted_cents("renamed", "pipeline_cents") }} as pipeline_reporting_cents,
            {{ conversion_status("renamed", "spent_cents") }} as conversion_status
        from renamed {{ conversion_joins("renamed", "renamed.requested_on") }}
    )

select *
from converted
