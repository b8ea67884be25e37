-- One row per partner and period the metric applies to: points for what its people did in the
-- window.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'activity_points' and is_applicable
    ),

    events as (
        select partner_id, rules_from, happened_at, points, 1 as activities
        from {{ ref("int_partner__point_activities") }}
    ),

    totals as (
        {{
            trailing_totals(
                "events", "windows", ["points", "activities"], by=["partner_id", "rules_from"]
            )
        }}
    ),

    metric_activity_points as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'activity_points' as metric_key,
            points as numerator,
            cast(null as decimal(28, 9)) as denominator,
            cast(activities as bigint) as sample_size,
            points as value
        from totals
    )

select *
from metric_activity_points
