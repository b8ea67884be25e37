-- A row is a partner and week that is scored but not on the weekly scorecard, or on it but not
-- scored.
select partner_id, period_start
from (select * from {{ ref("fct_tier_score") }} where period_kind = 'week') as scores
full outer join {{ ref("mart_scorecard_weekly") }} as scorecards using (partner_id, period_start)
where scores.period_end is null or scorecards.period_end is null
