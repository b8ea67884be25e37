-- One row per project, as of the run.
with
    projects as (select * from {{ ref("int_delivery__projects") }}),

    run as (
        select as_of_end, cast(as_of_end as date) as end_day from {{ source("quality", "run") }}
    ),

    live as (
        select spans.project_id
        from {{ ref("int_delivery__live_spans") }} as spans
        inner join
            run
            on spans.from_at < run.as_of_end
            and (spans.until_at is null or spans.until_at >= run.as_of_end)
    ),

    -- What is dated after the run has not happened yet.
    known as (
        select
            projects.*,
            run.end_day,
            case when projects.went_live_on < run.end_day then projects.went_live_on end as live_on
        from projects
        inner join run on projects.kicked_off_on < run.end_day
    ),

    final as (
        select
            known.project_id,
            known.partner_id,
            known.account_id,
            known.kicked_off_on,
            known.planned_go_live_on,
            known.live_on as went_live_on,
            known.status,
            cast(
                case
                    when
                        known.planned_go_live_on is not null
                        and (known.live_on is not null or not known.is_cancelled)
                    then
                        greatest(
                            0,
                            {{
                                days_between(
                                    "known.planned_go_live_on",
                                    "coalesce(known.live_on, known.end_day)",
                                )
                            }}
                        )
                end as integer
            ) as days_late,
            known.live_on is null
            and not known.is_cancelled
            and coalesce(known.planned_go_live_on < known.end_day, false) as is_late,
            live.project_id is not null as is_live
        from known
        left join live on known.project_id = live.project_id
    )

select *
from final
