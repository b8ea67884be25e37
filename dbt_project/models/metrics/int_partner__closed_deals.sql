-- One row per closed opportunity and partner it was sourced or influenced by when it closed.
{{ config(materialized="view") }}

with
    opportunities as (select * from {{ ref("stg_crm__opportunities") }}),

    outcome_spans as (select * from {{ ref("int_attribution__outcome_spans") }}),

    final as (
        select
            outcome_spans.opportunity_id,
            outcome_spans.partner_id,
            outcome_spans.outcome,
            opportunities.opportunity_type,
            opportunities.amount_reporting_cents,
            opportunities.is_won,
            opportunities.closed_at
        from outcome_spans
        inner join
            opportunities
            on outcome_spans.opportunity_id = opportunities.opportunity_id
            and outcome_spans.since_at <= opportunities.closed_at
            and (outcome_spans.until_at is null or opportunities.closed_at < outcome_spans.until_at)
    )

select *
from final
