-- One row per invoice line.
with
    source as ({{ latest_per_key(source("raw", "billing__invoice_lines"), "line_id") }}),

    invoices as (select invoice_id, currency, issued_on from {{ ref("stg_billing__invoices") }}),

    renamed as (
        select
            -- ids
            source.line_id,
            source.invoice_id,
            source.subscription_id,

            -- texts
            source.kind,
            source.meter,
            {{ money_currency("coalesce(source.currency, invoices.currency)") }} as currency,

            -- numerics
            source.quantity,
            source.unit_price,
            source.list_unit_price,
            {{ money_cents("source.amount") }} as amount_cents,

            -- timestamps
            source.period_start,
            source.period_end,
            invoices.issued_on
        from source
        left join
            invoices on source.invoice_id = invoices.invoice_id
            {{ money_joins("coalesce(source.currency, invoices.currency)") }}
    ),

    converted as (
        select
            renamed.*,
            {{ converted_cents("renamed", "amount_cents") }} as amount_reporting_cents,
            {{ conversion_status("renamed", "amount_cents") }} as conversion_status
        from renamed {{ conversion_joins("renamed", "renamed.issued_on") }}
    )

select *
from converted
