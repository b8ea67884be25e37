-- One row per payout for a deal: whether the deal is one the partner sourced or influenced.
with
    payouts as (
        select *
        from {{ ref("fct_payout") }}
        where
            opportunity_id is not null
            and amount_cents > 0
            and kind in ('commission', 'referral_fee', 'revenue_share', 'spiff')
    ),

    outcomes as (select * from {{ ref("fct_attribution_outcome") }}),

    opportunities as (select * from {{ ref("stg_crm__opportunities") }}),

    final as (
        select
            payouts.payout_id,
            payouts.partner_id,
            payouts.opportunity_id,
            opportunities.account_id,
            payouts.paid_on,
            coalesce(
                payouts.partner_id <> 'unknown' and outcomes.outcome in ('sourced', 'influenced'),
                false
            ) as is_attributed,
            case
                when payouts.partner_id = 'unknown'
                then 'nobody knows the partner'
                when opportunities.opportunity_id is null
                then 'nobody knows the deal'
                when outcomes.reason is null
                then 'the partner neither touched nor registered the deal'
                else 'the partner is not attributed: ' || replace(outcomes.reason, '_', ' ')
            end as reason
        from payouts
        left join
            outcomes
            on payouts.opportunity_id = outcomes.opportunity_id
            and payouts.partner_id = outcomes.partner_id
        left join opportunities on payouts.opportunity_id = opportunities.opportunity_id
    )

select *
from final
