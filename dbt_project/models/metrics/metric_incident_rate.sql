-- One row per partner and period the metric applies to: incidents it caused per 100 active
-- install-months.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'incident_rate' and is_applicable
    ),

    rules as (select * from {{ ref("int_scoring_rules") }}),

    incidents as (
        select partner_id, started_at as happened_at, 1 as incidents
        from {{ ref("int_partner__caused_incidents") }}
    ),

    spans as (
        select partner_id, active_from_at as from_at, active_until_at as until_at
        from {{ ref("int_partner__installs") }}
        where active_from_at is not null
    ),

    incident_totals as ({{ trailing_totals("incidents", "windows", ["incidents"]) }}),

    exposure as ({{ trailing_durations("spans", "windows") }}),

    totals as (
        select
            incident_totals.*,
            {{ decimal_ratio("exposure.seconds", "86400 * rules.install_month_days") }}
            as install_months
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
    ),

    metric_incident_rate as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'incident_rate' as metric_key,
            incidents as numerator,
            install_months as denominator,
            cast(incidents as bigint) as sample_size,
            {{ decimal_ratio("100 * incidents", "install_months") }} as value
        from totals
    )

select *
from metric_incident_rate
