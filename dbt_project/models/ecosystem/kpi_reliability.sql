-- One row per KPI of reliability and period.
with
    periods as (select * from {{ ref("int_kpi__periods") }} where family = 'reliability'),

    incidents as (
        select incidents.*
        from {{ ref("stg_support__incidents") }} as incidents
        inner join
            {{ ref("stg_telemetry__integrations") }} as integrations
            on incidents.integration_id = integrations.integration_id
    ),

    installs as (
        select integration_id, active_from_at as from_at, active_until_at as until_at
        from {{ ref("int_partner__installs") }}
        where active_from_at is not null
    ),

    promises as (select * from {{ ref("int_sla__promises") }}),

    enforcement as (select * from {{ ref("stg_telemetry__enforcement_actions") }}),

    projects as (select * from {{ ref("int_delivery__projects") }}),

    counts as (
        select
            'incidents_per_integration' as kpi_key,
            cast(started_at as date) as on_date,
            1 as numerator,
            1 as sample_size
        from incidents
        union all
        select 'kill_switches', cast(acted_at as date), 1, 1
        from enforcement
        where action = 'kill_switch'
    ),

    totals as ({{ kpi_totals("counts", ["incidents_per_integration", "kill_switches"]) }}),

    -- A promise counts on the day it was kept or broken.
    parts as (
        select
            'sla_attainment' as kpi_key,
            cast(least(met_at, due_at) as date) as on_date,
            case when state = 'within' then 1 else 0 end as numerator,
            1 as denominator,
            1 as sample_size
        from promises
        where state in ('within', 'breached')
        union all
        select 'rework_rate', went_live_on, coalesce(rework_hours, 0), total_hours, 1
        from projects
        where went_live_on is not null and total_hours is not null
    ),

    rates as ({{ kpi_totals("parts", ["sla_attainment", "rework_rate"], is_rate=true) }}),

    used as ({{ standing_spans("installs", ["integration_id"], []) }}),

    in_use as (
        select
            periods.period_kind,
            periods.period_start,
            count(distinct used.integration_id) as integrations
        from periods
        left join
            used
            on used.from_at < periods.period_end
            and (used.until_at is null or periods.window_start_on < used.until_at)
        where periods.kpi_key = 'incidents_per_integration'
        group by periods.period_kind, periods.period_start
    ),

    per_integration as (
        select
            totals.kpi_key,
            totals.period_kind,
            totals.period_start,
            totals.numerator,
            cast(in_use.integrations as decimal(28, 9)) as denominator,
            cast(in_use.integrations as bigint) as sample_size,
            {{ decimal_ratio("totals.numerator", "in_use.integrations") }} as value
        from totals
        inner join
            in_use
            on totals.period_kind = in_use.period_kind
            and totals.period_start = in_use.period_start
        where totals.kpi_key = 'incidents_per_integration'
    ),

    kpi_reliability as (
        select *
        from totals
        where kpi_key <> 'incidents_per_integration'
        union all
        select *
        from rates
        union all
        select *
        from per_integration
    )

select *
from kpi_reliability
