-- One row per part of a payout that a check claims: the check it counts in.
with
    parts as (select * from {{ ref("int_leakage__payout_parts") }}),

    payouts as (select * from {{ ref("int_leakage__deal_payouts") }}),

    mismatched as (
        select settlement_id from {{ ref("int_leakage__contract_rates") }} where is_mismatch
    ),

    referrals as (
        select *
        from {{ ref("int_leakage__self_referrals") }}
        where shared_domain is not null or shared_parent_id is not null
    ),

    checks as (select * from {{ ref("int_leakage__checks") }} where not is_blocked),

    claims as (
        select parts.payout_id, parts.part, 'payout_without_attribution' as check_key
        from parts
        inner join payouts on parts.payout_id = payouts.payout_id
        where not payouts.is_attributed

        union all

        select payout_id, part, 'overpaid_payout' as check_key
        from parts
        where part = 'overpaid'

        union all

        select payout_id, part, 'clawback_due' as check_key
        from parts
        where part = 'clawed_back'

        union all

        select parts.payout_id, parts.part, 'contract_rate_mismatch' as check_key
        from parts
        inner join mismatched on parts.settlement_id = mismatched.settlement_id
        where parts.part = 'overpaid'

        union all

        select parts.payout_id, parts.part, 'referral_fraud' as check_key
        from parts
        inner join payouts on parts.payout_id = payouts.payout_id
        inner join
            referrals
            on payouts.opportunity_id = referrals.opportunity_id
            and payouts.partner_id = referrals.partner_id
    ),

    final as (
        select parts.*, claims.check_key
        from claims
        inner join checks on claims.check_key = checks.check_key
        inner join parts on claims.payout_id = parts.payout_id and claims.part = parts.part
        qualify
            row_number() over (
                partition by claims.payout_id, claims.part order by checks.rank, checks.check_key
            )
            = 1
    )

select *
from final
