-- One row per won deal and known partner that sourced or influenced it when it closed.
with
    run as (select * from {{ source("quality", "run") }}),

    closed_deals as (select * from {{ ref("int_partner__closed_deals") }} where is_won),

    opportunities as (select * from {{ ref("stg_crm__opportunities") }}),

    partners as (select partner_id, partner_type from {{ ref("stg_crm__partners") }}),

    tier_spans as (select * from {{ ref("int_partner__tier_spans") }}),

    subscriptions as (
        select subscription_id, opportunity_id, started_on
        from {{ ref("stg_billing__subscriptions") }}
        where opportunity_id is not null
    ),

    won as (
        select
            closed_deals.opportunity_id,
            closed_deals.partner_id,
            closed_deals.outcome,
            closed_deals.closed_at,
            cast(closed_deals.closed_at as date) as closed_on
        from closed_deals
        cross join run
        where closed_deals.closed_at < run.as_of_end
    ),

    dates as (select distinct closed_on from won),

    -- Commission keeps the rules of the day the deal closed.
    rules as (
        select
            dates.closed_on,
            {{ setting_value("holdback_days", "integer") }} as holdback_days,
            {{ setting_value("close_payment_days", "integer") }} as close_payment_days,
            {{ setting_value("influenced_rate_share", "decimal(10, 9)") }} as influenced_rate_share
        from dates
        inner join
            {{ ref("settings") }} as settings on {{ is_in_force("settings", "dates.closed_on") }}
        group by dates.closed_on
    ),

    -- A deal that became several subscriptions goes by the first of them.
    first_subscriptions as (
        select opportunity_id, subscription_id
        from subscriptions
        qualify
            row_number() over (partition by opportunity_id order by started_on, subscription_id) = 1
    ),

    payments as (
        select subscriptions.opportunity_id, min(receipts.collected_on) as paid_on
        from {{ ref("int_commission__receipts") }} as receipts
        inner join subscriptions on receipts.subscription_id = subscriptions.subscription_id
        where receipts.kind = 'payment' and receipts.collected_cents > 0
        group by subscriptions.opportunity_id
    ),

    final as (
        select
            won.opportunity_id,
            won.partner_id,
            partners.partner_type,
            tier_spans.tier,
            won.outcome,
            won.outcome = 'sourced' as is_sourced,
            first_subscriptions.subscription_id,
            opportunities.opportunity_type,
            opportunities.currency,
            opportunities.amount_cents,
            coalesce(opportunities.list_amount_cents, opportunities.amount_cents) as list_cents,
            opportunities.amount_reporting_cents,
            case
                when opportunities.list_amount_cents is null
                then opportunities.amount_reporting_cents
                else opportunities.list_amount_reporting_cents
            end as list_reporting_cents,
            rules.influenced_rate_share,
            won.closed_at,
            won.closed_on,
            payments.paid_on as first_paid_on,
            coalesce(
                {{ date_plus_days("payments.paid_on", "rules.holdback_days") }},
                {{ date_plus_days("won.closed_on", "rules.close_payment_days") }}
            ) as payable_on
        from won
        inner join partners on won.partner_id = partners.partner_id
        inner join opportunities on won.opportunity_id = opportunities.opportunity_id
        inner join rules on won.closed_on = rules.closed_on
        left join
            tier_spans
            on won.partner_id = tier_spans.partner_id
            and tier_spans.from_at <= won.closed_at
            and (tier_spans.until_at is null or won.closed_at < tier_spans.until_at)
        left join first_subscriptions on won.opportunity_id = first_subscriptions.opportunity_id
        left join payments on won.opportunity_id = payments.opportunity_id
    )

select *
from final
