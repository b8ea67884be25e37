-- One row per partner and period the metric applies to: deals it sourced that were qualified or
-- won in the window, each once.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'converted_referrals' and is_applicable
    ),

    referrals as (
        select
            outcome_spans.partner_id,
            outcome_spans.since_at,
            outcome_spans.until_at,
            opportunities.qualified_at,
            case when opportunities.is_won then opportunities.closed_at end as won_at
        from {{ ref("int_attribution__outcome_spans") }} as outcome_spans
        inner join
            {{ ref("stg_crm__opportunities") }} as opportunities
            on outcome_spans.opportunity_id = opportunities.opportunity_id
        where outcome_spans.outcome = 'sourced'
    ),

    -- Qualified and won within one window is one conversion: what both bring is taken off once.
    conversions as (
        select
            partner_id,
            since_at,
            until_at,
            qualified_at as happened_at,
            qualified_at as known_at,
            1 as referrals
        from referrals
        where qualified_at is not null
        union all
        select partner_id, since_at, until_at, won_at, won_at, 1
        from referrals
        where won_at is not null
        union all
        select
            partner_id,
            since_at,
            until_at,
            least(qualified_at, won_at),
            greatest(qualified_at, won_at),
            -1
        from referrals
        where qualified_at is not null and won_at is not null
    ),

    -- While the partner holds the deal.
    events as (
        select partner_id, happened_at, greatest(known_at, since_at) as seen_at, referrals
        from conversions
        union all
        select partner_id, happened_at, greatest(known_at, until_at), - referrals
        from conversions
        where until_at is not null
    ),

    totals as ({{ trailing_totals("events", "windows", ["referrals"], seen_at="seen_at") }}),

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
