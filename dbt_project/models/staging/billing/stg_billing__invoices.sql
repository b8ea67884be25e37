-- One row per invoice.
with
    source as (
        {{
            latest_per_key(
                source("raw", "billing__invoices"), "invoice_id", updated_at="updated_at"
            )
        }}
    ),

    renamed as (
        select
            -- ids
            source.invoice_id,
            source.account_id,
            source.partner_id,

            -- texts
            source.status,
            {{ money_currency("source.currency") }} as currency,

            -- numerics
            {{ money_cents("source.total") }} as total_cents,
            {{ money_cents("source.amount_paid") }} as amount_paid_cents,

            -- timestamps
            source.issued_on,
            source.due_on,
            source.paid_on,
            source.updated_at
        from source {{ money_joins("source.currency") }}
    ),

    converted as (
        select
            renamed.*,
            {{ converted_cents("renamed", "total_cents") }} as total_reporting_cents,
            {{ converted_cents("renamed", "amount_paid_cents") }} as amount_paid_reporting_cents,
            {{ conversion_status("renamed", "total_cents") }} as conversion_status
        from renamed {{ conversion_joins("renamed", "renamed.issued_on") }}
    )

select *
from converted
