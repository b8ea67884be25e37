-- One row per partner and period the metric applies to: installs activated in time ÷ installs old
-- enough to tell.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'activation_rate' and is_applicable
    ),

    events as (
        select
            partner_id,
            rules_from,
            happened_at,
            from_at,
            numerator as activated,
            denominator as installs
        from {{ ref("int_evidence__installs") }}
        where metric_key = 'activation_rate'
    ),

    totals as (
        {{
            trailing_totals(
                "events",
                "windows",
                ["activated", "installs"],
                seen_at="from_at",
                by=["partner_id", "rules_from"],
            )
        }}
    ),

    metric_activation_rate as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'activation_rate' as metric_key,
            activated as numerator,
            installs as denominator,
            cast(installs as bigint) as sample_size,
            {{ decimal_ratio("activated", "installs") }} as value
        from totals
    )

select *
from metric_activation_rate
