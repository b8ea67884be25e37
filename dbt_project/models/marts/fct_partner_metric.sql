-- One row per partner, period and metric of that period's policy.
{{ config(tags=["rescored"]) }}

with
    metrics as (select * from {{ ref("int_metric_status") }}),

    metric_periods as (
        select metric_key, period_kind, period_start, last_day, score_when_null
        from {{ ref("int_metric_periods") }}
    ),

    rubric_bands as (select * from {{ ref("rubric_bands") }}),

    bands as ({{ bands_in_force("metric_periods", "rubric_bands") }}),

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
