"""Every row of the spine against the spec worked out by hand in Python, on one random company."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import bridge_oracle
import delivery_oracle
import duckdb
import path_oracle
import pytest
from scored_company import (
    Row,
    Rows,
    company,
    midnight,
    months_before,
    nine_places,
    periods,
)

SEED = 20261118
ARCHETYPES = {"platform", "si", "oem", "data_provider"}
CRITERIA = ("revenue_influence", "delivery_quality", "security_posture", "support_maturity")
WEIGHTS = {
    "default": ("0.40", "0.25", "0.20", "0.15"),
    "si": ("0.30", "0.40", "0.15", "0.15"),
    "platform": ("0.30", "0.20", "0.30", "0.20"),
    "oem": ("0.35", "0.20", "0.30", "0.15"),
    "data_provider": ("0.30", "0.15", "0.40", "0.15"),
}
OF_CRITERION = {
    "revenue_influence": ("sourced_arr", "influenced_arr", "open_pipeline", "win_rate"),
    "delivery_quality": (
        "customer_retention",
        "activation_rate",
        "incident_rate",
        "customer_nps",
        "si_quality",
    ),
    "security_posture": (
        "security_questionnaire",
        "mfa_enforced",
        "critical_findings",
        "incident_notice",
        "excess_access",
    ),
    "support_maturity": ("first_response", "reopen_rate", "csat", "certification_currency"),
}
CRITERION_OF = {metric: criterion for criterion, of in OF_CRITERION.items() for metric in of}
UNSCORED = {"pipeline_created", "converted_referrals", "certified_people", "active_contract"}
NOT_FOR_SI = {"customer_retention", "incident_rate", "customer_nps"}
FOR_SI_ALONE = {"si_quality"}
RARE = {"incident_notice", "excess_access"}
MINIMUM = {
    "win_rate": 3,
    "customer_retention": 3,
    "activation_rate": 3,
    "customer_nps": 5,
    "first_response": 5,
    "reopen_rate": 5,
    "csat": 5,
    "si_quality": 3,
}
HIGHER = {
    "influenced_arr": ("0", "50000", "200000", "500000", "1000000"),
    "sourced_arr": ("0", "25000", "100000", "250000", "500000"),
    "open_pipeline": ("0", "50000", "150000", "400000", "1000000"),
    "win_rate": ("0.10", "0.20", "0.30", "0.40", "0.50"),
    "customer_retention": ("0.70", "0.80", "0.85", "0.90", "0.95"),
    "activation_rate": ("0.20", "0.35", "0.50", "0.65", "0.80"),
    "customer_nps": ("0", "15", "30", "45", "60"),
    "security_questionnaire": ("50", "60", "70", "80", "90"),
    "si_quality": ("40", "55", "65", "75", "85"),
    "incident_notice": ("0.60", "0.75", "0.85", "0.95", "1"),
    "first_response": ("0.60", "0.70", "0.80", "0.90", "0.97"),
    "csat": ("0.60", "0.70", "0.80", "0.88", "0.95"),
    "certification_currency": ("0.40", "0.60", "0.75", "0.85", "0.95"),
}
LOWER = {
    "incident_rate": ("5", "3", "1.5", "0.5", "0.1"),
    "excess_access": ("0.20", "0.10", "0.05", "0.02", "0"),
    "reopen_rate": ("0.25", "0.18", "0.12", "0.07", "0.03"),
}
NINE = Decimal("0.000000001")
TARGET_HOURS = {"urgent": 1, "high": 4, "normal": 24, "low": 48}

Oracle = Callable[[Rows, str, date], tuple[Any, Any]]
"""Numerator and denominator (None where nothing is divided) of a partner at a period's end."""


@pytest.fixture(scope="module")
def rows() -> Rows:
    return company(SEED)


@pytest.fixture(scope="module")
def built(scored: Path) -> Iterator[Any]:
    with duckdb.connect(str(scored), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def compiled(scored: Path) -> dict[str, str]:
    """The SQL of the models, as it runs over tables of those names."""
    models = scored.parent / "target" / "compiled" / "partner_scorecards" / "models"
    return {
        file.stem: re.sub(r'"\w+"\."\w+"\."(\w+)"', r"\1", file.read_text(encoding="utf-8"))
        for file in models.rglob("*.sql")
    }


@pytest.fixture(scope="module")
def spine(built: Any) -> list[Row]:
    return records(built, "select * from marts.fct_partner_metric")


def records(connection: Any, sql: str) -> list[Row]:
    result = connection.execute(sql)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def test_the_spine_holds_every_partner_from_its_signing_on_every_period_and_metric_once(
    rows: Rows, spine: list[Row]
) -> None:
    expected = {
        (partner["partner_id"], kind, start, end, metric)
        for partner in rows["crm.partners"]
        for kind, start, end in periods()
        if partner["signed_on"] is None or partner["signed_on"] < end
        for metric in CRITERION_OF.keys() | UNSCORED
    }
    keys = [
        (r["partner_id"], r["period_kind"], r["period_start"], r["period_end"], r["metric_key"])
        for r in spine
    ]
    assert len(keys) == len(set(keys))
    assert set(keys) == expected


def test_the_evidence_of_every_row_of_the_spine_adds_up_to_it(built: Any) -> None:
    summed = records(
        built,
        """
        select
            metric.metric_key,
            metric.partner_id,
            metric.period_kind,
            metric.period_end,
            metric.numerator,
            metric.denominator,
            sum(evidence.contribution) as contribution,
            sum(evidence.denominator_contribution) as denominator_contribution
        from marts.fct_partner_metric as metric
        left join
            marts.fct_metric_evidence as evidence
            on metric.metric_key = evidence.metric_key
            and metric.partner_id = evidence.partner_id
            and evidence.counted_from < metric.period_end
            and metric.period_end <= evidence.counted_until
        group by all
        """,
    )
    for row in summed:
        if row["numerator"] is None:
            assert not row["contribution"], row
        else:
            assert (row["contribution"] or 0) == row["numerator"], row
        if row["denominator"] is None:
            assert not row["denominator_contribution"], row
        else:
            assert (row["denominator_contribution"] or 0) == row["denominator"], row
    assert {row["metric_key"] for row in summed} == {
        row["metric_key"] for row in summed if row["contribution"]
    }


def test_all_evidence_counts_in_some_period_and_no_row_of_it_twice(built: Any) -> None:
    idle = """
        from marts.fct_metric_evidence as evidence
        where
            not exists (
                from metrics.int_periods as period
                where counted_from < period.period_end and period.period_end <= counted_until
            )
    """
    assert records(built, idle) == []
    twice = """
        select evidence.metric_key, evidence.partner_id, entity, entity_id, period_end
        from marts.fct_metric_evidence as evidence
        inner join
            (select distinct period_end from metrics.int_periods) as period
            on counted_from < period.period_end
            and period.period_end <= counted_until
        group by all
        having count(*) > 1
    """
    assert records(built, twice) == []


def archetypes(rows: Rows) -> dict[str, str]:
    return {
        row["partner_id"]: row["partner_type"] if row["partner_type"] in ARCHETYPES else "default"
        for row in rows["crm.partners"]
    }


def rubric(metric: str, value: Decimal | None) -> int:
    if value is None:
        return 0
    if metric == "mfa_enforced":
        return 5 if value >= 1 else 0
    if metric == "critical_findings":
        return {0: 5, 1: 3, 2: 2, 3: 1}.get(int(value), 0)
    if metric in LOWER:
        return sum(value <= Decimal(limit) for limit in LOWER[metric])
    first, *others = (Decimal(limit) for limit in HIGHER[metric])
    is_money = metric in {"sourced_arr", "influenced_arr", "open_pipeline"}
    reached = value > first if is_money else value >= first
    return reached + sum(value >= limit for limit in others)


def test_every_status_and_rubric_score_follows_from_what_was_counted(
    rows: Rows, spine: list[Row]
) -> None:
    archetype = archetypes(rows)
    for row in spine:
        metric = row["metric_key"]
        if metric in (NOT_FOR_SI if archetype[row["partner_id"]] == "si" else FOR_SI_ALONE):
            status = "not_applicable"
        elif row["denominator"] == 0:
            status = "no_events"
        elif row["sample_size"] < MINIMUM.get(metric, 0):
            status = "too_few"
        else:
            status = "measured"
        is_scored = status == "measured" and metric not in UNSCORED
        score = rubric(metric, row["value"]) if is_scored else None
        assert (row["status"], row["rubric_score"]) == (status, score), row
        if status != "measured":
            assert row["value"] is None, row
    assert {row["status"] for row in spine} == {
        "measured",
        "no_events",
        "too_few",
        "not_applicable",
    }


def test_criteria_weights_scores_and_coverage_add_up_on_every_row(
    rows: Rows, spine: list[Row], built: Any
) -> None:
    archetype = archetypes(rows)
    metrics = defaultdict(list)
    for row in spine:
        metrics[row["partner_id"], row["period_kind"], row["period_start"]].append(row)
    criteria = defaultdict(dict)
    for row in records(built, "select * from marts.fct_criterion_score"):
        key = row["partner_id"], row["period_kind"], row["period_start"]
        criteria[key][row["criterion"]] = row
    scores = records(built, "select * from marts.fct_tier_score")
    assert len(scores) == len(metrics) == len(criteria)
    for score in scores:
        key = score["partner_id"], score["period_kind"], score["period_start"]
        weights = {
            criterion: Fraction(weight)
            for criterion, weight in zip(CRITERIA, WEIGHTS[archetype[key[0]]], strict=True)
        }
        means, coverages = {}, {}
        for criterion in CRITERIA:
            of = [row for row in metrics[key] if row["metric_key"] in OF_CRITERION[criterion]]
            measured = [r["rubric_score"] for r in of if r["rubric_score"] is not None]
            applicable = [
                r
                for r in of
                if r["status"] != "not_applicable"
                and not (r["metric_key"] in RARE and r["status"] == "no_events")
            ]
            if measured:
                means[criterion] = Fraction(sum(measured)) / len(measured)
            if applicable:
                coverages[criterion] = Fraction(len(measured), len(applicable))
        spread = sum(weights[criterion] for criterion in means)
        expected = sum((weights[c] / spread * mean for c, mean in means.items()), Fraction(0))
        stored = criteria[key]
        for criterion in CRITERIA:
            row = stored[criterion]
            mean = means.get(criterion)
            assert row["score"] == (None if mean is None else nine_places(mean))
            assert row["weight"] == Decimal(str(float(weights[criterion]))).quantize(NINE)
            assert row["coverage"] == nine_places(coverages[criterion])
            if mean is None:
                assert (row["effective_weight"], row["contribution"]) == (0, None)
            else:
                weight = weights[criterion] / spread
                assert abs(Fraction(row["effective_weight"]) - weight) < Fraction(1, 10**9)
                assert abs(Fraction(row["contribution"]) - weight * mean) < Fraction(1, 10**9)
        assert score["weighted_score"] == (nine_places(expected) if means else None)
        if means:
            assert score["weighted_score"] == sum(
                row["contribution"] for row in stored.values() if row["contribution"] is not None
            )
            assert sum(row["effective_weight"] for row in stored.values()) == 1
        total = sum(weights[criterion] for criterion in coverages)
        covered = sum(weights[c] * coverage for c, coverage in coverages.items())
        assert score["coverage"] == nine_places(covered / total)


# What each metric counts, from the raw rows: numerator and denominator at a period's end.


def outcomes_before(rows: Rows, deal: Row, before: datetime) -> dict[str, str]:
    """Outcome of a deal by partner, from the facts before an instant."""
    tiers = ("registered", "silver", "gold", "platinum")
    partners = {row["partner_id"]: row for row in rows["crm.partners"]}
    first_direct = {a["account_id"]: a["first_direct_touch_at"] for a in rows["crm.accounts"]}
    direct_at, created_at = first_direct[deal["account_id"]], deal["created_at"]
    touches = of_deal(rows, "crm.opportunity_touches", deal, before)
    passing = []
    for claim in of_deal(rows, "crm.deal_registrations", deal, before):
        submitted_at = claim["submitted_at"]
        own = [t["touched_at"] for t in touches if t["partner_id"] == claim["partner_id"]]
        is_direct = direct_at is not None and direct_at < submitted_at
        if (
            submitted_at <= created_at < valid_until(claim)
            and (not own or submitted_at <= min(own) + timedelta(days=7))
            and not (deal["opportunity_type"] == "new" and is_direct)
        ):
            partner = partners[claim["partner_id"]]
            since = midnight(partner["tier_since"])
            tier = tiers.index(partner["initial_tier"]) if since <= created_at else 0
            passing.append(((-tier, submitted_at, claim["registration_id"]), claim["partner_id"]))
    participating = (t for t in touches if t["touch_type"] in {"lead", "demo"})
    outcomes = {touch["partner_id"]: "influenced" for touch in participating}
    return outcomes | ({min(passing)[1]: "sourced"} if passing else {})


def of_deal(rows: Rows, entity: str, deal: Row, before: datetime) -> list[Row]:
    """Touches made, or registrations approved, before an instant."""
    return [
        row
        for row in rows[entity]
        if row["opportunity_id"] == deal["opportunity_id"]
        and row.get("decision", "approved") == "approved"
        and (row.get("touched_at") or row["responded_at"]) < before
    ]


def valid_until(claim: Row) -> datetime:
    """Approved for 90 days, but nothing happened after the approval for 30."""
    return claim["responded_at"] + timedelta(days=30)


@cache
def closing_outcomes() -> dict[str, dict[str, str]]:
    """Outcome by closed opportunity and partner, from the facts up to the close inclusive."""
    rows = company(SEED)
    return {
        deal["opportunity_id"]: outcomes_before(
            rows, deal, deal["closed_at"] + timedelta.resolution
        )
        for deal in rows["crm.opportunities"]
        if deal["closed_at"] is not None
    }


@cache
def open_amounts(end: date) -> dict[str, Decimal]:
    """Amounts by partner of the deals open when a period ends."""
    rows, at = company(SEED), midnight(end)
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for deal in rows["crm.opportunities"]:
        if deal["created_at"] < at and (deal["closed_at"] is None or deal["closed_at"] >= at):
            claims = of_deal(rows, "crm.deal_registrations", deal, at)
            registered = {c["partner_id"] for c in claims if at <= valid_until(c)}
            for partner in registered | outcomes_before(rows, deal, at).keys():
                amounts[partner] += deal["amount"] or 0
    return amounts


def open_pipeline(rows: Rows, partner: str, end: date) -> tuple[Any, Any]:
    return open_amounts(end)[partner], None


def closed_deals(rows: Rows, partner: str, end: date) -> list[Row]:
    since, until = midnight(months_before(end, 12)), midnight(end)
    outcomes = closing_outcomes()
    return [
        deal | {"outcome": outcomes[deal["opportunity_id"]][partner]}
        for deal in rows["crm.opportunities"]
        if deal["closed_at"] is not None
        and since <= deal["closed_at"] < until
        and partner in outcomes[deal["opportunity_id"]]
    ]


def arr(outcome: str) -> Oracle:
    def total(rows: Rows, partner: str, end: date) -> tuple[Any, Any]:
        amounts = [
            deal["amount"] or 0
            for deal in closed_deals(rows, partner, end)
            if deal["is_won"]
            and deal["outcome"] == outcome
            and deal["opportunity_type"] in {"new", "expansion"}
        ]
        return sum(amounts), None

    return total


def win_rate(rows: Rows, partner: str, end: date) -> tuple[Any, Any]:
    closed = closed_deals(rows, partner, end)
    return sum(deal["is_won"] for deal in closed), len(closed)


def customer_retention(rows: Rows, partner: str, end: date) -> tuple[Any, Any]:
    def customers(on: date) -> set[str]:
        return {
            row["account_id"]
            for row in rows["billing.subscriptions"]
            if row["partner_id"] == partner
            and row["started_on"] <= on
            and (row["ended_on"] is None or on < row["ended_on"])
        }

    then = customers(months_before(end, 12) - timedelta(days=1))
    return len(then & customers(end - timedelta(days=1))), len(then)


def installs_of(rows: Rows, partner: str) -> list[Row]:
    own = {
        row["integration_id"]
        for row in rows["telemetry.integrations"]
        if row["partner_id"] == partner
    }
    return [row for row in rows["telemetry.installs"] if row["integration_id"] in own]


def activation_rate(rows: Rows, partner: str, end: date) -> tuple[Any, Any]:
    since, until = midnight(months_before(end, 12)), midnight(end) - timedelta(days=30)
    due = [row for row in installs_of(rows, partner) if since <= row["installed_at"] < until]
    activated = [
        row
        for row in due
        if row["activated_at"] is not None
        and row["activated_at"] - row["installed_at"] <= timedelta(days=30)
    ]
    return len(activated), len(due)


def incidents_of(rows: Rows, partner: str, end: date) -> list[Row]:
    since, until = midnight(months_before(end, 12)), midnight(end)
    return [
        row
        for row in rows["support.incidents"]
        if row["partner_id"] == partner
        and row["caused_by"] == "partner"
        and since <= row["started_at"] < until
    ]


def incident_rate(rows: Rows, partner: str, end: date) -> tuple[Any, Any]:
    since, until = midnight(months_before(end, 12)), midnight(end)
    active = timedelta()
    for row in installs_of(rows, partner):
        if row["activated_at"] is not None:
            stop = min(until, row["uninstalled_at"] or until)
            active += max(timedelta(), stop - max(since, row["activated_at"]))
    months = Fraction(active // timedelta(seconds=1), 86_400) / Fraction("30.4375")
    return len(incidents_of(rows, partner, end)), nine_places(months)


def in_force(contract: Row, on: date) -> bool:
    ends_on = contract["ends_on"]
    has_not_ended = ends_on is None or on <= ends_on or bool(contract["auto_renews"])
    return contract["starts_on"] <= on and has_not_ended


def incident_notice(rows: Rows, partner: str, end: date) -> tuple[Any, Any]:
    notified = total = 0
    for row in incidents_of(rows, partner, end):
        hours = [
            contract["incident_notice_hours"]
            for contract in rows["crm.contracts"]
            if contract["partner_id"] == partner
            and contract["incident_notice_hours"] is not None
            and in_force(contract, row["detected_at"].date())
        ]
        if hours and row["kind"] in {"security", "data"}:
            told_at = row["partner_notified_at"]
            due_at = row["detected_at"] + timedelta(hours=min(hours))
            is_told = told_at is not None and told_at < midnight(end) and told_at <= due_at
            notified += is_told
            total += is_told or due_at < midnight(end)
    return notified, total


def excess_access(rows: Rows, partner: str, end: date) -> tuple[Any, Any]:
    on, at = end - timedelta(days=1), midnight(end)
    scopes = {
        scope
        for contract in rows["crm.contracts"]
        if contract["partner_id"] == partner and in_force(contract, on)
        for scope in (contract["granted_scopes"] or "").split()
    }
    active = [
        row
        for row in rows["telemetry.access_grants"]
        if row["partner_id"] == partner
        and row["granted_at"] < at
        and (row["revoked_at"] is None or row["revoked_at"] >= at)
        and (row["expires_at"] is None or row["expires_at"] >= at)
    ]
    excess = [
        row
        for row in active
        if row["scope"] not in scopes
        or (row["last_used_at"] or row["granted_at"]) < at - timedelta(days=90)
    ]
    return len(excess), len(active)


def tickets_of(rows: Rows, partner: str, end: date) -> list[Row]:
    since, until = midnight(months_before(end, 12)), midnight(end)
    return [
        row
        for row in rows["support.tickets"]
        if row["partner_id"] == partner
        and row["raised_by"] != "partner"
        and not row["is_deleted"]
        and since <= row["opened_at"] < until
    ]


def first_response(rows: Rows, partner: str, end: date) -> tuple[Any, Any]:
    in_time = total = 0
    at = midnight(end)
    for row in tickets_of(rows, partner, end):
        if row["priority"] is None:
            continue
        due_at = row["opened_at"] + timedelta(hours=TARGET_HOURS[row["priority"]])
        answered_at = row["first_response_at"]
        is_answered = answered_at is not None and answered_at < at
        total += is_answered or due_at < at
        in_time += is_answered and answered_at <= due_at
    return in_time, total


def reopen_rate(rows: Rows, partner: str, end: date) -> tuple[Any, Any]:
    solved = [
        row
        for row in tickets_of(rows, partner, end)
        if row["solved_at"] is not None and row["solved_at"] < midnight(end)
    ]
    return sum((row["reopened_count"] or 0) > 0 for row in solved), len(solved)


def csat(rows: Rows, partner: str, end: date) -> tuple[Any, Any]:
    answers = [row["satisfaction"] for row in tickets_of(rows, partner, end)]
    return answers.count("good"), answers.count("good") + answers.count("bad")


def customer_nps(rows: Rows, partner: str, end: date) -> tuple[Any, Any]:
    since, until = midnight(months_before(end, 12)), midnight(end)
    scores = [
        row["score"]
        for row in rows["crm.surveys"]
        if row["partner_id"] == partner
        and row["subject"] == "customer"
        and since <= row["responded_at"] < until
    ]
    return sum(s >= 9 for s in scores) - sum(s <= 6 for s in scores), len(scores)


def certification_currency(rows: Rows, partner: str, end: date) -> tuple[Any, Any]:
    on = end - timedelta(days=1)
    latest: dict[tuple[str, str], Row] = {}
    for row in sorted(
        (row for row in rows["crm.certifications"] if row["issued_on"] is not None),
        key=lambda row: (row["issued_on"], row["certification_id"]),
    ):
        if row["partner_id"] == partner and row["issued_on"] <= on:
            latest[row["person_id"], row["certification_type"]] = row
    current = [row for row in latest.values() if not row["expires_on"] or on < row["expires_on"]]
    return len(current), len(latest)


def assessed(column: str) -> Oracle:
    def latest(rows: Rows, partner: str, end: date) -> tuple[Any, Any]:
        on = end - timedelta(days=1)
        known = [
            row
            for row in rows["crm.security_assessments"]
            if row["partner_id"] == partner and row["assessed_on"] <= on
        ]
        row = max(known, key=lambda r: (r["assessed_on"], r["assessment_id"]), default=None)
        if row is None or (row["expires_on"] is not None and row["expires_on"] <= on):
            return None, None
        return row[column], None

    return latest


@cache
def deals_at(end: date) -> list[tuple[Row, dict[str, str]]]:
    """Deals created before a period's end, with their outcomes as they stand there."""
    rows, at = company(SEED), midnight(end)
    return [
        (
            deal,
            outcomes_before(rows, deal, min(at, (deal["closed_at"] or at) + timedelta.resolution)),
        )
        for deal in rows["crm.opportunities"]
        if deal["created_at"] < at
    ]


def pipeline_created(rows: Rows, partner: str, end: date) -> tuple[Any, Any]:
    since = midnight(months_before(end, 12))
    created = [
        deal["amount"] or 0
        for deal, outcomes in deals_at(end)
        if partner in outcomes and since <= deal["created_at"]
    ]
    return sum(created), None


def converted_referrals(rows: Rows, partner: str, end: date) -> tuple[Any, Any]:
    since, until = midnight(months_before(end, 12)), midnight(end)
    converted = [
        deal
        for deal, outcomes in deals_at(end)
        if outcomes.get(partner) == "sourced"
        and any(
            at is not None and since <= at < until
            for at in (deal["qualified_at"], deal["closed_at"] if deal["is_won"] else None)
        )
    ]
    return len(converted), None


def certified_people(rows: Rows, partner: str, end: date) -> tuple[Any, Any]:
    on = end - timedelta(days=1)
    people = {
        row["person_id"]
        for row in rows["crm.certifications"]
        if row["partner_id"] == partner
        and row["issued_on"] is not None
        and row["issued_on"] <= on
        and (row["expires_on"] is None or on < row["expires_on"])
    }
    return len(people), None


def active_contract(rows: Rows, partner: str, end: date) -> tuple[Any, Any]:
    on = end - timedelta(days=1)
    own = [row for row in rows["crm.contracts"] if row["partner_id"] == partner]
    return sum(in_force(contract, on) for contract in own), None


def si_quality(rows: Rows, partner: str, end: date) -> tuple[Any, Any]:
    _, scores, _ = delivered(partner, end)
    weights = delivery_oracle.WEIGHTS
    points = sum(weights[name] * score for name, score in scores.items())
    return points, sum(weights[name] for name in scores)


ORACLES: dict[str, Oracle] = {
    "pipeline_created": pipeline_created,
    "converted_referrals": converted_referrals,
    "certified_people": certified_people,
    "active_contract": active_contract,
    "sourced_arr": arr("sourced"),
    "influenced_arr": arr("influenced"),
    "open_pipeline": open_pipeline,
    "win_rate": win_rate,
    "customer_retention": customer_retention,
    "activation_rate": activation_rate,
    "incident_rate": incident_rate,
    "customer_nps": customer_nps,
    "security_questionnaire": assessed("questionnaire_score"),
    "mfa_enforced": assessed("mfa_enforced"),
    "critical_findings": assessed("critical_findings_open"),
    "incident_notice": incident_notice,
    "excess_access": excess_access,
    "first_response": first_response,
    "reopen_rate": reopen_rate,
    "csat": csat,
    "certification_currency": certification_currency,
    "si_quality": si_quality,
}


@pytest.mark.parametrize("metric", sorted(ORACLES))
def test_a_metric_is_what_the_raw_rows_say_in_every_period(
    metric: str, rows: Rows, spine: list[Row]
) -> None:
    values = set()
    for row in spine:
        if row["metric_key"] != metric or row["status"] == "not_applicable":
            continue
        numerator, denominator = ORACLES[metric](rows, row["partner_id"], row["period_end"])
        found = row["numerator"], row["denominator"]
        assert found == (numerator, denominator), (row, numerator, denominator)
        if row["status"] == "measured":
            factor = 100 if metric in {"incident_rate", "customer_nps"} else 1
            expected = (
                min(numerator, 1)
                if metric == "active_contract"
                else numerator
                if denominator is None
                else nine_places(factor * Fraction(numerator) / Fraction(denominator))
            )
            assert row["value"] == expected, row
            values.add(row["value"])
    assert len(values) > 2 or values == {0, 1}


def test_the_weekly_scorecard_is_what_the_raw_rows_say(rows: Rows, built: Any) -> None:
    values = defaultdict(set)
    for row in records(built, "select * from marts.mart_scorecard_weekly"):
        for figure, expected in weekly_figures(rows, row).items():
            assert row[figure] == expected, (figure, expected, row)
            values[figure].add(expected)
    assert min(len(seen) for seen in values.values()) > 2, values


def test_health_is_what_the_raw_rows_say_in_every_period(rows: Rows, built: Any) -> None:
    partners = {row["partner_id"]: row for row in rows["crm.partners"]}
    seen = defaultdict(set)
    for row in records(built, "select * from marts.fct_partner_health"):
        partner = partners[row["partner_id"]]
        expected = delivery_oracle.health(rows, won_arr, partner, row["period_end"])
        for column, value in expected.items():
            assert row[column] == value, (column, value, row)
            seen[column].add(value)
    assert min(len(values) for values in seen.values()) > 1, seen


@cache
def won_arr(partner: str, outcome: str, since: datetime, until: datetime) -> Decimal:
    """What new and expansion deals won between two instants with that outcome are worth."""
    amounts = [
        amount for closed_at, amount in _won_deals()[partner, outcome] if since <= closed_at < until
    ]
    return sum(amounts, Decimal(0))


@cache
def _won_deals() -> dict[tuple[str, str], list[tuple[datetime, Decimal]]]:
    won = defaultdict(list)
    for deal in company(SEED)["crm.opportunities"]:
        if deal["is_won"] and deal["opportunity_type"] in {"new", "expansion"}:
            for partner, outcome in closing_outcomes()[deal["opportunity_id"]].items():
                won[partner, outcome].append((deal["closed_at"], deal["amount"] or Decimal(0)))
    return won


def test_si_quality_is_what_the_raw_rows_say_in_every_period(built: Any) -> None:
    values = {
        "churn": "churn_rate",
        "nps": "customer_nps",
        "rollout": "rollout_ratio",
        "tickets": "tickets_per_account",
        "incidents": "incidents_per_project_year",
    }
    seen = defaultdict(set)
    for row in records(built, "select * from marts.fct_si_quality"):
        measured, scores, live = delivered(row["partner_id"], row["period_end"])
        assert row["live_projects"] == live, row
        for component, column in values.items():
            value, score = measured.get(component), scores.get(component)
            assert (row[column], row[f"{component}_score"]) == (value, score), (component, row)
            seen[column].add(value)
        weight = sum(delivery_oracle.WEIGHTS[component] for component in scores)
        total = sum(delivery_oracle.WEIGHTS[name] * score for name, score in scores.items())
        expected = nine_places(Fraction(total) / weight) if live >= 3 else None
        assert row["si_quality_score"] == expected, row
        assert row["status"] == ("measured" if live >= 3 else "too_few"), row
    assert min(len(each) for each in seen.values()) > 2, seen


@cache
def delivered(partner: str, end: date) -> tuple[Row, Row, int]:
    """What the raw rows say of SI quality at a period's end."""
    return delivery_oracle.si_quality(_delivery(), partner, end)


@cache
def _delivery() -> delivery_oracle.Delivery:
    return delivery_oracle.delivery(company(SEED))


def test_rungs_follow_from_the_scores_of_the_quarters(built: Any) -> None:
    stood = defaultdict(list)
    for row in records(built, "select * from marts.fct_remediation order by quarter_end"):
        stood[row["partner_id"]].append((row["rung"], row["si_quality_score"]))
    for quarters in stood.values():
        assert [rung for rung, _ in quarters] == delivery_oracle.rungs(s for _, s in quarters)
    assert {rung for quarters in stood.values() for rung, _ in quarters} == {*delivery_oracle.RUNGS}


def weekly_figures(rows: Rows, row: Row) -> dict[str, Any]:
    """Figures of a partner and week of the scorecard that are no metrics of the score."""
    partner, end = row["partner_id"], row["period_end"]
    since, until = midnight(row["period_start"]), midnight(end)

    def is_in_week(at: datetime | None) -> bool:
        return at is not None and since <= at < until

    installs = installs_of(rows, partner)
    created = [deal for deal in rows["crm.opportunities"] if is_in_week(deal["created_at"])]
    won = [d for d in rows["crm.opportunities"] if d["is_won"] and is_in_week(d["closed_at"])]
    year = midnight(months_before(end, 12))
    scores = [
        answer["score"]
        for answer in rows["crm.surveys"]
        if answer["partner_id"] == partner
        and answer["subject"] == "partner"
        and year <= answer["responded_at"] < until
    ]
    promotion = sum(s >= 9 for s in scores) - sum(s <= 6 for s in scores)
    figures = {
        "open_pipeline_cents": 100 * open_amounts(end)[partner],
        "installs": sum(is_in_week(install["installed_at"]) for install in installs),
        "activations": sum(is_in_week(install["activated_at"]) for install in installs),
        "active_installs": sum(
            install["activated_at"] is not None
            and install["activated_at"] < until
            and (install["uninstalled_at"] is None or install["uninstalled_at"] >= until)
            for install in installs
        ),
        "partner_nps": nine_places(Fraction(100 * promotion, len(scores)))
        if len(scores) >= 3
        else None,
    }
    for outcome in ("sourced", "influenced"):
        figures[f"pipeline_created_{outcome}_cents"] = 100 * sum(
            deal["amount"] or 0
            for deal in created
            if outcome_at_end_of(end)[deal["opportunity_id"]].get(partner) == outcome
        )
        figures[f"won_{outcome}_cents"] = 100 * sum(
            deal["amount"] or 0
            for deal in won
            if closing_outcomes()[deal["opportunity_id"]].get(partner) == outcome
        )
    return figures


@cache
def outcome_at_end_of(end: date) -> dict[str, dict[str, str]]:
    """Outcome by opportunity and partner of the deals created in the week that ends there."""
    rows, since, until = company(SEED), midnight(end - timedelta(weeks=1)), midnight(end)
    return {
        deal["opportunity_id"]: outcomes_before(
            rows, deal, min(until, (deal["closed_at"] or until) + timedelta.resolution)
        )
        for deal in rows["crm.opportunities"]
        if since <= deal["created_at"] < until
    }


# The bridge between two scores, and the cheapest path to a tier.


def rescored(metric: str, value: Decimal | None) -> int:
    """What a value scores by the rules the bridge's company has in its latest week."""
    if metric == "csat" and value is not None:
        return 4 if value >= Decimal("0.5") else 0
    return 1 if metric == "mfa_enforced" and value is None else rubric(metric, value)


def test_the_bridge_tells_exactly_what_partner_rules_and_weights_did(
    rows: Rows, scored: Path, compiled: dict[str, str]
) -> None:
    company = bridge_oracle.scored_again(scored, compiled)
    archetype = archetypes(rows)
    metrics = records(company, "select * from fct_partner_metric where period_kind = 'week'")
    policy = records(company, "select * from int_metric_periods where period_kind = 'week'")
    weights = records(company, "select * from criterion_weights")
    latest, before = bridge_oracle.latest_and_before(metrics)
    rules = {(row["period_start"], row["metric_key"]): row for row in policy}
    measured = defaultdict(list)
    for row in metrics:
        for rubric_of, week in ((before, "then"), (latest, "again"), (latest, "now")):
            rule = rules.get((rubric_of, row["metric_key"]))
            of_week = row["period_start"] == (latest if week == "now" else before)
            if of_week and rule and rule["criterion"] and row["status"] == "measured":
                again = rescored(row["metric_key"], row["value"])
                score = again if week == "again" else row["rubric_score"]
                measured[row["partner_id"], week, rule["criterion"]].append(
                    (score, rule["metric_weight"])
                )
    found = defaultdict(dict)
    for row in records(company, "select * from fct_score_bridge"):
        found[row["partner_id"]][row["criterion"]] = row
    both = {
        row["partner_id"]
        for row in metrics
        if row["period_start"] == latest
        and any(
            r["partner_id"] == row["partner_id"] and r["period_start"] == before for r in metrics
        )
    }
    assert found.keys() == both
    changed = set()
    for partner, criteria in found.items():
        scores = {
            week: {c: bridge_oracle.score(measured[partner, week, c]) for c in CRITERIA}
            for week in ("then", "again", "now")
        }
        ends = {
            week: bridge_oracle.effective(
                {
                    row["criterion"]: Fraction(row["weight"])
                    for row in weights
                    if row["archetype"] == archetype[partner]
                    and row["valid_from"] <= on < (row["valid_to"] or date.max)
                },
                scores[week],
            )
            for week, on in (("then", before), ("now", latest))
        }
        expected = bridge_oracle.parts(ends["then"], scores["again"], ends["now"])
        assert criteria.keys() == expected.keys()
        for criterion, exact in expected.items():
            for name, part in zip(("performance", "rules", "weight"), exact, strict=True):
                stored = Fraction(criteria[criterion][name])
                assert abs(stored - part) <= Fraction(1, 10**9), (partner, criterion, name)
                assert part != 0 or stored == 0, (partner, criterion, name)
                changed |= {name} if stored else set()
        published = [
            nine_places(sum((w * s for w, s in ends[week].values()), Fraction(0)))
            for week in ("then", "now")
        ]
        explained = sum(
            row["performance"] + row["rules"] + row["weight"] for row in criteria.values()
        )
        assert explained == published[1] - published[0]
    assert changed == {"performance", "rules", "weight"}


@pytest.fixture(scope="module")
def paths(compiled: dict[str, str]) -> dict[str, list[path_oracle.Step]]:
    return path_oracle.found_paths(path_oracle.random_cases(), compiled)


def test_no_other_path_is_shorter_and_ties_go_by_gaps_and_metric_keys(
    paths: dict[str, list[path_oracle.Step]],
) -> None:
    lengths = set()
    for case in path_oracle.random_cases():
        best = path_oracle.cheapest(case)
        path = paths.get(case.partner, [])
        steps = [step.key for step in path if step.kind == "rubric_step"]
        gaps = [step.key for step in path if step.kind == "gate_gap"]
        if best is None or best[0] == 0:
            assert path == [], case
        else:
            assert (len(path), steps, gaps) == (best[0], best[3], best[4]), case
        lengths.add(len(path))
    assert lengths > {0, 1, 2, 3, 4, 5}


def test_a_partner_that_takes_every_step_of_its_path_has_all_it_lacked(
    paths: dict[str, list[path_oracle.Step]],
) -> None:
    for case in path_oracle.random_cases():
        values = {g.gate: g.actual for g in case.gates if g.actual is not None}
        values |= {metric.key: metric.value for metric in case.metrics}
        scored = {metric.key: metric for metric in case.metrics}
        for step in paths.get(case.partner, []):
            values[step.key] = step.to_value
            if step.kind == "rubric_step":
                assert path_oracle.rubric_score(scored[step.key], step.to_value) == step.to_score
        scores = {
            key: path_oracle.rubric_score(metric, values[key]) for key, metric in scored.items()
        }
        if case.partner in paths:
            assert path_oracle.judged(case, scores, values) == {gate.group for gate in case.gates}
