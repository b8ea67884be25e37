-- One row per partner and period in which it earned points by activities, with the kind that
-- earned it the most.
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

    activity_windows as (
        select windows.*, done.activity
        from windows
        inner join
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
    final as (
        select partner_id, period_kind, period_start, period_end, activity, points, activities
        from by_activity
        where activities > 0
        qualify
            row_number() over (
                partition by partner_id, period_kind, period_start order by points desc, activity
            )
            = 1
    )

select *
from final
