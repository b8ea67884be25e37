-- One row per partner and period the metric applies to: won ÷ closed among the deals it sourced
-- or influenced.
with
    windows as (
        select * from {{ ref("int_metric_index") }} where metric_key = 'win_rate' and is_applicable
    ),

    events as (
        select partner_id, happened_at, numerator as won, denominator as closed
        from {{ ref("int_evidence__deals") }}
        where metric_key = 'win_rate'
    ),

    totals as ({{ trailing_totals("events", "windows", ["won", "closed"]) }}),

    metric_win_rate as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'win_rate' as metric_key,
            won as numerator,
            closed as denominator,
            cast(closed as bigint) as sample_size,
            {{ decimal_ratio("won", "closed") }} as value
        from totals
    )

select *
from metric_win_rate
