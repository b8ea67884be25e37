-- One row per invoice line that bills, credits or refunds something by the as-of date.
with
    run as (select as_of from {{ source("quality", "run") }}),

    lines as (select * from {{ ref("stg_billing__invoice_lines") }}),

    invoices as (select * from {{ ref("stg_billing__invoices") }}),

    subscriptions as (select * from {{ ref("stg_billing__subscriptions") }}),

    partners as (select partner_id from {{ ref("stg_crm__partners") }}),

    -- Of a line whose invoice is unknown nobody can say whom it billed, or that it is a draft.
    owned as (
        select
            lines.line_id,
            lines.kind,
            case
                when subscriptions.partner_id is not null or invoices.partner_id is not null
                then coalesce(subscriptions.partner_id, invoices.partner_id)
                when invoices.invoice_id is not null
                then 'direct'
            end as named_partner_id,
            case
                when subscriptions.partner_id is not null
                then coalesce(subscriptions.partner_role, 'none')
                else 'none'
            end as partner_role,
            lines.amount_reporting_cents as amount_cents,
            coalesce(lines.issued_on, lines.period_start) as billed_on,
            case
                when lines.kind in ('subscription', 'usage') and lines.period_end is not null
                then lines.period_start
            end as first_day,
            case
                when lines.kind in ('subscription', 'usage') and lines.period_start is not null
                then lines.period_end
            end as last_day
        from lines
        left join invoices on lines.invoice_id = invoices.invoice_id
        left join subscriptions on lines.subscription_id = subscriptions.subscription_id
        where
            lines.kind <> 'tax'
            and lines.amount_reporting_cents is not null
            and coalesce(invoices.status, 'open') not in ('draft', 'void')
    ),

    final as (
        select
            owned.line_id,
            owned.kind,
            case
                when owned.named_partner_id = 'direct' then 'direct' else {{ known_partner() }}
            end as partner_id,
            owned.partner_role,
            owned.amount_cents,
            owned.billed_on,
            owned.first_day,
            owned.last_day
        from owned
        cross join run
        left join partners on owned.named_partner_id = partners.partner_id
        where owned.billed_on is null or owned.billed_on <= run.as_of
    )

select *
from final
