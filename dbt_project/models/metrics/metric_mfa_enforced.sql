-- One row per partner and period the metric applies to: whether the latest assessment, while it
-- holds, found MFA enforced.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'mfa_enforced' and is_applicable
    ),

    spans as (
        select partner_id, from_at, until_at, numerator as assessed, 1 as assessments
        from {{ ref("int_evidence__assessments") }}
        where metric_key = 'mfa_enforced'
    ),

    events as ({{ changes_of("spans", ["assessed", "assessments"]) }}),

    totals as ({{ trailing_totals("events", "windows", ["assessed", "assessments"]) }}),

    metric_mfa_enforced as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'mfa_enforced' as metric_key,
            case when assessments > 0 then assessed end as numerator,
            cast(null as decimal(28, 9)) as denominator,
            cast(assessments as bigint) as sample_size,
            case when assessments > 0 then assessed end as value
        from totals
    )

select *
from metric_mfa_enforced
