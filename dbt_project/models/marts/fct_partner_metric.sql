-- One row per partner, period and metric of that period's policy.
with
    metrics as (select * from {{ ref("int_metric_status") }}),

    metric_periods as (
        select metric_key, period_kind, period_start, last_day, score_when_null
        from {{ ref("int_metric_periods") }}
    ),

    rubric_bands as (select * from {{ ref("rubric_bands") }}),

    bands as (
        select
            metric_periods.metric_key,
            metric_periods.period_kind,
            metric_periods.period_start,
            rubric_bands.score,
            rubric_bands.score_at_upper_bound,
            rubric_bands.lower_bound,
            rubric_bands.lower_is_inclusive,
            rubric_bands.upper_bound,
            rubric_bands.upper_is_inclusive
        from metric_periods
        inner join
            rubric_bands
            on metric_periods.metric_key = rubric_bands.metric_key
            and {{ is_in_force("rubric_bands", "metric_periods.last_day") }}
        union all
        -- A measured metric without a value.
        select metric_key, period_kind, period_start, score_when_null, null, null, null, null, null
        from metric_periods
        where score_when_null is not null
    ),

    final as (
        select
            metrics.partner_id,
            metrics.period_kind,
            metrics.period_start,
            metrics.period_end,
            metrics.metric_key,
            metrics.value,
            metrics.numerator,
            metrics.denominator,
            metrics.sample_size,
            metrics.status,
            metrics.is_stale,
            {{ score_in_band("metrics.value", "bands") }} as rubric_score
        from metrics
        left join
            bands
            on metrics.status = 'measured'
            and metrics.metric_key = bands.metric_key
            and metrics.period_kind = bands.period_kind
            and metrics.period_start = bands.period_start
            and {{ is_in_band("metrics.value", "bands") }}
    )

select *
from final
