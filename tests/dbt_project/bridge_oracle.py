"""The bridge between two scores in fractions, under rules that changed between the two."""

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
from scored_company import Row

CHANGED = date(2026, 10, 1)
INPUTS = {
    "metrics": ("int_metric_status", "int_metric_periods", "int_partner__periods", "int_periods"),
    "policy": ("rubric_bands", "criterion_weights"),
}
MODELS = (
    "fct_partner_metric",
    "int_criterion_points",
    "fct_criterion_score",
    "int_tier__rescored_points",
    "fct_score_bridge",
)
CHANGES = f"""
update int_metric_periods set metric_weight = 3
where metric_key = 'influenced_arr' and last_day >= '{CHANGED}';
update int_metric_periods set criterion = 'support_maturity'
where metric_key = 'win_rate' and last_day >= '{CHANGED}';
update int_metric_periods set score_when_null = 1
where metric_key = 'mfa_enforced' and last_day >= '{CHANGED}';
delete from int_metric_periods where metric_key = 'activation_rate' and last_day >= '{CHANGED}';
delete from int_metric_periods where metric_key = 'reopen_rate' and last_day < '{CHANGED}';
delete from int_metric_status where not exists (
    from int_metric_periods as policy
    where policy.metric_key = int_metric_status.metric_key
        and policy.period_kind = int_metric_status.period_kind
        and policy.period_start = int_metric_status.period_start
);
update rubric_bands set valid_to = '{CHANGED}' where metric_key = 'csat';
insert into rubric_bands by name
select 'csat' as metric_key, score, lower_bound, lower_bound is not null as lower_is_inclusive,
    upper_bound, false as upper_is_inclusive, date '{CHANGED}' as valid_from
from (values (0, null, 0.5), (4, 0.5, null)) as bands(score, lower_bound, upper_bound);
update criterion_weights set valid_to = '{CHANGED}' where archetype in ('default', 'si');
insert into criterion_weights by name
select archetype, criterion, weight, date '{CHANGED}' as valid_from
from (
    values
        ('default', 'revenue_influence', 0.1), ('default', 'delivery_quality', 0.2),
        ('default', 'security_posture', 0.3), ('default', 'support_maturity', 0.4),
        ('si', 'revenue_influence', 0.5), ('si', 'delivery_quality', 0.5),
        ('si', 'security_posture', 0), ('si', 'support_maturity', 0)
) as weights(archetype, criterion, weight);
"""


def scored_again(database: Path, compiled: Mapping[str, str]) -> duckdb.DuckDBPyConnection:
    """The company of a build scored in memory, by rules that change between the two weeks."""
    connection = duckdb.connect()
    connection.execute(f"attach '{database}' as built (read_only)")
    for schema, relations in INPUTS.items():
        for relation in relations:
            connection.execute(f"create table {relation} as from built.{schema}.{relation}")
    connection.execute("detach built")
    connection.execute(CHANGES)
    for model in MODELS:
        connection.execute(f"create table {model} as {compiled[model]}")
    return connection


def score(metrics: list[tuple[Any, Any]]) -> Fraction | None:
    """The weighted mean of scores; None where none has weight."""
    total = sum((Fraction(weight) for _, weight in metrics), Fraction(0))
    points = sum((Fraction(each) * Fraction(weight) for each, weight in metrics), Fraction(0))
    return points / total if total else None


def effective(
    weights: Mapping[str, Fraction], scores: Mapping[str, Fraction | None]
) -> dict[str, tuple[Fraction, Fraction]]:
    """Effective weight and score of every criterion, 0 and 0 for one without a score."""
    measured = {criterion for criterion in weights if scores.get(criterion) is not None}
    total = sum((weights[criterion] for criterion in measured), Fraction(0))
    return {
        criterion: (weights[criterion] / total, scores[criterion] or Fraction(0))
        if criterion in measured and total
        else (Fraction(0), Fraction(0))
        for criterion in weights
    }


def parts(
    before: Mapping[str, tuple[Fraction, Fraction]],
    again: Mapping[str, Fraction | None],
    now: Mapping[str, tuple[Fraction, Fraction]],
) -> dict[str, tuple[Fraction, Fraction, Fraction]]:
    """Performance, rules and weight of each criterion."""
    found = {}
    for criterion in before:
        weight_then, score_then = before[criterion]
        weight_now, score_now = now[criterion]
        score_again = again.get(criterion) or Fraction(0)
        found[criterion] = (
            weight_then * (score_now - score_again),
            weight_then * (score_again - score_then),
            (weight_now - weight_then) * score_now,
        )
    return found


def latest_and_before(weeks: list[Row]) -> tuple[date, date]:
    """Mondays of the latest week and of that 13 weeks before."""
    latest = max(row["period_start"] for row in weeks)
    return latest, latest - timedelta(weeks=13)
