"""The weekly scorecard: one row per partner with its thirteen weeks."""

import numpy as np
import pandas as pd
import streamlit as st

from dashboards.queries.published import Edition, frame, has

_SCORECARDS = """
with
    latest as (select period_start, period_end from quality.snapshot),
    weeks as (
        select scorecard.*, date_diff('week', scorecard.period_start, latest.period_start) as age
        from marts.mart_scorecard_weekly as scorecard
        cross join latest
        where scorecard.period_start > latest.period_start - interval 26 week
            and scorecard.period_start <= latest.period_start
    ),
    history as (
        select
            partner_id,
            list(weighted_score::double order by period_start) filter (where age <= 13) as trend,
            sum(won_sourced_cents) filter (where age < 13)::bigint as won_13w_cents,
            sum(won_sourced_cents) filter (where age >= 13)::bigint as won_13w_before_cents
            {last_week}
        from weeks
        group by partner_id
    ),
    scored_criteria as (
        unpivot (
            select
                partner_id,
                coalesce(revenue_influence_score, -1) as revenue_influence,
                coalesce(delivery_quality_score, -1) as delivery_quality,
                coalesce(security_posture_score, -1) as security_posture,
                coalesce(support_maturity_score, -1) as support_maturity
            from weeks
            where age = 0
        ) on revenue_influence, delivery_quality, security_posture, support_maturity
        into name criterion value score
    ),
    absences as (
        select
            scored_criteria.partner_id,
            scored_criteria.criterion,
            min(
                case metric.status
                    when 'source_missing' then '1 source_missing'
                    when 'too_few' then '2 too_few'
                    when 'no_events' then '3 no_events'
                    when 'not_applicable' then '4 not_applicable'
                end
            )[3:] as status
        from scored_criteria
        inner join marts.fct_partner_metric as metric
            on metric.partner_id = scored_criteria.partner_id
        inner join latest on metric.period_start = latest.period_start
        inner join policy.metrics as definition
            on definition.metric_key = metric.metric_key
            and definition.criterion = scored_criteria.criterion
            and definition.valid_from < latest.period_end
            and (definition.valid_to is null or definition.valid_to >= latest.period_end)
        where scored_criteria.score = -1 and metric.period_kind = 'week'
        group by scored_criteria.partner_id, scored_criteria.criterion
    ),
    absent as (
        select partner_id, map(list(criterion), list(status)) as absences
        from absences
        group by partner_id
    )
select
    -- Tiers that were decided since the week ended are in force.
    weeks.* exclude (age) replace (partner.current_tier as current_tier),
    history.* exclude (partner_id),
    absent.absences,
    qualified.qualified_tier
    {judged}
from weeks
inner join marts.dim_partner as partner on partner.partner_id = weeks.partner_id
inner join history on history.partner_id = weeks.partner_id
left join absent on absent.partner_id = weeks.partner_id
left join
    (
        select tier_score.partner_id, tier_score.qualified_tier
        from marts.fct_tier_score as tier_score
        inner join latest on tier_score.period_start = latest.period_start
        where tier_score.period_kind = 'week'
    ) as qualified
    on qualified.partner_id = weeks.partner_id
{recommended}
where weeks.age = 0
order by weeks.partner_id
"""

_RECOMMENDED = """
left join
    (
        select *
        from marts.fct_tier_recommendation
        qualify row_number() over (partition by partner_id order by quarter_end desc) = 1
    ) as recommended
    on recommended.partner_id = weeks.partner_id
"""
_JUDGED = ", recommended.recommended_tier, recommended.recommendation_id"
_LAST_WEEK = """,
            max(health_band) filter (where age = 1) as health_band_last_week,
            max(health_score) filter (where age = 1) as health_score_last_week
"""
_LATER_COLUMNS = (
    "health_score",
    "health_band",
    "health_status",
    "health_band_last_week",
    "health_score_last_week",
    "si_quality_score",
    "si_quality_status",
    "movement",
    "recommended_tier",
    "recommendation_id",
    "is_stuck",
)
"""What the first schema did not have; absent in its versions."""


@st.cache_data(max_entries=4, show_spinner=False)
def scorecards(edition: Edition) -> pd.DataFrame:
    """One row per partner of the latest week: the mart's columns and more.

    `trend` is the weighted score of the last 14 weeks, oldest first (13 changes), NaN where it was
    not scored; `won_13w_cents` and `won_13w_before_cents` are sourced wins of the last 13 weeks
    and of the 13 before, reporting currency; `absences` maps a criterion without a score to the
    status that says why; `qualified_tier` is that of the week; `recommended_tier` and
    `recommendation_id` are of the last quarter end; `health_band_last_week` and
    `health_score_last_week` are a week earlier; `is_stuck` says whether it stays in a stage of
    onboarding longer than policy has it.
    """
    has_health = has(edition, "mart_scorecard_weekly", "health_band")
    is_judged = has(edition, "fct_tier_recommendation")
    rows = frame(
        edition,
        _SCORECARDS.format(
            last_week=_LAST_WEEK if has_health else "",
            recommended=_RECOMMENDED if is_judged else "",
            judged=_JUDGED if is_judged else "",
        ),
    )
    rows = rows.assign(**{name: None for name in _LATER_COLUMNS if name not in rows})
    if has(edition, "fct_onboarding"):
        stuck = frame(edition, "select partner_id from marts.fct_onboarding where is_stuck")
        rows = rows.assign(is_stuck=rows["partner_id"].isin(stuck["partner_id"]))
    # DuckDB hands out a list with nulls as a masked array.
    whole = [np.ma.filled(trend, np.nan) for trend in rows["trend"]]
    return rows.assign(trend=pd.Series(whole, index=rows.index, dtype=object))
