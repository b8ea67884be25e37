-- One row per partner and period the metric applies to: good answers ÷ good and bad answers on
-- customers' tickets.
with
    windows as (
        select * from {{ ref("int_metric_index") }} where metric_key = 'csat' and is_applicable
    ),

    events as (
        select
            partner_id,
            opened_at as happened_at,
            1 as rated,
            case when satisfaction = 'good' then 1 else 0 end as good
        from {{ ref("int_partner__customer_tickets") }}
        where satisfaction in ('good', 'bad')
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
