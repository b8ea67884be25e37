-- One row per metric, deal or activity that earns points, set of scoring rules and span in which
-- they count.
with
    deals as (select * from {{ ref("int_partner__point_deals") }}),

    activities as (select * from {{ ref("int_partner__point_activities") }}),

    leading_ends as (
        select distinct partner_id, activity, period_end
        from {{ ref("int_evidence__leading_activities") }}
    ),

    led as (
        select
            partner_id,
            activity,
            period_end,
            lag(activity) over (partition by partner_id order by period_end) as activity_before,
            lag(period_end) over (partition by partner_id order by period_end) as end_before
        from leading_ends
    ),

    numbered as (
        select
            *,
            sum(case when activity = activity_before then 0 else 1 end) over (
                partition by partner_id
                order by period_end
                rows between unbounded preceding and current row
            ) as lead_number
        from led
    ),

    -- A kind of activity leads from the end before its first to its last.
    leads as (
        select
            partner_id,
            activity,
            min(coalesce(cast(end_before as timestamp), {{ beginning_of_time() }})) as from_at,
            cast(max(period_end) as timestamp) as until_at
        from numbered
        group by partner_id, activity, lead_number
    ),

    final as (
        select
            'programme_points' as metric_key,
            partner_id,
            rules_from,
            'crm.opportunities' as entity,
            opportunity_id as entity_id,
            true as is_event,
            closed_at as happened_at,
            closed_at as from_at,
            cast(null as timestamp) as until_at,
            points as numerator,
            cast(null as integer) as denominator,
            amount_reporting_cents as amount_cents
        from deals
        union all
        select
            'activity_points',
            partner_id,
            rules_from,
            entity,
            entity_id,
            true,
            happened_at,
            happened_at,
            cast(null as timestamp),
            points,
            cast(null as integer),
            cast(null as bigint)
        from activities
        union all
        select
            'leading_activity_points',
            activities.partner_id,
            activities.rules_from,
            activities.entity,
            activities.entity_id,
            true,
            activities.happened_at,
            greatest(activities.happened_at, leads.from_at),
            leads.until_at,
            activities.points,
            cast(null as integer),
            cast(null as bigint)
        from activities
        inner join
            leads
            on activities.partner_id = leads.partner_id
            and activities.activity = leads.activity
            and activities.happened_at < leads.until_at
    )

select *
from final
