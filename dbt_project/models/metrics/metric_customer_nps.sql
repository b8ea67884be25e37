-- One row per partner and period the metric applies to: promoters less detractors among its
-- customers' answers, per 100 answers.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'customer_nps' and is_applicable
    ),

    events as (
        select partner_id, rules_from, happened_at, numerator as promotion, denominator as answers
        from {{ ref("int_evidence__answers") }}
        where metric_key = 'customer_nps'
    ),

    totals as (
        {{
            trailing_totals(
                "events", "windows", ["promotion", "answers"], by=["partner_id", "rules_from"]
            )
        }}
    ),

    metric_customer_nps as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'customer_nps' as metric_key,
            promotion as numerator,
            answers as denominator,
            cast(answers as bigint) as sample_size,
            {{ decimal_ratio("100 * promotion", "answers") }} as value
        from totals
    )

select *
from metric_customer_nps
