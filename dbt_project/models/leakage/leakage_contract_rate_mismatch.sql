-- One row per payout at a contract's rate that nobody disputes: the first of those since which what
-- was paid is not the rate on what accrued.
with
    payouts as (
        select * from {{ ref("fct_payout") }} where settlement_id is not null and amount_cents > 0
    ),

    rates as (select * from {{ ref("int_leakage__contract_rates") }}),

    opportunities as (select * from {{ ref("stg_crm__opportunities") }}),

    counted as ({{ counted_of_payouts("contract_rate_mismatch") }}),

    leakage_contract_rate_mismatch as (
        select
            'contract_rate_mismatch' as check_key,
            'payout' as entity_type,
            payouts.payout_id as entity_id,
            cast(null as date) as period,
            payouts.partner_id,
            opportunities.account_id,
            rates.is_mismatch
            and (rates.payout_id = payouts.payout_id or counted.payout_id is not null) as is_leak,
            {{ counted_cents() }} as amount_cents,
            case
                when rates.is_mismatch
                then
                    {{
                        money_words(
                            "rates.paid_cents",
                            "rates.currency",
                            "coalesce(currencies.minor_unit_digits, 2)",
                        )
                    }}
                    || ' paid on a base of '
                    || {{
                        money_words(
                            "rates.base_cents",
                            "rates.currency",
                            "coalesce(currencies.minor_unit_digits, 2)",
                        )
                    }}
                    || ', of which the contract gives '
                    || {{ plain_number("rates.rate * 100") }}
                    || '%'
            end as evidence
        from payouts
        inner join rates on payouts.settlement_id = rates.settlement_id
        left join opportunities on payouts.opportunity_id = opportunities.opportunity_id
        left join counted on payouts.payout_id = counted.payout_id
        left join
            {{ source("raw", "currencies") }} as currencies on rates.currency = currencies.currency
    )

select *
from leakage_contract_rate_mismatch
