-- One row per partner and period the metric applies to: points for the one kind of activity of the
-- window that earned it the most.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'leading_activity_points' and is_applicable
    ),

    events as (
        select partner_id, rules_from, activity, happened_at, points, 1 as activities
        from {{ ref("int_partner__point_activities") }}
    ),

    -- A partner without any activity keeps one window, of no activity.
    activity_windows as (
        select windows.*, done.activity
        from windows
        left join
            (select distinct partner_id, rules_from, activity from events) as done
            on windows.partner_id = done.partner_id
            and windows.rules_from = done.rules_from
    ),

    by_activity as (
        {{
            trailing_totals(
                "events",
                "activity_windows",
                ["points", "activities"],
                by=["partner_id", "rules_from", "activity"],
            )
        }}
    ),

    -- Of two that earned the same, the first by name.
    totals as (
        select *
        from by_activity
        qualify
            row_number() over (
                partition by partner_id, period_kind, period_start
                order by points desc, activity nulls last
            )
            = 1
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
