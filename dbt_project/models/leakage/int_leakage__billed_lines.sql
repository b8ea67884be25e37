-- One row per line of an invoice that was issued and stands, with whom it bills and the partner of
-- the bill.
with
    run as (select as_of from {{ source("quality", "run") }}),

    lines as (select * from {{ ref("stg_billing__invoice_lines") }}),

    invoices as (select * from {{ ref("stg_billing__invoices") }}),

    subscriptions as (select * from {{ ref("stg_billing__subscriptions") }}),

    partners as (select partner_id from {{ ref("stg_crm__partners") }}),

    billed as (
        select
            lines.*,
            invoices.account_id,
            subscriptions.product,
            subscriptions.opportunity_id,
            coalesce(subscriptions.partner_id, invoices.partner_id) as named_partner_id
        from lines
        inner join invoices on lines.invoice_id = invoices.invoice_id
        cross join run
        left join subscriptions on lines.subscription_id = subscriptions.subscription_id
        where
            coalesce(invoices.status, 'open') not in ('draft', 'void')
            and invoices.issued_on <= run.as_of
    ),

    final as (
        select
            billed.line_id,
            billed.account_id,
            billed.subscription_id,
            billed.opportunity_id,
            case
                when billed.named_partner_id is null then 'direct' else {{ known_partner() }}
            end as partner_id,
            billed.kind,
            billed.meter,
            billed.product,
            billed.currency,
            billed.quantity,
            billed.unit_price,
            billed.list_unit_price,
            billed.amount_reporting_cents,
            billed.period_start,
            billed.period_end,
            billed.issued_on
        from billed
        left join partners on billed.named_partner_id = partners.partner_id
    )

select *
from final
