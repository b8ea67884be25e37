-- One row per partner and period the metric applies to: security and data incidents it caused and
-- notified in time ÷ all such that were notified or overdue.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'incident_notice' and is_applicable
    ),

    events as (
        select partner_id, happened_at, from_at, numerator as notified, denominator as incidents
        from {{ ref("int_evidence__incidents") }}
        where metric_key = 'incident_notice'
    ),

    totals as (
        {{ trailing_totals("events", "windows", ["notified", "incidents"], seen_at="from_at") }}
    ),

    metric_incident_notice as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'incident_notice' as metric_key,
            notified as numerator,
            incidents as denominator,
            cast(incidents as bigint) as sample_size,
            {{ decimal_ratio("notified", "incidents") }} as value
        from totals
    )

select *
from metric_incident_notice
