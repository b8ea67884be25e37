-- One row per deal a referral partner sourced, per referral partner that was billed for, and per
-- day
-- on which one registered deals: self-referrals, too many refunds, too many referrals.
with
    settings as (select * from {{ ref("int_leakage__settings") }}),

    deals as (select * from {{ ref("int_leakage__self_referrals") }}),

    payouts as (select * from {{ ref("int_leakage__deal_payouts") }}),

    lines as (select * from {{ ref("int_leakage__billed_lines") }}),

    claims as (select * from {{ ref("int_registration__claims") }}),

    partners as (
        select partner_id from {{ ref("stg_crm__partners") }} where partner_type = 'referral'
    ),

    counted_payouts as ({{ counted_of_payouts("referral_fraud") }}),

    counted as (
        select
            payouts.opportunity_id,
            payouts.partner_id,
            cast(sum(counted_payouts.counted_reporting_cents) as bigint) as counted_reporting_cents,
            bool_or(counted_payouts.is_unconverted) as is_unconverted
        from counted_payouts
        inner join payouts on counted_payouts.payout_id = payouts.payout_id
        group by payouts.opportunity_id, payouts.partner_id
    ),

    self_referred as (
        select
            'opportunity' as entity_type,
            deals.opportunity_id as entity_id,
            cast(null as date) as period,
            deals.partner_id,
            deals.account_id,
            deals.shared_domain is not null or deals.shared_parent_id is not null as is_leak,
            {{ counted_cents() }} as amount_cents,
            case
                when deals.shared_domain is not null
                then 'partner and customer share the domain ' || deals.shared_domain
                else 'partner and customer share the parent ' || deals.shared_parent_id
            end as evidence
        from deals
        left join
            counted
            on deals.opportunity_id = counted.opportunity_id
            and deals.partner_id = counted.partner_id
    ),

    bills as (
        select
            lines.partner_id,
            cast(
                sum(
                    case when lines.kind = 'refund' then - lines.amount_reporting_cents else 0 end
                ) as bigint
            ) as refunded_cents,
            cast(
                sum(
                    case
                        when lines.kind in ('subscription', 'usage')
                        then lines.amount_reporting_cents
                        else 0
                    end
                ) as bigint
            ) as billed_cents
        from lines
        inner join partners on lines.partner_id = partners.partner_id
        group by lines.partner_id
    ),

    refunded as (
        select
            'partner' as entity_type,
            bills.partner_id as entity_id,
            cast(null as date) as period,
            bills.partner_id,
            cast(null as string) as account_id,
            coalesce(
                cast(bills.refunded_cents as {{ wide_integer() }}) * 1000000000
                > cast(bills.billed_cents as {{ wide_integer() }})
                * {{ scaled_integer("settings.maximum_refund_rate") }},
                false
            ) as is_leak,
            cast(null as bigint) as amount_cents,
            coalesce(
                {{
                    plain_number(
                        "round("
                        ~ decimal_ratio("bills.refunded_cents * 100", "bills.billed_cents")
                        ~ ", 1)"
                    )
                }} || '% of what was billed was refunded',
                case when bills.refunded_cents > 0 then 'refunds without a bill' else 'no bill' end
            )
            || '; the policy has '
            || {{ plain_number("settings.maximum_refund_rate * 100") }}
            || '% at most' as evidence
        from bills
        cross join settings
    ),

    days as (
        select claims.partner_id, cast(claims.submitted_at as date) as on_day, count(*) as referrals
        from claims
        inner join partners on claims.partner_id = partners.partner_id
        group by claims.partner_id, cast(claims.submitted_at as date)
    ),

    crowded as (
        select
            'partner_day' as entity_type,
            days.partner_id || '|' || cast(days.on_day as {{ dbt.type_string() }}) as entity_id,
            days.on_day as period,
            days.partner_id,
            cast(null as string) as account_id,
            days.referrals > settings.referrals_a_day as is_leak,
            cast(null as bigint) as amount_cents,
            cast(days.referrals as {{ dbt.type_string() }})
            || ' referrals on '
            || {{ spoken_date("days.on_day") }}
            || '; the policy has '
            || cast(settings.referrals_a_day as {{ dbt.type_string() }})
            || ' a day at most' as evidence
        from days
        cross join settings
    ),

    found as (
        select *
        from self_referred
        union all
        select *
        from refunded
        union all
        select *
        from crowded
    ),

    leakage_referral_fraud as (select 'referral_fraud' as check_key, found.* from found)

select *
from leakage_referral_fraud
