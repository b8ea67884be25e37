-- One row per partner and period the metric applies to: customers of a year ago that still are ÷
-- customers of a year ago.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'customer_retention' and is_applicable
    ),

    -- The window is in the spans, which are of period ends.
    ends as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            cast(null as timestamp) as window_start_at,
            window_end_at
        from windows
    ),

    spans as (
        select partner_id, from_at, until_at, numerator as retained, denominator as customers
        from {{ ref("int_evidence__customers") }}
        where metric_key = 'customer_retention'
    ),

    events as ({{ changes_of("spans", ["retained", "customers"]) }}),

    totals as ({{ trailing_totals("events", "ends", ["retained", "customers"]) }}),

    metric_customer_retention as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'customer_retention' as metric_key,
            retained as numerator,
            customers as denominator,
            cast(customers as bigint) as sample_size,
            {{ decimal_ratio("retained", "customers") }} as value
        from totals
    )

select *
from metric_customer_retention
