-- One row per partner and period the metric applies to: amount of the open deals it sourced,
-- influences or has validly registered.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'open_pipeline' and is_applicable
    ),

    spans as (
        select partner_id, from_at, until_at, coalesce(amount_cents, 0) as amount_cents, 1 as deals
        from {{ ref("int_evidence__deals") }}
        where metric_key = 'open_pipeline'
    ),

    events as ({{ changes_of("spans", ["amount_cents", "deals"]) }}),

    summed as ({{ trailing_totals("events", "windows", ["amount_cents", "deals"]) }}),

    totals as (
        select summed.*, {{ in_reporting_units("summed.amount_cents") }} as amount
        from summed
        cross join {{ ref("int_currency__reporting") }} as reporting
    ),

    metric_open_pipeline as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'open_pipeline' as metric_key,
            amount as numerator,
            cast(null as decimal(28, 9)) as denominator,
            cast(deals as bigint) as sample_size,
            amount as value
        from totals
    )

select *
from metric_open_pipeline
