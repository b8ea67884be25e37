-- One row per partner and period the metric applies to: points for the won deals closed in the
-- window that it sourced, influenced or manages.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'programme_points' and is_applicable
    ),

    events as (
        select partner_id, rules_from, closed_at as happened_at, points, 1 as deals
        from {{ ref("int_partner__point_deals") }}
    ),

    totals as (
        {{
            trailing_totals(
                "events", "windows", ["points", "deals"], by=["partner_id", "rules_from"]
            )
        }}
    ),

    metric_programme_points as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'programme_points' as metric_key,
            points as numerator,
            cast(null as decimal(28, 9)) as denominator,
            cast(deals as bigint) as sample_size,
            points as value
        from totals
    )

select *
from metric_programme_points
