-- One row per partner and quarter (or the latest week): the highest tier it qualifies for.
{{ config(tags=["rescored"]) }}

with
    gates as (select * from {{ ref("fct_tier_gate") }}),

    scores as (select * from {{ ref("int_tier__score") }}),

    tiers as (select * from {{ ref("tiers") }}),

    standing as (
        {{ tiers_standing("gates", ["partner_id", "period_kind", "period_start", "period_end"]) }}
    ),

    ranked as (
        select
            standing.partner_id,
            standing.period_kind,
            standing.period_start,
            standing.period_end,
            standing.tier,
            standing.is_held,
            standing.is_failed,
            tiers.rank,
            scores.current_tier
        from standing
        inner join
            tiers
            on standing.tier = tiers.tier
            and {{ is_in_force("tiers", date_plus_days("standing.period_end", -1)) }}
        inner join
            scores
            on standing.partner_id = scores.partner_id
            and standing.period_kind = scores.period_kind
            and standing.period_start = scores.period_start
    ),

    final as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            max_by(tier, rank) filter (where is_held) as qualified_tier,
            max(case when is_held then rank end) as qualified_rank,
            max(case when tier = current_tier then rank end) as current_rank,
            bool_or(is_failed and tier = current_tier) as is_current_failed
        from ranked
        group by partner_id, period_kind, period_start, period_end
    )

select *
from final
