-- One row per payout up to the as-of date.
with
    run as (select as_of from {{ source("quality", "run") }}),

    rules as (select * from {{ ref("int_scoring_rules") }}),

    calendar as ({{ fiscal_calendar() }}),

    payouts as (select * from {{ ref("stg_billing__payouts") }}),

    partners as (select partner_id from {{ ref("stg_crm__partners") }}),

    subscriptions as (
        select subscription_id, opportunity_id from {{ ref("stg_billing__subscriptions") }}
    ),

    named as (
        select
            payouts.payout_id,
            {{ known_partner() }} as partner_id,
            coalesce(payouts.opportunity_id, subscriptions.opportunity_id) as opportunity_id,
            payouts.subscription_id,
            payouts.kind,
            {{ payout_family("payouts.kind") }} as family,
            payouts.currency,
            payouts.amount_cents,
            payouts.amount_reporting_cents,
            payouts.conversion_status,
            payouts.paid_on,
            payouts.disputed
            and (payouts.resolved_on is null or payouts.resolved_on > run.as_of) as is_disputed,
            case when payouts.resolved_on <= run.as_of then payouts.resolved_on end as resolved_on,
            -- A rebate is paid for the fiscal year that was over last.
            {{ date_plus_days(fiscal_year_start("payouts.paid_on", "calendar.fiscal_shift"), -1) }}
            as last_year_end
        from payouts
        cross join run
        cross join calendar
        left join partners on payouts.partner_id = partners.partner_id
        left join subscriptions on payouts.subscription_id = subscriptions.subscription_id
        where payouts.paid_on <= run.as_of
    ),

    final as (
        select
            payout_id,
            partner_id,
            opportunity_id,
            subscription_id,
            kind,
            family,
            {{
                settlement_key(
                    "partner_id",
                    "case when family = 'rebate' then cast(last_year_end as "
                    ~ dbt.type_string()
                    ~ ") else opportunity_id end",
                    "family",
                    "currency",
                )
            }} as settlement_id,
            currency,
            amount_cents,
            amount_reporting_cents,
            conversion_status,
            paid_on,
            is_disputed,
            resolved_on
        from named
    )

select *
from final
