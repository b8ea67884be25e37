-- One row per SI and period: incidents it caused per live project-year.
{{ config(materialized="view") }}

with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'si_quality' and is_applicable
    ),

    rules as (select * from {{ ref("int_scoring_rules") }}),

    incidents as (
        select partner_id, started_at as happened_at, 1 as incidents
        from {{ ref("int_partner__caused_incidents") }}
    ),

    spans as (select partner_id, from_at, until_at from {{ ref("int_delivery__live_spans") }}),

    incident_totals as ({{ trailing_totals("incidents", "windows", ["incidents"]) }}),

    exposure as ({{ trailing_durations("spans", "windows", by="partner_id") }}),

    final as (
        select
            incident_totals.partner_id,
            incident_totals.period_kind,
            incident_totals.period_start,
            'incidents' as component,
            cast(incident_totals.incidents as bigint) as sample_size,
            {{
                decimal_ratio(
                    "incident_totals.incidents * 86400 * 12 * rules.install_month_days",
                    "exposure.seconds",
                )
            }} as value
        from incident_totals
        inner join
            exposure
            on incident_totals.partner_id = exposure.partner_id
            and incident_totals.period_kind = exposure.period_kind
            and incident_totals.period_start = exposure.period_start
        inner join
            {{ ref("int_periods") }} as periods
            on incident_totals.period_kind = periods.period_kind
            and incident_totals.period_start = periods.period_start
        inner join rules on periods.rules_from = rules.rules_from
    )

select *
from final
