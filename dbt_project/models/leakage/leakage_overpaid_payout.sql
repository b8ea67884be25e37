-- One row per payout that settles an accrual: what is beyond it, on the payouts that went beyond.
with
    payouts as (
        select * from {{ ref("fct_payout") }} where settlement_id is not null and amount_cents > 0
    ),

    settlements as (select * from {{ ref("int_commission__settlements") }}),

    opportunities as (select * from {{ ref("stg_crm__opportunities") }}),

    overpaid as (
        select payout_id, part_cents
        from {{ ref("int_leakage__payout_parts") }}
        where part = 'overpaid'
    ),

    counted as ({{ counted_of_payouts("overpaid_payout") }}),

    leakage_overpaid_payout as (
        select
            'overpaid_payout' as check_key,
            'payout' as entity_type,
            payouts.payout_id as entity_id,
            cast(null as date) as period,
            payouts.partner_id,
            opportunities.account_id,
            overpaid.payout_id is not null as is_leak,
            {{ counted_cents() }} as amount_cents,
            case
                when overpaid.payout_id is not null
                then
                    {{
                        money_words(
                            "settlements.paid_cents",
                            "settlements.currency",
                            "coalesce(currencies.minor_unit_digits, 2)",
                        )
                    }}
                    || ' paid against '
                    || {{
                        money_words(
                            "settlements.accrued_cents",
                            "settlements.currency",
                            "coalesce(currencies.minor_unit_digits, 2)",
                        )
                    }}
                    || ' accrued; '
                    || {{
                        money_words(
                            "overpaid.part_cents",
                            "settlements.currency",
                            "coalesce(currencies.minor_unit_digits, 2)",
                        )
                    }}
                    || ' of it with this payout'
            end as evidence,
            case when settlements.is_unknown then 'what accrued has no amount in part' end as lacks
        from payouts
        inner join settlements on payouts.settlement_id = settlements.settlement_id
        left join opportunities on payouts.opportunity_id = opportunities.opportunity_id
        left join overpaid on payouts.payout_id = overpaid.payout_id
        left join counted on payouts.payout_id = counted.payout_id
        left join
            {{ source("raw", "currencies") }} as currencies
            on settlements.currency = currencies.currency
    )

select *
from leakage_overpaid_payout
