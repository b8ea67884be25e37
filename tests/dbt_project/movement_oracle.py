"""Scores, gates and movement of a tier, worked out by hand from the spec for one partner."""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

from scored_company import midnight, months_before, nine_places

from warehouse.ledger import Decision
from warehouse.settings import DEFAULT_POLICY

TIERS = ("registered", "silver", "gold", "platinum")
SCORE = {"silver": "2", "gold": "3", "platinum": "4"}
CRITERION = {"silver": "1", "gold": "2", "platinum": "3"}
SOURCED = {"silver": 25_000, "gold": 100_000, "platinum": 500_000}
REFERRALS = {"silver": 5, "gold": 20, "platinum": 50}
PIPELINE = {"silver": 100_000, "gold": 500_000, "platinum": 2_000_000}
PEOPLE = {"silver": 1, "gold": 2, "platinum": 5}
GATE_METRICS = (
    "sourced_arr",
    "converted_referrals",
    "pipeline_created",
    "certified_people",
    "active_contract",
)
FLOOR = Decimal("0.6")
MISSES_TO_DEMOTE = 2


@dataclass(frozen=True)
class Measure:
    """What a metric came to in one quarter."""

    status: str
    value: Decimal | None = None
    is_stale: bool = False


@dataclass(frozen=True, eq=False)
class Quarter:
    """What is known of a partner as a quarter ends."""

    end: date
    """Exclusive."""
    measures: Mapping[str, Measure]
    last_active_at: datetime | None

    @property
    def last_day(self) -> date:
        return self.end - timedelta(days=1)


@dataclass(frozen=True)
class Partner:
    partner_id: str
    partner_type: str
    archetype: str
    signed_on: date | None
    initial_tier: str
    tier_since: date


@dataclass(frozen=True)
class Movement:
    action: str
    reason: str
    current_tier: str
    qualified_tier: str | None
    recommended_tier: str | None
    misses: int


@cache
def policy(table: str) -> list[dict[str, str]]:
    """Rows of a file of the default policy."""
    with (DEFAULT_POLICY / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@cache
def bands() -> dict[str, list[dict[str, str]]]:
    """Rubric bands by metric."""
    found = defaultdict(list)
    for row in policy("rubric_bands"):
        found[row["metric_key"]].append(row)
    return found


def rubric(metric: Mapping[str, str], value: Decimal | None) -> Decimal:
    """Rubric score of a measured metric."""
    if value is None:
        return Decimal(metric["score_when_null"])
    (score,) = (
        Decimal(band["score"]) for band in bands()[metric["metric_key"]] if lies(value, band)
    )
    return score


def lies(value: Decimal, band: Mapping[str, str]) -> bool:
    """Whether a value lies in a band."""
    lower, upper = band["lower_bound"], band["upper_bound"]
    above = not lower or value > Decimal(lower)
    below = not upper or value < Decimal(upper)
    on_lower = bool(lower) and band["lower_is_inclusive"] == "true" and value == Decimal(lower)
    on_upper = bool(upper) and band["upper_is_inclusive"] == "true" and value == Decimal(upper)
    return (above or on_lower) and (below or on_upper)


def scored(
    archetype: str, measures: Mapping[str, Measure]
) -> tuple[dict[str, Decimal], Decimal | None, Decimal]:
    """Scores of the measured criteria, the weighted score and its coverage."""
    weights = {
        row["criterion"]: Fraction(row["weight"])
        for row in policy("criterion_weights")
        if row["archetype"] == archetype
    }
    measured, applicable = defaultdict(list), defaultdict(int)
    for metric in policy("metrics"):
        measure = measures.get(metric["metric_key"])
        if not metric["criterion"] or measure is None or measure.status == "not_applicable":
            continue
        is_silent = metric["is_rare"] == "true" and measure.status == "no_events"
        applicable[metric["criterion"]] += not is_silent
        if measure.status == "measured":
            measured[metric["criterion"]].append(Fraction(rubric(metric, measure.value)))
    means = {criterion: sum(of) / len(of) for criterion, of in measured.items()}
    spread = sum(weights[criterion] for criterion in means)
    total = sum(weights[criterion] for criterion, count in applicable.items() if count)
    covered = sum(
        weights[criterion] * Fraction(len(measured[criterion]), count)
        for criterion, count in applicable.items()
        if count
    )
    score = sum((weights[c] * mean for c, mean in means.items()), Fraction(0))
    return (
        {criterion: nine_places(Fraction(mean)) for criterion, mean in means.items()},
        nine_places(score / spread) if means else None,
        nine_places(covered / total),
    )


@cache
def score_of(
    archetype: str, quarter: Quarter
) -> tuple[dict[str, Decimal], Decimal | None, Decimal]:
    """Criteria, weighted score and coverage of a quarter."""
    return scored(archetype, quarter.measures)


@cache
def groups_of(tier: str, archetype: str, quarter: Quarter) -> list[bool | None]:
    """Whether each group of a tier's gates holds; None where nobody can tell."""

    def reaches(value: Any, required: Any) -> bool | None:
        return None if value is None else value >= Decimal(required)

    values = {key: quarter.measures[key].value for key in GATE_METRICS}
    contract = reaches(values["active_contract"], 1)
    if tier == "registered":
        return [contract]
    criteria, score, _ = score_of(archetype, quarter)
    performance = [
        reaches(values["sourced_arr"], SOURCED[tier]),
        reaches(values["converted_referrals"], REFERRALS[tier]),
    ]
    return [
        contract,
        reaches(score, SCORE[tier]),
        reaches(min(criteria.values(), default=None), CRITERION[tier]),
        True if True in performance else None if None in performance else False,
        reaches(values["pipeline_created"], PIPELINE[tier]),
        reaches(values["certified_people"], PEOPLE[tier]),
    ]


def qualified(archetype: str, quarter: Quarter) -> str | None:
    """The highest tier all of whose gates hold."""
    held = [tier for tier in TIERS if all(groups_of(tier, archetype, quarter))]
    return held[-1] if held else None


def tier_changes(partner: Partner, decisions: Sequence[Decision]) -> list[tuple[date, str]]:
    """Days from which the partner has another tier than the day before, with that tier."""
    approved = [d for d in decisions if d.verdict == "approved" and d.to_tier is not None]
    first = min((d.effective_on for d in approved), default=date.max)
    steps = [(date.min, "registered")]
    if partner.tier_since < first:
        steps.append((partner.tier_since, partner.initial_tier))
    for decision in sorted(approved, key=lambda d: (d.effective_on, d.decision_id)):
        steps.append((decision.effective_on, str(decision.to_tier)))
    changes: list[tuple[date, str]] = []
    for day, tier in steps:
        while changes and changes[-1][0] == day:
            changes.pop()
        if not changes or changes[-1][1] != tier:
            changes.append((day, tier))
    return changes


def rank(tier: str | None) -> int:
    """Place of a tier; none is below all."""
    return -1 if tier is None else TIERS.index(tier)


def months_after(day: date, months: int) -> date:
    """The day that many calendar months later."""
    return months_before(day, -months)


def recommend(
    partner: Partner, history: Sequence[Quarter], decisions: Sequence[Decision]
) -> Movement:
    """What is recommended at the end of the last quarter of `history`."""
    now = history[-1]
    changes = tier_changes(partner, decisions)

    def tier_at(day: date) -> str:
        return [tier for since, tier in changes if since <= day][-1]

    def is_covered(quarter: Quarter) -> bool:
        return score_of(partner.archetype, quarter)[2] >= FLOOR

    def is_provisional(quarter: Quarter) -> bool:
        signed_on = partner.signed_on
        return signed_on is not None and quarter.last_day < months_after(signed_on, 6)

    def is_miss(quarter: Quarter) -> bool:
        tier = tier_at(quarter.last_day)
        return (
            tier != "registered"
            and rank(qualified(partner.archetype, quarter)) < rank(tier)
            and False in groups_of(tier, partner.archetype, quarter)
        )

    def misses_so_far() -> int:
        misses, last_seen = 0, date.min
        for quarter in history:
            if any(last_seen < since <= quarter.last_day for since, _ in changes):
                misses = 0
            last_seen = quarter.last_day
            if is_covered(quarter) and not is_provisional(quarter):
                misses = misses + 1 if is_miss(quarter) else 0
        return misses

    current, reached = tier_at(now.last_day), qualified(partner.archetype, now)
    misses = misses_so_far() if is_covered(now) and not is_provisional(now) else 0
    below = TIERS[max(rank(current) - 1, 0)]
    above = None
    if len(history) > 1 and is_covered(history[-2]):
        lower = min(reached, qualified(partner.archetype, history[-2]), key=rank)
        above = lower if rank(lower) > rank(current) else None
    contract = now.measures["active_contract"]
    window = midnight(months_before(now.end, 6 if current == "registered" else 12))
    is_old = partner.signed_on is None or midnight(partner.signed_on) < window
    is_quiet = now.last_active_at is None or now.last_active_at < window
    is_excepted = any(
        d.verdict == "exception"
        and d.effective_on <= now.last_day
        and (d.expires_on is None or now.last_day < d.expires_on)
        for d in decisions
    )
    rules = (
        (
            contract == Measure("measured", Decimal(0)),
            ("pause", "no_active_contract", None),
        ),
        (is_old and is_quiet, ("exit", "inactive", None)),
        (
            any(measure.status == "source_missing" for measure in now.measures.values()),
            ("hold", "source_missing", current),
        ),
        (any(measure.is_stale for measure in now.measures.values()), ("hold", "stale", current)),
        (not is_covered(now), ("hold", "coverage", current)),
        (is_excepted, ("hold", "exception", current)),
        (above is not None, ("promote", "qualified_twice", above)),
        (is_miss(now) and is_provisional(now), ("hold", "provisional", current)),
        (misses >= MISSES_TO_DEMOTE, ("demote", "misses", below)),
        (misses == 1, ("warn", "first_miss", current)),
        (True, ("hold", "in_place", current)),
    )
    action, reason, to = next(result for applies, result in rules if applies)
    return Movement(action, reason, current, reached, to, misses)
