-- One row per partner and period the metric applies to: whether a contract is in force on the
-- last day.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'active_contract' and is_applicable
    ),

    spans as (
        select partner_id, from_at, until_at, numerator as contracts
        from {{ ref("int_evidence__contracts") }}
        where metric_key = 'active_contract'
    ),

    events as ({{ changes_of("spans", ["contracts"]) }}),

    totals as ({{ trailing_totals("events", "windows", ["contracts"]) }}),

    metric_active_contract as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'active_contract' as metric_key,
            contracts as numerator,
            cast(null as decimal(28, 9)) as denominator,
            cast(contracts as bigint) as sample_size,
            cast(case when contracts > 0 then 1 else 0 end as decimal(28, 9)) as value
        from totals
    )

select *
from metric_active_contract
