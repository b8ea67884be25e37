-- One row per partner and period the metric applies to: deals it sourced that were qualified or
-- won in the window, each once.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'converted_referrals' and is_applicable
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
        select partner_id, from_at, until_at, numerator as referrals
        from {{ ref("int_evidence__referrals") }}
        where metric_key = 'converted_referrals'
    ),

    events as ({{ changes_of("spans", ["referrals"]) }}),

    totals as ({{ trailing_totals("events", "ends", ["referrals"]) }}),

    metric_converted_referrals as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'converted_referrals' as metric_key,
            referrals as numerator,
            cast(null as decimal(28, 9)) as denominator,
            cast(referrals as bigint) as sample_size,
            referrals as value
        from totals
    )

select *
from metric_converted_referrals
