-- One row per KPI of the programme and completed month or week it is told for, with what policy
-- says of it.
with
    run as (
        select as_of, {{ date_plus_days("as_of", 1) }} as next_day
        from {{ source("quality", "run") }}
    ),

    kpis as (select * from {{ ref("kpi_targets") }}),

    calendar as (
        select
            run.next_day,
            {{ setting_value("kpi_history_months", "integer") }} as history_months,
            {{ setting_value("kpi_history_weeks", "integer") }} as history_weeks
        from run
        inner join {{ ref("settings") }} as settings on {{ is_in_force("settings", "run.as_of") }}
        group by run.next_day
    ),

    months as (
        select
            {{ month_start("next_day") }} as newest_end,
            {{ each_integer("0", "history_months - 1") }} as periods_ago
        from calendar
    ),

    weeks as (
        select
            cast(date_trunc('week', next_day) as date) as newest_end,
            {{ each_integer("0", "history_weeks - 1") }} as periods_ago
        from calendar
    ),

    periods as (
        select
            'month' as period_kind,
            {{ date_plus_months("newest_end", "-(periods_ago + 1)") }} as period_start,
            {{ date_plus_months("newest_end", "-periods_ago") }} as period_end
        from months
        union all
        select
            'week',
            {{ date_plus_days("newest_end", "-7 * (periods_ago + 1)") }},
            {{ date_plus_days("newest_end", "-7 * periods_ago") }}
        from weeks
    ),

    sources as (
        select
            subject,
            valid_from,
            {{ join_sorted("case when is_missing then source end") }} as missing_sources,
            {{ join_sorted("case when is_stale and not is_missing then source end") }}
            as stale_sources
        from {{ ref("int_metric_sources") }}
        where is_missing or is_stale
        group by subject, valid_from
    ),

    final as (
        select
            kpis.kpi_key,
            periods.period_kind,
            periods.period_start,
            periods.period_end,
            {{ date_plus_days("periods.period_end", -1) }} as last_day,
            {{ date_plus_months("periods.period_end", "-kpis.window_months") }} as window_start_on,
            kpis.label,
            kpis.definition,
            kpis.family,
            kpis.position,
            kpis.unit,
            kpis.direction,
            kpis.target,
            kpis.target_high,
            kpis.target_is_inclusive,
            kpis.watch_margin,
            kpis.minimum_sample,
            kpis.nature,
            kpis.owner,
            kpis.window_months,
            sources.missing_sources,
            sources.stale_sources
        from periods
        inner join
            kpis
            on kpis.valid_from < periods.period_end
            and (kpis.valid_to is null or periods.period_end <= kpis.valid_to)
        left join
            sources
            on 'kpi.' || kpis.kpi_key = sources.subject
            and kpis.valid_from = sources.valid_from
    )

select *
from final
