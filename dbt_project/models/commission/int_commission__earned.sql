-- One row per accrual before anything is taken back.
with
    deals as (select * from {{ ref("int_commission__deals") }}),

    rates as (select * from {{ ref("int_commission__rates") }}),

    banded as (select * from {{ ref("int_commission__banded") }}),

    shares as (select * from {{ ref("int_commission__shares") }}),

    rebates as (select * from {{ ref("int_commission__rebates") }}),

    -- What a deal earns at its close: a part of the first year, or a discount to remember.
    closing as (
        select
            deals.opportunity_id || '|' || deals.partner_id || '|' || rates.kind as accrual_id,
            deals.partner_id,
            deals.opportunity_id,
            deals.subscription_id,
            rates.kind,
            deals.partner_type,
            deals.tier,
            deals.outcome,
            deals.currency,
            case when rates.is_memo then deals.list_cents else deals.amount_cents end as base_cents,
            rates.rate,
            {{
                rated_cents(
                    "case when rates.is_memo then deals.list_cents else deals.amount_cents end",
                    "rates.rate",
                )
            }} as amount_cents,
            rates.is_memo,
            false as is_custom,
            rates.rate_source,
            rates.contract_id,
            deals.closed_on,
            deals.closed_on as accrued_on,
            -- Nothing is payable before it has accrued.
            case
                when not rates.is_memo then greatest(deals.payable_on, deals.closed_on)
            end as payable_on
        from deals
        inner join
            rates
            on deals.opportunity_id = rates.opportunity_id
            and deals.partner_id = rates.partner_id
        where rates.kind <> 'revenue_share'

        union all

        select
            deals.opportunity_id || '|' || deals.partner_id || '|banded' as accrual_id,
            deals.partner_id,
            deals.opportunity_id,
            deals.subscription_id,
            'banded' as kind,
            deals.partner_type,
            deals.tier,
            deals.outcome,
            deals.currency,
            deals.amount_cents as base_cents,
            banded.rate,
            banded.earned_cents as amount_cents,
            false as is_memo,
            false as is_custom,
            'policy' as rate_source,
            cast(null as {{ dbt.type_string() }}) as contract_id,
            deals.closed_on,
            deals.closed_on as accrued_on,
            greatest(deals.payable_on, deals.closed_on) as payable_on
        from deals
        inner join
            banded
            on deals.opportunity_id = banded.opportunity_id
            and deals.partner_id = banded.partner_id
    ),

    monthly as (
        select
            deals.opportunity_id
            || '|'
            || deals.partner_id
            || '|revenue_share|'
            || shares.subscription_id
            || '|'
            || cast(shares.month as {{ dbt.type_string() }})
            || '|'
            || shares.currency as accrual_id,
            deals.partner_id,
            deals.opportunity_id,
            shares.subscription_id,
            rates.kind,
            deals.partner_type,
            deals.tier,
            deals.outcome,
            shares.currency,
            shares.collected_cents as base_cents,
            rates.rate,
            shares.earned_cents as amount_cents,
            false as is_memo,
            false as is_custom,
            rates.rate_source,
            rates.contract_id,
            deals.closed_on,
            shares.month_end as accrued_on,
            greatest(deals.payable_on, shares.month_end) as payable_on
        from shares
        inner join
            deals
            on shares.opportunity_id = deals.opportunity_id
            and shares.partner_id = deals.partner_id
        inner join
            rates
            on shares.opportunity_id = rates.opportunity_id
            and shares.partner_id = rates.partner_id
            and rates.kind = 'revenue_share'
    ),

    yearly as (
        select
            partner_id
            || '|volume_rebate|'
            || cast(fiscal_year_end as {{ dbt.type_string() }}) as accrual_id,
            partner_id,
            cast(null as {{ dbt.type_string() }}) as opportunity_id,
            cast(null as {{ dbt.type_string() }}) as subscription_id,
            'volume_rebate' as kind,
            partner_type,
            cast(null as {{ dbt.type_string() }}) as tier,
            cast(null as {{ dbt.type_string() }}) as outcome,
            currency,
            volume_cents as base_cents,
            rate,
            earned_cents as amount_cents,
            false as is_memo,
            rate is null as is_custom,
            'policy' as rate_source,
            cast(null as {{ dbt.type_string() }}) as contract_id,
            cast(null as date) as closed_on,
            fiscal_year_end as accrued_on,
            payable_on
        from rebates
    ),

    final as (
        select *
        from closing
        union all
        select *
        from monthly
        union all
        select *
        from yearly
    )

select *
from final
