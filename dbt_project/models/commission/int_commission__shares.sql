-- One row per deal, partner, subscription, currency and closed month: the revenue share of its
-- cash.
with
    run as (select as_of from {{ source("quality", "run") }}),

    deals as (select * from {{ ref("int_commission__deals") }}),

    rates as (select * from {{ ref("int_commission__rates") }} where kind = 'revenue_share'),

    subscriptions as (
        select subscription_id, opportunity_id from {{ ref("stg_billing__subscriptions") }}
    ),

    receipts as (select * from {{ ref("int_commission__receipts") }}),

    -- Shared for so many months from the close; a refund within its invoice goes with the payment.
    shared as (
        select
            rates.opportunity_id,
            rates.partner_id,
            receipts.subscription_id,
            receipts.currency,
            rates.rate,
            {{ month_start("receipts.collected_on") }} as month,
            receipts.collected_cents
        from rates
        inner join
            deals
            on rates.opportunity_id = deals.opportunity_id
            and rates.partner_id = deals.partner_id
        inner join subscriptions on rates.opportunity_id = subscriptions.opportunity_id
        inner join
            receipts
            on subscriptions.subscription_id = receipts.subscription_id
            and receipts.collected_on >= deals.closed_on
            and (
                rates.months is null
                or receipts.collected_on < {{ date_plus_months("deals.closed_on", "rates.months") }}
            )
    ),

    monthly as (
        select
            opportunity_id,
            partner_id,
            subscription_id,
            currency,
            month,
            {{ date_plus_days(date_plus_months("month", 1), -1) }} as month_end,
            max(rate) as rate,
            cast(sum(collected_cents) as bigint) as collected_cents
        from shared
        group by opportunity_id, partner_id, subscription_id, currency, month
    ),

    running as (
        select
            monthly.*,
            cast(
                sum(monthly.collected_cents) over (
                    partition by
                        monthly.opportunity_id,
                        monthly.partner_id,
                        monthly.subscription_id,
                        monthly.currency
                    order by monthly.month
                    rows between unbounded preceding and current row
                ) as bigint
            ) as collected_so_far_cents
        from monthly
        cross join run
        where monthly.month_end <= run.as_of
    ),

    -- Rounded as a running total, so that the months add up to the share of the whole.
    final as (
        select
            opportunity_id,
            partner_id,
            subscription_id,
            currency,
            month,
            month_end,
            collected_cents,
            {{ rated_cents("collected_so_far_cents", "rate") }}
            - {{ rated_cents("collected_so_far_cents - collected_cents", "rate") }} as earned_cents
        from running
        where collected_cents <> 0
    )

select *
from final
