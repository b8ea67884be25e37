-- One row per partner and quarter: when it was last active, and whether anybody can tell.
with
    quarters as (select * from {{ ref("int_partner__periods") }} where period_kind = 'quarter'),

    figures as (select * from {{ ref("scorecard_figures") }} where figure = 'last_activity'),

    sources as (select * from {{ ref("int_metric_sources") }} where subject = 'last_activity'),

    touches as (select * from {{ ref("fct_opportunity_touch") }} where is_participating),

    -- A deal that was opened counts for whoever sourced or influenced it as the quarter ended.
    acts as (
        select
            outcome_spans.partner_id,
            opportunities.created_at as happened_at,
            outcome_spans.since_at as from_at,
            outcome_spans.until_at
        from {{ ref("int_attribution__outcome_spans") }} as outcome_spans
        inner join
            {{ ref("int_attribution__opportunities") }} as opportunities
            on outcome_spans.opportunity_id = opportunities.opportunity_id
        union all
        select partner_id, touched_at, touched_at, null
        from touches
    ),

    latest as (
        select quarters.partner_id, quarters.period_start, max(acts.happened_at) as last_active_at
        from quarters
        inner join
            acts
            on quarters.partner_id = acts.partner_id
            and acts.from_at < quarters.period_end
            and (acts.until_at is null or quarters.period_end <= acts.until_at)
        group by quarters.partner_id, quarters.period_start
    ),

    standing as (
        select valid_from, bool_or(is_missing) as is_missing, bool_or(is_stale) as is_stale
        from sources
        group by valid_from
    ),

    final as (
        select
            quarters.partner_id,
            quarters.period_start,
            quarters.period_end,
            latest.last_active_at,
            standing.valid_from is not null
            and not standing.is_missing
            and not standing.is_stale as is_known
        from quarters
        left join
            latest
            on quarters.partner_id = latest.partner_id
            and quarters.period_start = latest.period_start
        left join figures on {{ is_in_force("figures", "quarters.last_day") }}
        left join standing on figures.valid_from = standing.valid_from
    )

select *
from final
