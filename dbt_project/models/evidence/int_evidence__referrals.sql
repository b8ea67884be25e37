-- One row per deal a partner sourced and span of period ends at which its conversion counts.
with
    windows as (select * from {{ ref("metrics") }} where metric_key = 'converted_referrals'),

    outcome_spans as (
        select * from {{ ref("int_attribution__outcome_spans") }} where outcome = 'sourced'
    ),

    opportunities as (select * from {{ ref("stg_crm__opportunities") }}),

    conversions as (
        select opportunity_id, qualified_at as converted_at
        from opportunities
        where qualified_at is not null
        union all
        select opportunity_id, closed_at
        from opportunities
        where is_won and closed_at is not null
    ),

    -- While the window holds the conversion and the partner the deal.
    spans as (
        select
            outcome_spans.partner_id,
            outcome_spans.opportunity_id,
            conversions.converted_at,
            greatest(
                conversions.converted_at,
                outcome_spans.since_at,
                cast(windows.valid_from as timestamp)
            ) as from_at,
            least(
                {{
                    last_end_reaching(
                        "conversions.converted_at", "windows.window_months", "windows.window_days"
                    )
                }},
                outcome_spans.until_at,
                cast(windows.valid_to as timestamp)
            ) as until_at,
            1 as conversions
        from conversions
        inner join outcome_spans on conversions.opportunity_id = outcome_spans.opportunity_id
        cross join windows
    ),

    -- Qualified and won within one window is one conversion.
    standing as ({{ standing_spans("spans", ["partner_id", "opportunity_id"], ["conversions"]) }}),

    final as (
        select
            'converted_referrals' as metric_key,
            standing.partner_id,
            cast(null as date) as rules_from,
            'crm.opportunities' as entity,
            standing.opportunity_id as entity_id,
            false as is_event,
            min(spans.converted_at) as happened_at,
            standing.from_at,
            standing.until_at,
            1 as numerator,
            cast(null as integer) as denominator,
            opportunities.amount_reporting_cents as amount_cents
        from standing
        inner join
            spans
            on standing.partner_id = spans.partner_id
            and standing.opportunity_id = spans.opportunity_id
            and spans.from_at <= standing.from_at
            and standing.from_at < spans.until_at
        inner join opportunities on standing.opportunity_id = opportunities.opportunity_id
        group by
            standing.partner_id,
            standing.opportunity_id,
            standing.from_at,
            standing.until_at,
            opportunities.amount_reporting_cents
    )

select *
from final
