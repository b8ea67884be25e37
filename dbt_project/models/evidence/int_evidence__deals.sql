-- One row per metric, deal, partner and span in which what the deal is to the partner counts.
{{ config(materialized="view") }}

with
    closed_deals as (select * from {{ ref("int_partner__closed_deals") }}),

    claims as (select * from {{ ref("int_pipeline__claims") }}),

    outcome_spans as (select * from {{ ref("int_attribution__outcome_spans") }}),

    opportunities as (select * from {{ ref("int_attribution__opportunities") }}),

    won_arr as (
        select
            case outcome when 'sourced' then 'sourced_arr' else 'influenced_arr' end as metric_key,
            partner_id,
            cast(null as date) as rules_from,
            'crm.opportunities' as entity,
            opportunity_id as entity_id,
            true as is_event,
            closed_at as happened_at,
            closed_at as from_at,
            cast(null as timestamp) as until_at,
            cast(null as integer) as numerator,
            cast(null as integer) as denominator,
            amount_reporting_cents as amount_cents
        from closed_deals
        where is_won and {{ is_new_business("opportunity_type") }}
    ),

    closed as (
        select
            'win_rate',
            partner_id,
            cast(null as date),
            'crm.opportunities',
            opportunity_id,
            true,
            closed_at,
            closed_at,
            cast(null as timestamp),
            cast(is_won as integer),
            1,
            amount_reporting_cents
        from closed_deals
    ),

    -- By the outcome as it stood when the period ended: what an outcome brought goes with it.
    created as (
        select
            'pipeline_created',
            outcome_spans.partner_id,
            cast(null as date),
            'crm.opportunities',
            outcome_spans.opportunity_id,
            true,
            opportunities.created_at,
            outcome_spans.since_at,
            outcome_spans.until_at,
            cast(null as integer),
            cast(null as integer),
            opportunities.amount_reporting_cents
        from outcome_spans
        inner join opportunities on outcome_spans.opportunity_id = opportunities.opportunity_id
    ),

    open_claims as (
        select
            'open_pipeline',
            partner_id,
            cast(null as date),
            'crm.opportunities',
            opportunity_id,
            false,
            from_at,
            from_at,
            until_at,
            cast(null as integer),
            cast(null as integer),
            amount_reporting_cents
        from claims
    ),

    final as (
        select *
        from won_arr
        union all
        select *
        from closed
        union all
        select *
        from created
        union all
        select *
        from open_claims
    )

select *
from final
