-- One row per partner and period the metric applies to: solved tickets of customers that were
-- reopened ÷ solved.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'reopen_rate' and is_applicable
    ),

    events as (
        select
            partner_id,
            opened_at as happened_at,
            solved_at,
            1 as solved,
            case when reopened_count > 0 then 1 else 0 end as reopened
        from {{ ref("int_partner__customer_tickets") }}
    ),

    totals as (
        {{ trailing_totals("events", "windows", ["reopened", "solved"], seen_at="solved_at") }}
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
