-- One row per partner and period the metric applies to: incidents it caused per 100 active
-- install-months.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'incident_rate' and is_applicable
    ),

    events as (
        select partner_id, happened_at, numerator as incidents
        from {{ ref("int_evidence__incidents") }}
        where metric_key = 'incident_rate'
    ),

    counted as ({{ trailing_totals("events", "windows", ["incidents"]) }}),

    exposure as (
        select
            partner_id,
            period_kind,
            period_start,
            cast(sum(denominator) as decimal(28, 9)) as install_months
        from {{ ref("int_evidence__exposure") }}
        group by partner_id, period_kind, period_start
    ),

    totals as (
        select
            counted.*,
            coalesce(exposure.install_months, cast(0 as decimal(28, 9))) as install_months
        from counted
        left join
            exposure
            on counted.partner_id = exposure.partner_id
            and counted.period_kind = exposure.period_kind
            and counted.period_start = exposure.period_start
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
