-- One row per payout for a deal: one for a deal the partner neither sourced nor influenced.
with
    payouts as (select * from {{ ref("int_leakage__deal_payouts") }}),

    standing as (
        select payout_id, cast(sum(part_cents) as bigint) as standing_cents
        from {{ ref("int_leakage__payout_parts") }}
        group by payout_id
    ),

    counted as ({{ counted_of_payouts("payout_without_attribution") }}),

    -- What was taken back in full leaks no more.
    leakage_payout_without_attribution as (
        select
            'payout_without_attribution' as check_key,
            'payout' as entity_type,
            payouts.payout_id as entity_id,
            cast(null as date) as period,
            payouts.partner_id,
            payouts.account_id,
            not payouts.is_attributed and coalesce(standing.standing_cents, 0) > 0 as is_leak,
            {{ counted_cents() }} as amount_cents,
            'paid on '
            || {{ spoken_date("payouts.paid_on") }}
            || ' for deal '
            || payouts.opportunity_id
            || ': '
            || payouts.reason as evidence
        from payouts
        left join standing on payouts.payout_id = standing.payout_id
        left join counted on payouts.payout_id = counted.payout_id
    )

select *
from leakage_payout_without_attribution
