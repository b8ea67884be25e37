-- One row per SI and period, with what else its projects of the window show.
{{ config(materialized="view") }}

{% set measures = [
    "first_value_days",
    "first_values",
    "rework_hours",
    "total_hours",
    "blocker_days",
    "blocker_projects",
    "qa_gates_passed",
    "qa_gates",
    "milestones_met",
    "milestones_planned",
] %}

with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'si_quality' and is_applicable
    ),

    projects as (select * from {{ ref("int_delivery__projects") }}),

    -- Time to first value by the day of first value, all else by the day of go-live.
    events as (
        select
            partner_id,
            cast(first_value_on as timestamp) as happened_at,
            {{ days_between("kicked_off_on", "first_value_on") }} as first_value_days,
            1 as first_values,
            {% for measure in measures[2:] %}
                0 as {{ measure }} {% if not loop.last %}, {% endif %}
            {% endfor %}
        from projects
        where first_value_on is not null
        union all
        select
            partner_id,
            cast(went_live_on as timestamp),
            0,
            0,
            case when total_hours is not null then coalesce(rework_hours, 0) else 0 end,
            coalesce(total_hours, 0),
            coalesce(blocker_days, 0),
            case when blocker_days is not null then 1 else 0 end,
            case when qa_gate_passed then 1 else 0 end,
            case when qa_gate_passed is not null then 1 else 0 end,
            case when milestones_planned is not null then coalesce(milestones_met, 0) else 0 end,
            coalesce(milestones_planned, 0)
        from projects
        where went_live_on is not null
    ),

    totals as ({{ trailing_totals("events", "windows", measures) }}),

    final as (
        select
            partner_id,
            period_kind,
            period_start,
            {{ decimal_ratio("first_value_days", "first_values") }} as days_to_first_value,
            {{ decimal_ratio("rework_hours", "total_hours") }} as rework_share,
            {{ decimal_ratio("blocker_days", "blocker_projects") }} as blocker_days,
            {{ decimal_ratio("qa_gates_passed", "qa_gates") }} as qa_gate_pass_rate,
            {{ decimal_ratio("milestones_met", "milestones_planned") }} as milestones_met_share
        from totals
    )

select *
from final
