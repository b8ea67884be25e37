"""One partner: everything a version holds of it, and the list to choose it from."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import streamlit as st

from dashboards.frames import records
from dashboards.queries.published import Edition, frame, has

_IN_FORCE = "valid_from < period_end and (valid_to is null or valid_to >= period_end)"

_WHO = """
select
    partner_id,
    partner_name,
    partner_type,
    archetype,
    partner_manager,
    region,
    country,
    signed_on,
    status,
    current_tier
from marts.dim_partner
where partner_id = $partner
"""

METRIC_ROWS = """
select
    metric.*,
    definition.label,
    definition.criterion,
    definition.unit,
    definition.minimum_sample,
    definition.requires,
    definition.is_rare,
    definition.score_when_null,
    definition.window_months
from marts.fct_partner_metric as metric
inner join policy.metrics as definition
    on definition.metric_key = metric.metric_key
    and definition.valid_from < metric.period_end
    and (definition.valid_to is null or definition.valid_to >= metric.period_end)
"""
"""Metrics as measured, with what policy said of each at the end of the period; no filter."""

_METRICS = f"""
{METRIC_ROWS}
where metric.partner_id = $partner
order by metric.period_end, metric.period_kind, metric.metric_key
"""

_CRITERIA = """
select *
from marts.fct_criterion_score
where partner_id = $partner and period_kind = 'week'
order by period_start, criterion
"""

_BANDS = f"""
select bands.*
from policy.rubric_bands as bands
cross join quality.snapshot
where {_IN_FORCE}
"""

_GATES = """
select gate.*, metric.label, metric.unit, tier."rank"
from marts.fct_tier_gate as gate
cross join quality.snapshot
inner join policy.tiers as tier
    on tier.tier = gate.tier
    and tier.valid_from < gate.period_end
    and (tier.valid_to is null or tier.valid_to >= gate.period_end)
left join policy.metrics as metric
    on metric.metric_key = gate.gate
    and metric.valid_from < gate.period_end
    and (metric.valid_to is null or metric.valid_to >= gate.period_end)
where
    gate.partner_id = $partner
    and gate.period_kind = 'week'
    and gate.period_start = quality.snapshot.period_start
order by tier."rank", gate.gate_group, gate.gate
"""


@dataclass(frozen=True)
class Dossier:
    """What one version says of one partner; a frame is None where it holds no such mart."""

    partner: pd.DataFrame
    """Its one row of dim_partner."""
    weeks: pd.DataFrame
    """Its weekly scorecards, oldest first; none before its first whole week."""
    metrics: pd.DataFrame
    """Every metric of every period, with the policy's label, criterion, unit and minimum sample."""
    criteria: pd.DataFrame
    """Criterion scores of its weeks."""
    gates: pd.DataFrame | None
    """The gates of every tier as of the latest week, with label, unit and rank of the tier."""
    recommendations: pd.DataFrame | None
    """What was recommended at each quarter end, latest first."""
    path: pd.DataFrame | None
    """Steps of the cheapest path to the next tier at the latest quarter end."""
    bridge: pd.DataFrame | None
    health: pd.DataFrame | None
    """Its health by week and quarter, oldest first."""
    si_quality: pd.DataFrame | None
    remediation: pd.DataFrame | None
    tiers: pd.DataFrame | None
    """The spans of its tiers, latest first, with the decision that began each."""
    projects: pd.DataFrame | None
    cohorts: pd.DataFrame | None
    terms: pd.DataFrame | None
    """Its certificates, contracts, assessment and grants as of the run, first to end first."""

    @cached_property
    def who(self) -> Any:
        """The partner as last known."""
        return next(records(self.partner))

    @cached_property
    def now(self) -> Any:
        """The scorecard of its latest week, or None before its first."""
        return next(records(self.weeks.tail(1)), None)

    def of_week(self, rows: pd.DataFrame, weeks_ago: int = 0) -> pd.DataFrame:
        """The weekly rows of a frame with periods, as many weeks before the latest."""
        start = self.now.period_start - pd.Timedelta(weeks=weeks_ago)
        return rows[rows["period_kind"].eq("week") & rows["period_start"].eq(start)]


@st.cache_data(max_entries=8, show_spinner=False)
def directory(edition: Edition) -> pd.DataFrame:
    """The partners to choose from: partner_id, partner_name, partner_type, tier, manager, score."""
    return frame(
        edition,
        """
        select
            partner_id,
            partner_name,
            partner_type,
            partner_manager,
            current_tier,
            weighted_score
        from marts.mart_scorecard_weekly
        qualify row_number() over (partition by partner_id order by period_start desc) = 1
        order by lower(partner_name), partner_id
        """,
    )


@st.cache_data(max_entries=64, show_spinner=False)
def dossier(edition: Edition, partner_id: str) -> Dossier | None:
    """Everything of one partner, or None where the version knows no partner of this id."""
    asked = {"partner": partner_id}
    who = frame(edition, _WHO, asked)
    if who.empty:
        return None

    def of(mart: str, order: str) -> pd.DataFrame | None:
        if not has(edition, mart):
            return None
        return frame(
            edition, f"from marts.{mart} where partner_id = $partner order by {order}", asked
        )

    def rows(mart: str, sql: str) -> pd.DataFrame | None:
        return frame(edition, sql, asked) if has(edition, mart) else None

    return Dossier(
        partner=who,
        weeks=frame(
            edition,
            "from marts.mart_scorecard_weekly where partner_id = $partner order by period_start",
            asked,
        ),
        metrics=frame(edition, _METRICS, asked),
        criteria=frame(edition, _CRITERIA, asked),
        gates=rows("fct_tier_gate", _GATES),
        recommendations=of("fct_tier_recommendation", "quarter_end desc"),
        path=of("fct_tier_path", "quarter_end desc, step_number"),
        bridge=of("fct_score_bridge", "period_end desc, criterion"),
        health=of("fct_partner_health", "period_start"),
        si_quality=of("fct_si_quality", "period_start"),
        remediation=of("fct_remediation", "quarter_end desc"),
        tiers=of("fct_tier_history", "from_on desc"),
        projects=of("fct_project", "kicked_off_on desc, project_id"),
        cohorts=of("fct_retention_cohort", "cohort_quarter, months"),
        terms=of("fct_partner_term", "kind, until_on nulls last, item_id"),
    )


@st.cache_data(max_entries=4, show_spinner=False)
def bands(edition: Edition) -> pd.DataFrame:
    """The rubric's bands in force in the latest week."""
    return frame(edition, _BANDS)


@st.cache_data(max_entries=4, show_spinner=False)
def health_points(edition: Edition) -> dict[str, int]:
    """The most points each dimension of health can give, by dimension, in force."""
    rows = frame(
        edition,
        f"""
        select dimension, max(points) as points
        from policy.health_points
        cross join quality.snapshot
        where {_IN_FORCE}
        group by dimension
        """,
    )
    return {row.dimension: int(row.points) for row in records(rows)}


@st.cache_data(max_entries=4, show_spinner=False)
def health_tones(edition: Edition) -> dict[str, str]:
    """How each band of health is judged, best first: good, watch or bad."""
    rows = frame(
        edition,
        f"""
        select band, tone
        from policy.health_bands
        cross join quality.snapshot
        where {_IN_FORCE}
        order by lower_bound desc nulls last
        """,
    )
    return dict(zip(rows["band"], rows["tone"], strict=True))
