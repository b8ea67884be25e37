-- One row per clawback that is payable: what of it was not recovered, on the latest clawbacks.
with
    run as (select as_of from {{ source("quality", "run") }}),

    clawbacks as (
        select accruals.*
        from {{ ref("fct_commission_accrual") }} as accruals
        cross join run
        where
            accruals.kind = 'clawback'
            and accruals.settlement_id is not null
            and accruals.amount_cents < 0
            and accruals.payable_on <= run.as_of
    ),

    settlements as (select * from {{ ref("int_commission__settlements") }}),

    opportunities as (select * from {{ ref("stg_crm__opportunities") }}),

    counted_payouts as ({{ counted_of_payouts("clawback_due") }}),

    counted as (
        select
            settlement_id,
            cast(sum(counted_reporting_cents) as bigint) as counted_reporting_cents,
            bool_or(is_unconverted) as is_unconverted
        from counted_payouts
        group by settlement_id
    ),

    stacked as (
        select
            clawbacks.*,
            cast(
                sum(- clawbacks.amount_cents) over (
                    partition by clawbacks.settlement_id
                    order by clawbacks.accrued_on desc, clawbacks.accrual_id desc
                    rows between unbounded preceding and current row
                ) as bigint
            ) as reached_cents
        from clawbacks
    ),

    outstanding as (
        select
            stacked.*,
            settlements.clawback_outstanding_cents,
            settlements.is_unknown,
            least(
                stacked.reached_cents + stacked.amount_cents, settlements.clawback_outstanding_cents
            ) as begins,
            least(stacked.reached_cents, settlements.clawback_outstanding_cents) as ends
        from stacked
        inner join settlements on stacked.settlement_id = settlements.settlement_id
    ),

    -- The payouts' cents in the reporting currency, shared out so that they add up.
    leakage_clawback_due as (
        select
            'clawback_due' as check_key,
            'accrual' as entity_type,
            outstanding.accrual_id as entity_id,
            cast(null as date) as period,
            outstanding.partner_id,
            opportunities.account_id,
            outstanding.begins < outstanding.ends as is_leak,
            case
                when counted.is_unconverted
                then null
                when outstanding.begins < outstanding.ends
                then
                    cast(
                        {{
                            divide_half_away(
                                "cast(coalesce(counted.counted_reporting_cents, 0) as "
                                ~ wide_integer()
                                ~ ") * outstanding.ends",
                                "outstanding.clawback_outstanding_cents",
                            )
                        }}
                        - {{
                            divide_half_away(
                                "cast(coalesce(counted.counted_reporting_cents, 0) as "
                                ~ wide_integer()
                                ~ ") * outstanding.begins",
                                "outstanding.clawback_outstanding_cents",
                            )
                        }} as bigint
                    )
                else 0
            end as amount_cents,
            case
                when outstanding.begins < outstanding.ends
                then
                    {{
                        money_words(
                            "(outstanding.ends - outstanding.begins)",
                            "outstanding.currency",
                            "coalesce(currencies.minor_unit_digits, 2)",
                        )
                    }}
                    || ' of a clawback of '
                    || {{
                        money_words(
                            "(-outstanding.amount_cents)",
                            "outstanding.currency",
                            "coalesce(currencies.minor_unit_digits, 2)",
                        )
                    }}
                    || ' due since '
                    || {{ spoken_date("outstanding.payable_on") }}
                    || ' was not recovered'
            end as evidence,
            case when outstanding.is_unknown then 'what accrued has no amount in part' end as lacks
        from outstanding
        left join opportunities on outstanding.opportunity_id = opportunities.opportunity_id
        left join counted on outstanding.settlement_id = counted.settlement_id
        left join
            {{ source("raw", "currencies") }} as currencies
            on outstanding.currency = currencies.currency
    )

select *
from leakage_clawback_due
