-- One row per partner and week in which a deal of the partner's was created or won.
with
    opportunities as (select * from {{ ref("stg_crm__opportunities") }}),

    outcome_spans as (select * from {{ ref("int_attribution__outcome_spans") }}),

    weeks as (select * from {{ ref("int_periods") }} where period_kind = 'week'),

    -- By the outcome as it stood when the week ended.
    created as (
        select
            outcome_spans.partner_id,
            weeks.period_start,
            outcome_spans.outcome,
            opportunities.amount_reporting_cents as created_cents,
            cast(null as bigint) as won_cents
        from opportunities
        inner join
            weeks
            on weeks.period_start <= opportunities.created_at
            and opportunities.created_at < weeks.period_end
        inner join
            outcome_spans
            on opportunities.opportunity_id = outcome_spans.opportunity_id
            and outcome_spans.since_at < weeks.period_end
            and (outcome_spans.until_at is null or weeks.period_end <= outcome_spans.until_at)
    ),

    won as (
        select
            deals.partner_id,
            weeks.period_start,
            deals.outcome,
            cast(null as bigint) as created_cents,
            deals.amount_reporting_cents as won_cents
        from {{ ref("int_partner__closed_deals") }} as deals
        inner join
            weeks on weeks.period_start <= deals.closed_at and deals.closed_at < weeks.period_end
        where deals.is_won
    ),

    deals as (
        select *
        from created
        union all
        select *
        from won
    ),

    final as (
        select
            partner_id,
            period_start,
            {% for outcome in ["sourced", "influenced"] %}
                cast(
                    coalesce(
                        sum(case when outcome = '{{ outcome }}' then created_cents end), 0
                    ) as bigint
                ) as pipeline_created_{{ outcome }}_cents,
                cast(
                    coalesce(
                        sum(case when outcome = '{{ outcome }}' then won_cents end), 0
                    ) as bigint
                ) as won_{{ outcome }}_cents
                {% if not loop.last %}, {% endif %}
            {% endfor %}
        from deals
        group by partner_id, period_start
    )

select *
from final
