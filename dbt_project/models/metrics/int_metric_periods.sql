-- One row per metric and period, with the policy in force on the period's last day.
with
    metrics as (select * from {{ ref("metrics") }}),

    periods as (select * from {{ ref("int_periods") }}),

    sources as (
        select
            subject as metric_key,
            valid_from,
            bool_or(is_missing) as is_source_missing,
            bool_or(is_stale) as is_stale
        from {{ ref("int_metric_sources") }}
        group by subject, valid_from
    ),

    final as (
        select
            metrics.metric_key,
            periods.period_kind,
            periods.period_start,
            periods.period_end,
            periods.last_day,
            metrics.valid_from as policy_from,
            metrics.criterion,
            metrics.metric_weight,
            metrics.minimum_sample,
            metrics.is_rare,
            metrics.score_when_null,
            metrics.archetypes,
            coalesce(sources.is_source_missing, false) as is_source_missing,
            coalesce(sources.is_stale, false) as is_stale,
            cast(
                coalesce(
                    {{ date_plus_months("periods.period_end", "-metrics.window_months") }},
                    {{ date_plus_days("periods.period_end", "-metrics.window_days") }}
                ) as timestamp
            ) as window_start_at,
            cast(periods.period_end as timestamp) as window_end_at
        from metrics
        inner join periods on {{ is_in_force("metrics", "periods.last_day") }}
        left join
            sources
            on metrics.metric_key = sources.metric_key
            and metrics.valid_from = sources.valid_from
    )

select *
from final
