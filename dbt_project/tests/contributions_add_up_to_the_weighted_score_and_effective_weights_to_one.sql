-- A row is a partner and period whose criteria do not add up, to the last place: its scorecard
-- would show parts that
-- contradict the whole.
with
    criteria as (
        select
            partner_id,
            period_kind,
            period_start,
            sum(contribution) as contributions,
            sum(effective_weight) as effective_weights
        from {{ ref("fct_criterion_score") }}
        group by partner_id, period_kind, period_start
    )

select
    partner_id,
    period_kind,
    period_start,
    scores.weighted_score,
    criteria.contributions,
    criteria.effective_weights
from {{ ref("fct_tier_score") }} as scores
full outer join criteria using (partner_id, period_kind, period_start)
where
    scores.weighted_score is distinct from criteria.contributions
    or (scores.weighted_score is not null and criteria.effective_weights <> 1)
