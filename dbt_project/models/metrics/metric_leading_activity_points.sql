-- One row per partner and period the metric applies to: points for the one kind of activity of the
-- window that earned it the most.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'leading_activity_points' and is_applicable
    ),

    leaders as (select * from {{ ref("int_evidence__leading_activities") }}),

    totals as (
        select
            windows.partner_id,
            windows.period_kind,
            windows.period_start,
            windows.period_end,
            coalesce(leaders.points, cast(0 as decimal(28, 9))) as points,
            coalesce(leaders.activities, cast(0 as decimal(28, 9))) as activities
        from windows
        left join
            leaders
            on windows.partner_id = leaders.partner_id
            and windows.period_kind = leaders.period_kind
            and windows.period_start = leaders.period_start
    ),

    metric_leading_activity_points as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'leading_activity_points' as metric_key,
            points as numerator,
            cast(null as decimal(28, 9)) as denominator,
            cast(activities as bigint) as sample_size,
            points as value
        from totals
    )

select *
from metric_leading_activity_points
