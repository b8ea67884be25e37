-- One row per partner and period the metric applies to: active grants outside its contracts'
-- scopes or unused ÷ active grants.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'excess_access' and is_applicable
    ),

    spans as (
        select partner_id, rules_from, from_at, until_at, numerator as excess, denominator as grants
        from {{ ref("int_evidence__grants") }}
        where metric_key = 'excess_access'
    ),

    events as ({{ changes_of("spans", ["excess", "grants"], by=["partner_id", "rules_from"]) }}),

    totals as (
        {{
            trailing_totals(
                "events", "windows", ["excess", "grants"], by=["partner_id", "rules_from"]
            )
        }}
    ),

    metric_excess_access as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'excess_access' as metric_key,
            excess as numerator,
            grants as denominator,
            cast(grants as bigint) as sample_size,
            {{ decimal_ratio("excess", "grants") }} as value
        from totals
    )

select *
from metric_excess_access
