-- One row per won deal, partner and kind of commission or discount it earns, with the rate.
with
    deals as (select * from {{ ref("int_commission__deals") }}),

    rates as (select * from {{ ref("commission_rates") }}),

    bands as (select * from {{ ref("commission_bands") }}),

    contract_rates as (select * from {{ ref("int_commission__contract_rates") }}),

    -- Points for registering a deal are for who sourced it; a first year is paid for once.
    by_policy as (
        select
            deals.opportunity_id,
            deals.partner_id,
            deals.is_sourced,
            deals.influenced_rate_share,
            deals.closed_at,
            rates.kind,
            rates.rate,
            rates.months
        from deals
        inner join
            rates
            on deals.partner_type = rates.partner_type
            and deals.tier = rates.tier
            and {{ is_in_force("rates", "deals.closed_on") }}
        where
            (rates.kind <> 'registered_margin' or deals.is_sourced)
            and (rates.kind <> 'first_year' or {{ has_first_year("deals.opportunity_type") }})
            and not (
                rates.kind = 'first_year'
                and exists (
                    select 1
                    from bands
                    where
                        bands.partner_type = deals.partner_type
                        and {{ is_in_force("bands", "deals.closed_on") }}
                )
            )
    ),

    -- Of several contracts in force the one that began last.
    by_contract as (
        select
            by_policy.opportunity_id,
            by_policy.partner_id,
            by_policy.kind,
            contract_rates.contract_id,
            contract_rates.rate
        from by_policy
        inner join
            contract_rates
            on by_policy.partner_id = contract_rates.partner_id
            and by_policy.kind = contract_rates.kind
            and contract_rates.from_at <= by_policy.closed_at
            and (contract_rates.until_at is null or by_policy.closed_at < contract_rates.until_at)
        qualify
            row_number() over (
                partition by by_policy.opportunity_id, by_policy.partner_id, by_policy.kind
                order by contract_rates.from_at desc, contract_rates.contract_id
            )
            = 1
    ),

    final as (
        select
            by_policy.opportunity_id,
            by_policy.partner_id,
            by_policy.kind,
            {{ is_memo_kind("by_policy.kind") }} as is_memo,
            {{
                earned_rate(
                    "coalesce(by_contract.rate, by_policy.rate)",
                    "by_policy.is_sourced",
                    "by_policy.influenced_rate_share",
                )
            }} as rate,
            case when by_contract.rate is null then 'policy' else 'contract' end as rate_source,
            by_contract.contract_id,
            by_policy.months
        from by_policy
        left join
            by_contract
            on by_policy.opportunity_id = by_contract.opportunity_id
            and by_policy.partner_id = by_contract.partner_id
            and by_policy.kind = by_contract.kind
    )

select *
from final
