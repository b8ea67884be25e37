-- One row per partner and period the metric applies to: good answers ÷ good and bad answers on
-- customers' tickets.
with
    windows as (
        select * from {{ ref("int_metric_index") }} where metric_key = 'csat' and is_applicable
    ),

    events as (
        select partner_id, happened_at, numerator as good, denominator as rated
        from {{ ref("int_evidence__tickets") }}
        where metric_key = 'csat'
    ),

    totals as ({{ trailing_totals("events", "windows", ["good", "rated"]) }}),

    metric_csat as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'csat' as metric_key,
            good as numerator,
            rated as denominator,
            cast(rated as bigint) as sample_size,
            {{ decimal_ratio("good", "rated") }} as value
        from totals
    )

select *
from metric_csat
