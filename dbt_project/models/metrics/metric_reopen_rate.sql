-- One row per partner and period the metric applies to: solved tickets of customers that were
-- reopened ÷ solved.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'reopen_rate' and is_applicable
    ),

    events as (
        select partner_id, happened_at, from_at, numerator as reopened, denominator as solved
        from {{ ref("int_evidence__tickets") }}
        where metric_key = 'reopen_rate'
    ),

    totals as (
        {{ trailing_totals("events", "windows", ["reopened", "solved"], seen_at="from_at") }}
    ),

    metric_reopen_rate as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'reopen_rate' as metric_key,
            reopened as numerator,
            solved as denominator,
            cast(solved as bigint) as sample_size,
            {{ decimal_ratio("reopened", "solved") }} as value
        from totals
    )

select *
from metric_reopen_rate
