-- One row per partner and period the metric applies to: weighted mean of the components of SI
-- quality that are measured.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'si_quality' and is_applicable
    ),

    spans as (
        select partner_id, from_at, until_at, 1 as projects
        from {{ ref("int_delivery__live_spans") }}
    ),

    standing_windows as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            cast(null as timestamp) as window_start_at,
            window_end_at
        from windows
    ),

    events as ({{ changes_of("spans", ["projects"]) }}),

    live as ({{ trailing_totals("events", "standing_windows", ["projects"]) }}),

    components as (
        select
            partner_id,
            period_kind,
            period_start,
            cast(sum(points) as decimal(28, 9)) as points,
            cast(sum(weight) as decimal(28, 9)) as weight
        from {{ ref("int_si_quality__components") }}
        where score is not null
        group by partner_id, period_kind, period_start
    ),

    minima as (
        select period_kind, period_start, minimum_sample
        from {{ ref("int_metric_periods") }}
        where metric_key = 'si_quality'
    ),

    -- With nothing measured and too few projects it is the projects that are too few.
    totals as (
        select
            live.*,
            components.points,
            coalesce(
                components.weight,
                cast(case when live.projects >= minima.minimum_sample then 0 end as decimal(28, 9))
            ) as weight
        from live
        inner join
            minima
            on live.period_kind = minima.period_kind
            and live.period_start = minima.period_start
        left join
            components
            on live.partner_id = components.partner_id
            and live.period_kind = components.period_kind
            and live.period_start = components.period_start
    ),

    metric_si_quality as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'si_quality' as metric_key,
            points as numerator,
            weight as denominator,
            cast(projects as bigint) as sample_size,
            {{ decimal_ratio("points", "weight") }} as value
        from totals
    )

select *
from metric_si_quality
