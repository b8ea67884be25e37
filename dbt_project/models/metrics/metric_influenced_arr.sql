-- One row per partner and period the metric applies to: ARR of the won new and expansion deals
-- closed in the window that it influenced.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'influenced_arr' and is_applicable
    ),

    events as (
        select partner_id, happened_at, coalesce(amount_cents, 0) as amount_cents, 1 as deals
        from {{ ref("int_evidence__deals") }}
        where metric_key = 'influenced_arr'
    ),

    summed as ({{ trailing_totals("events", "windows", ["amount_cents", "deals"]) }}),

    totals as (
        select summed.*, {{ in_reporting_units("summed.amount_cents") }} as amount
        from summed
        cross join {{ ref("int_currency__reporting") }} as reporting
    ),

    metric_influenced_arr as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'influenced_arr' as metric_key,
            amount as numerator,
            cast(null as decimal(28, 9)) as denominator,
            cast(deals as bigint) as sample_size,
            amount as value
        from totals
    )

select *
from metric_influenced_arr
