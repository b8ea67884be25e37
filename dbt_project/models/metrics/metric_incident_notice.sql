-- One row per partner and period the metric applies to: security and data incidents it caused and
-- notified in time ÷ all such that were notified or overdue.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'incident_notice' and is_applicable
    ),

    contracts as (
        select partner_id, incident_notice_hours, from_at, until_at
        from {{ ref("int_partner__contract_spans") }}
        where incident_notice_hours is not null
    ),

    -- Of several contracts in force at detection the strictest binds.
    incidents as (
        select
            incidents.incident_id,
            incidents.partner_id,
            incidents.started_at,
            incidents.detected_at,
            incidents.partner_notified_at,
            min(contracts.incident_notice_hours) as notice_hours
        from {{ ref("int_partner__caused_incidents") }} as incidents
        inner join
            contracts
            on incidents.partner_id = contracts.partner_id
            and contracts.from_at <= incidents.detected_at
            and (contracts.until_at is null or incidents.detected_at < contracts.until_at)
        where incidents.kind in ('security', 'data')
        group by
            incidents.incident_id,
            incidents.partner_id,
            incidents.started_at,
            incidents.detected_at,
            incidents.partner_notified_at
    ),

    due as (
        select
            partner_id,
            started_at,
            partner_notified_at,
            {{ timestamp_plus_hours("detected_at", "notice_hours") }} as due_at
        from incidents
    ),

    -- Judged once the partner was told or the time to tell it is over, whichever came first.
    events as (
        select
            partner_id,
            started_at as happened_at,
            least(partner_notified_at, due_at) as seen_at,
            1 as incidents,
            case when partner_notified_at <= due_at then 1 else 0 end as notified
        from due
    ),

    totals as (
        {{ trailing_totals("events", "windows", ["notified", "incidents"], seen_at="seen_at") }}
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
