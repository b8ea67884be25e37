-- One row per partner and period the metric applies to: current certificates ÷ all, of the latest
-- per person and type.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'certification_currency' and is_applicable
    ),

    spans as (
        select partner_id, from_at, until_at, numerator as current_ones, denominator as certificates
        from {{ ref("int_evidence__certificates") }}
        where metric_key = 'certification_currency'
    ),

    events as ({{ changes_of("spans", ["current_ones", "certificates"]) }}),

    totals as ({{ trailing_totals("events", "windows", ["current_ones", "certificates"]) }}),

    metric_certification_currency as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'certification_currency' as metric_key,
            current_ones as numerator,
            certificates as denominator,
            cast(certificates as bigint) as sample_size,
            {{ decimal_ratio("current_ones", "certificates") }} as value
        from totals
    )

select *
from metric_certification_currency
