-- One row per SI and period: median of actual ÷ planned days from kick-off to go-live.
{{ config(materialized="view") }}

with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'si_quality' and is_applicable
    ),

    projects as (
        select * from {{ ref("int_delivery__projects") }} where planned_go_live_on > kicked_off_on
    ),

    -- What went live in the window, and what is overdue at its end with its age so far.
    judged as (
        select
            windows.partner_id,
            windows.period_kind,
            windows.period_start,
            {{
                decimal_ratio(
                    days_between(
                        "projects.kicked_off_on",
                        "least(projects.went_live_on, windows.period_end)",
                    ),
                    days_between("projects.kicked_off_on", "projects.planned_go_live_on"),
                )
            }} as stretch
        from windows
        inner join
            projects
            on windows.partner_id = projects.partner_id
            and (
                (
                    projects.went_live_on >= windows.window_start_at
                    and projects.went_live_on < windows.period_end
                )
                or (
                    (
                        projects.went_live_on >= windows.period_end
                        or (projects.went_live_on is null and not projects.is_cancelled)
                    )
                    and projects.planned_go_live_on < windows.period_end
                )
            )
    ),

    ordered as (
        select
            *,
            row_number() over (
                partition by partner_id, period_kind, period_start order by stretch
            ) as place,
            count(*) over (partition by partner_id, period_kind, period_start) as projects
        from judged
    ),

    -- The one in the middle, or the two.
    medians as (
        select
            partner_id,
            period_kind,
            period_start,
            max(projects) as projects,
            {{ decimal_ratio("sum(stretch)", "count(*)") }} as value
        from ordered
        where 2 * place between projects and projects + 2
        group by partner_id, period_kind, period_start
    ),

    final as (
        select
            windows.partner_id,
            windows.period_kind,
            windows.period_start,
            'rollout' as component,
            cast(coalesce(medians.projects, 0) as bigint) as sample_size,
            medians.value
        from windows
        left join
            medians
            on windows.partner_id = medians.partner_id
            and windows.period_kind = medians.period_kind
            and windows.period_start = medians.period_start
    )

select *
from final
