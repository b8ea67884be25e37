-- One row per component of SI quality and span of period ends with one score of it; and one per
-- project and span in which it may stand behind them.
with
    components as (
        select components.*, periods.period_end
        from {{ ref("int_si_quality__components") }} as components
        inner join
            {{ ref("int_periods") }} as periods
            on components.period_kind = periods.period_kind
            and components.period_start = periods.period_start
        where components.score is not null
    ),

    projects as (select * from {{ ref("int_delivery__projects") }}),

    metrics as (select * from {{ ref("metrics") }} where metric_key = 'si_quality'),

    ends as (
        select distinct
            partner_id, component, period_end, weight as denominator, points as numerator
        from components
    ),

    live as (
        select project_id, max(coalesce(until_at, {{ end_of_time() }})) as until_at
        from {{ ref("int_delivery__live_spans") }}
        group by project_id
    ),

    -- From going live or being overdue, for as long as it is live and a window after.
    spans as (
        select
            projects.partner_id,
            projects.project_id,
            least(projects.went_live_on, projects.planned_go_live_on) as begun_on,
            cast(metrics.valid_from as timestamp) as valid_from_at,
            least(
                case
                    when live.until_at < {{ end_of_time() }}
                    then
                        {{
                            last_end_reaching(
                                "live.until_at", "metrics.window_months", "metrics.window_days"
                            )
                        }}
                end,
                cast(metrics.valid_to as timestamp)
            ) as until_at
        from projects
        cross join metrics
        left join live on projects.project_id = live.project_id
        where
            live.project_id is not null
            or (projects.went_live_on is null and not projects.is_cancelled)
    ),

    final as (
        select
            'si_quality' as metric_key,
            partner_id,
            cast(null as date) as rules_from,
            'policy.si_quality_components' as entity,
            component as entity_id,
            false as is_event,
            cast(null as timestamp) as happened_at,
            cast({{ date_plus_days("period_end", -1) }} as timestamp) as from_at,
            cast(period_end as timestamp) as until_at,
            numerator,
            denominator,
            cast(null as bigint) as amount_cents
        from ends
        union all
        select
            'si_quality',
            partner_id,
            cast(null as date),
            'crm.implementations',
            project_id,
            false,
            cast(begun_on as timestamp),
            greatest(cast(begun_on as timestamp), valid_from_at),
            until_at,
            0,
            0,
            cast(null as bigint)
        from spans
        where begun_on is not null
    )

select *
from final
