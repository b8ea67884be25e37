"""What is so of a partner, in words and numbers, from its dossier: no drawing."""

from decimal import Decimal
from typing import Any

import pandas as pd

from dashboards import words
from dashboards.charts import marks
from dashboards.charts.bridge import as_shown
from dashboards.dossier.programme import Programme
from dashboards.frames import records
from dashboards.markup import Html, tag
from dashboards.queries.partner import Dossier

WEEKS = 13
CRITERIA = ("revenue_influence", "delivery_quality", "security_posture", "support_maturity")
DIMENSIONS = ("revenue", "activity", "engagement", "satisfaction", "strategic_fit")
LEFT_OUT = "left out of the mean"
COMPONENTS = (
    ("churn", "Churned accounts", "churn_rate", "rate"),
    ("nps", "Project NPS", "customer_nps", "score"),
    ("rollout", "Actual ÷ planned days", "rollout_ratio", "ratio"),
    ("tickets", "Tickets after go-live", "tickets_per_account", "ratio"),
    ("incidents", "Incidents it caused", "incidents_per_project_year", "ratio"),
)
"""Each component: its key, its name, the column of its value and the unit of it."""


def exact(value: Any) -> Decimal | None:
    """A number of a frame to nine places, None where it is absent."""
    return None if words.is_absent(value) else words.decimal(value)


def scored(metrics: pd.DataFrame) -> pd.DataFrame:
    """The metrics that a criterion scores."""
    return metrics[metrics["criterion"].notna() & metrics["criterion"].ne("")]


def in_order(criteria: pd.DataFrame) -> list[Any]:
    """Criterion rows in the order the pages keep."""
    order = {key: place for place, key in enumerate(CRITERIA)}
    return sorted(
        records(criteria), key=lambda row: (order.get(row.criterion, len(order)), row.criterion)
    )


def absence(metric: Any, partner_type: Any, absent_extracts: frozenset[str]) -> str:
    """Why a metric has no value: too few (3 of 5), n/a for SI, source missing: CRM surveys."""
    if metric.status == "measured":
        return "none in force, which scores 0"
    if metric.status == "not_applicable":
        return f"n/a for {words.spelled(str(partner_type))}"
    if metric.status == "source_missing":
        return f"source missing: {_missing(metric.requires, absent_extracts)}"
    said = words.status(
        metric.status, sample=_whole(metric.sample_size), minimum=_whole(metric.minimum_sample)
    )
    window = _whole(metric.window_months)
    return f"{said} in {words.counted(window, 'month')}" if window else said


def _missing(requires: Any, absent: frozenset[str]) -> str:
    """The absent extracts a metric needs; where all are there, one lacks a column."""
    needed = {".".join(name.split(".")[:2]) for name in str(requires or "").split()}
    gone = sorted(needed & absent)
    if not gone:
        return "a column it needs of an extract"
    return words.listed([words.title(name.replace(".", "_")) for name in gone])


def _whole(value: Any) -> int | None:
    return None if words.is_absent(value) else int(value)


def measured(known: Dossier) -> tuple[int, int, int]:
    """Of the latest week: metrics measured, metrics that apply, and rare ones without events."""
    metrics = scored(known.of_week(known.metrics))
    applicable = metrics[metrics["status"].ne("not_applicable")]
    is_idle = applicable["is_rare"].eq(True) & applicable["status"].eq("no_events")
    return (
        int(applicable["status"].eq("measured").sum()),
        int((~is_idle).sum()),
        int(is_idle.sum()),
    )


def weekly(known: Dossier, rows: pd.DataFrame | None, weeks_ago: int = 0) -> Any:
    """The row of a week of a frame with one row a period, or None."""
    if rows is None:
        return None
    return next(records(known.of_week(rows, weeks_ago)), None)


def metric_now(known: Dossier, key: str, weeks_ago: int = 0) -> Any:
    """A metric's row in a week, or None where the policy has no such metric."""
    rows = known.of_week(known.metrics, weeks_ago)
    return next(records(rows[rows["metric_key"].eq(key)]), None)


def latest_recommendation(known: Dossier) -> Any:
    """What was recommended at the last quarter end, or None."""
    rows = known.recommendations
    return None if rows is None else next(records(rows.head(1)), None)


def bridge_steps(known: Dossier, rows: pd.DataFrame) -> list[tuple[str, Decimal]]:
    """Performance by criterion, then rules and weight, in hundredths that add up as shown."""
    parts = [
        (words.criterion(row.criterion), words.decimal(row.performance)) for row in in_order(rows)
    ]
    for label, column in (("Rules", "rules"), ("Weight", "weight")):
        parts.append((label, sum(map(words.decimal, rows[column]), Decimal(0))))
    shown = as_shown(
        [part for _, part in parts],
        words.decimal(known.now.weighted_score_13_weeks_ago),
        words.decimal(known.now.weighted_score),
    )
    return [(label, change) for (label, _), change in zip(parts, shown, strict=True)]


def tier_now(known: Dossier) -> str | None:
    """The tier of its latest week."""
    tier = known.now.current_tier
    return None if words.is_absent(tier) else str(tier)


def path_steps(known: Dossier, quarter_end: Any) -> list[str]:
    """The sentences of the cheapest path at a quarter end."""
    if known.path is None:
        return []
    rows = known.path[known.path["quarter_end"].eq(quarter_end)]
    return [str(row.sentence) for row in records(rows)]


def health_heading(row: Any, programme: Programme) -> list[Html | str]:
    """Health 85 of 100 with its band; too few where too little is measured."""
    if words.is_absent(row.health_score):
        return ["Health ", tag("span", words.status(str(row.status)), class_="quiet")]
    tone = programme.tones.get(str(row.health_band))
    score = words.count(row.health_score)
    return [f"Health {score} of 100 ", marks.health_chip(None, row.health_band, tone)]


def health_facts(row: Any, basis_currency: str) -> dict[str, str]:
    """The fact behind each dimension's points, by dimension."""
    return {
        "revenue": _revenue_fact(row, basis_currency),
        "activity": "does not register deals"
        if words.is_absent(row.activity_points) and words.is_absent(row.registrations)
        else f"{_counted(row.registrations, 'registration')} in {WEEKS} weeks",
        "engagement": _engagement_fact(row),
        "satisfaction": _satisfaction_fact(row),
        "strategic_fit": "not said"
        if words.is_absent(row.strategic_fit)
        else words.spelled(str(row.strategic_fit)),
    }


def _revenue_fact(row: Any, currency: str) -> str:
    basis = "" if words.is_absent(row.revenue_basis) else f", {row.revenue_basis}"
    now = words.money(row.revenue_now_cents, currency)
    if words.is_absent(row.revenue_points):
        return f"not measured{basis}"
    if words.is_absent(row.revenue_growth):
        before = words.money(row.revenue_before_cents, currency)
        return f"{now} this quarter, {before} in the same days last year{basis}"
    growth = words.percent(row.revenue_growth)
    sign = "+" if row.revenue_growth > 0 else ""
    return f"{sign}{growth} on the same days last year{basis}"


def _engagement_fact(row: Any) -> str:
    if words.is_absent(row.engagement_points):
        return "portal logins not measured"
    weeks, spans = _whole(row.weeks_with_login) or 0, _whole(row.spans_with_login) or 0
    logged_in = f"logins in {weeks} of {WEEKS} weeks"
    return f"{logged_in}, {spans} of 3 spans of 30 days"


def _satisfaction_fact(row: Any) -> str:
    answers = _counted(row.partner_answers, "answer")
    if words.is_absent(row.satisfaction_points):
        return f"too few answers ({words.count(row.partner_answers)})"
    return f"partner NPS {words.number(row.partner_nps, places=0)}, {answers}"


def _counted(value: Any, noun: str) -> str:
    return words.ABSENT if words.is_absent(value) else words.counted(int(value), noun)
