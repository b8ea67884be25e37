-- One row per partner and period the metric applies to: customers' tickets answered within the
-- target ÷ those answered or overdue.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'first_response' and is_applicable
    ),

    targets as (
        select rules.rules_from, targets.priority, targets.target_hours
        from {{ ref("int_scoring_rules") }} as rules
        inner join
            {{ ref("partner_response_targets") }} as targets
            on {{ is_in_force("targets", "rules.rules_from") }}
        where rules.rules_from in (select rules_from from {{ ref("int_periods") }})
    ),

    due as (
        select
            tickets.partner_id,
            targets.rules_from,
            tickets.opened_at as happened_at,
            tickets.first_response_at,
            {{ timestamp_plus_hours("tickets.opened_at", "targets.target_hours") }} as due_at
        from {{ ref("int_partner__customer_tickets") }} as tickets
        inner join targets on tickets.priority = targets.priority
    ),

    events as (
        select
            partner_id,
            rules_from,
            happened_at,
            least(first_response_at, due_at) as seen_at,
            1 as tickets,
            case when first_response_at <= due_at then 1 else 0 end as answered_in_time
        from due
    ),

    totals as (
        {{
            trailing_totals(
                "events",
                "windows",
                ["answered_in_time", "tickets"],
                seen_at="seen_at",
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
