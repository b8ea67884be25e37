-- One row per amount in another currency for whose day there is no rate.
with
    run as (select as_of, as_of_end from {{ source("quality", "run") }}),

    partners as (select partner_id from {{ ref("stg_crm__partners") }}),

    invoices as (select * from {{ ref("stg_billing__invoices") }}),

    subscriptions as (select * from {{ ref("stg_billing__subscriptions") }}),

    amounts as (
        select
            'opportunities' as entity,
            opportunity_id as entity_id,
            cast(null as {{ dbt.type_string() }}) as partner_id,
            currency,
            amount_cents,
            cast(coalesce(closed_at, created_at) as date) as on_date,
            'deal amount' as what,
            conversion_status
        from {{ ref("stg_crm__opportunities") }}
        union all
        select
            'invoices',
            invoice_id,
            partner_id,
            currency,
            total_cents,
            issued_on,
            'invoice total',
            conversion_status
        from invoices
        union all
        select
            'invoice_lines',
            lines.line_id,
            coalesce(subscriptions.partner_id, invoices.partner_id),
            lines.currency,
            lines.amount_cents,
            lines.issued_on,
            'invoice line',
            lines.conversion_status
        from {{ ref("stg_billing__invoice_lines") }} as lines
        left join invoices on lines.invoice_id = invoices.invoice_id
        left join subscriptions on lines.subscription_id = subscriptions.subscription_id
        union all
        select
            'subscriptions',
            subscription_id,
            case when partner_id <> 'direct' then partner_id end,
            currency,
            mrr_cents,
            on_date,
            'monthly revenue, ' || step || ' ' || {{ spoken_date("on_date") }},
            case when delta_cents is null then 'no_rate' end
        from {{ ref("int_margin__mrr_moves") }}
        union all
        select
            'payouts',
            payout_id,
            partner_id,
            currency,
            amount_cents,
            paid_on,
            'payout',
            conversion_status
        from {{ ref("stg_billing__payouts") }}
        union all
        select
            'costs', cost_id, partner_id, currency, amount_cents, month, 'cost', conversion_status
        from {{ ref("stg_billing__costs") }}
        union all
        select
            'mdf_requests',
            request_id,
            partner_id,
            currency,
            spent_cents,
            requested_on,
            'development funds spent',
            conversion_status
        from {{ ref("stg_crm__mdf_requests") }}
        union all
        select
            'commission_accruals',
            accrual_id,
            partner_id,
            currency,
            amount_cents,
            accrued_on,
            'commission accrued',
            case when amount_cents is not null and amount_reporting_cents is null then 'no_rate' end
        from {{ ref("fct_commission_accrual") }}
        where not is_memo
    ),

    final as (
        select
            amounts.entity,
            amounts.entity_id,
            case when amounts.partner_id is not null then {{ known_partner() }} end as partner_id,
            amounts.currency,
            amounts.amount_cents,
            amounts.on_date,
            amounts.what
        from amounts
        cross join run
        left join partners on amounts.partner_id = partners.partner_id
        where
            amounts.conversion_status = 'no_rate'
            and (amounts.on_date is null or amounts.on_date <= run.as_of)
    )

select *
from final
