-- One row per partner and period the metric applies to: customers' tickets answered within the
-- target ÷ those answered or overdue.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'first_response' and is_applicable
    ),

    events as (
        select
            partner_id,
            rules_from,
            happened_at,
            from_at,
            numerator as answered_in_time,
            denominator as tickets
        from {{ ref("int_evidence__tickets") }}
        where metric_key = 'first_response'
    ),

    totals as (
        {{
            trailing_totals(
                "events",
                "windows",
                ["answered_in_time", "tickets"],
                seen_at="from_at",
                by=["partner_id", "rules_from"],
            )
        }}
    ),

    metric_first_response as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'first_response' as metric_key,
            answered_in_time as numerator,
            tickets as denominator,
            cast(tickets as bigint) as sample_size,
            {{ decimal_ratio("answered_in_time", "tickets") }} as value
        from totals
    )

select *
from metric_first_response
