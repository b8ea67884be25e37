"""Eight quarters of a programme, decided one after the other, against the spec worked out by hand.

One build holds many invented partners. What they measured is drawn close to every line; the hand
recommends a quarter, some of it is decided in the ledger, and the next quarter follows from that.
dbt then sees the whole ledger at once and must come to the same eight recommendations each.
"""

import random
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, get_args

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from movement_oracle import (
    GATE_METRICS,
    PEOPLE,
    PIPELINE,
    REFERRALS,
    SOURCED,
    TIERS,
    Measure,
    Movement,
    Partner,
    Quarter,
    bands,
    policy,
    rank,
    recommend,
    scored,
)
from running_dbt import dbt
from scored_company import PARTNER_TYPES, load, midnight, months_before, periods

from orchestration.landing.programme import fill_programme
from warehouse.ledger import Decision, decisions, record
from warehouse.ledger.decisions import Action
from warehouse.settings import Settings

SEED = 20261120
PARTNERS = 90
NINTH = Decimal("0.000000001")
ARCHETYPES = {row["partner_type"]: row["archetype"] for row in policy("archetypes")}
BEFORE_SCORES = (
    "stg_crm__partners",
    "int_scoring_rules",
    "int_periods",
    "int_partner__tier_spans",
    "dim_partner",
    "int_partner__periods",
    "int_metric_sources",
    "int_metric_periods",
    "int_tier__exceptions",
)
SCORES = {
    "fct_partner_metric": "marts",
    "int_criterion_points": "metrics",
    "fct_criterion_score": "marts",
    "int_tier__score": "metrics",
    "fct_tier_gate": "marts",
    "int_tier__qualified": "metrics",
}
GIVEN = {
    "int_metric_status": "partner_id varchar, period_kind varchar, period_start date, "
    "period_end date, metric_key varchar, value decimal(28, 9), numerator decimal(28, 9), "
    "denominator decimal(28, 9), sample_size bigint, status varchar, is_stale boolean",
    "int_tier__activity": "partner_id varchar, period_start date, period_end date, "
    "last_active_at timestamp, is_known boolean",
}
QUARTERS = sorted((start, end) for kind, start, end in periods() if kind == "quarter")
ENDS = [end for _, end in QUARTERS]


# Partners close to every line.


def value_of(metric: str, level: int, dice: random.Random) -> Decimal:
    """A value in the band of a rubric score, or the nearest there is; often on the line itself."""
    (band, *_) = sorted(bands()[metric], key=lambda band: abs(Decimal(band["score"]) - level))
    lower, upper = band["lower_bound"], band["upper_bound"]
    lines = [
        Decimal(bound)
        for bound, is_inclusive in (
            (lower, band["lower_is_inclusive"]),
            (upper, band["upper_is_inclusive"]),
        )
        if bound and is_inclusive == "true"
    ]
    if lines and dice.random() < 0.5:
        return dice.choice(lines)
    if lower and upper:
        return (Decimal(lower) + Decimal(upper)) / 2
    return Decimal(lower) + NINTH if lower else Decimal(upper) - NINTH


def gate_value(required: dict[str, int], level: int, dice: random.Random) -> Decimal:
    """What a tier asks for, or just short of it."""
    line = Decimal(required.get(TIERS[min(level, 3)], 0))
    return max(line - dice.choice((0, 0, 0, 0, 0, 0, 1)) * NINTH, Decimal(0))


def measures_of(archetype: str, level: int, dice: random.Random) -> dict[str, Measure]:
    """What a partner of a level measured in a quarter; now and then something is amiss."""
    measures = {}
    is_dark = dice.random() < 0.08
    for metric in policy("metrics"):
        key = metric["metric_key"]
        if archetype not in metric["archetypes"].split():
            measures[key] = Measure("not_applicable")
        elif metric["criterion"]:
            near = min(max(level + 1 + dice.choice((-1, 0, 0, 0, 1)), 0), 5)
            is_absent = dice.random() < (0.7 if is_dark else 0.08)
            status = dice.choice(("too_few", "no_events")) if is_absent else "measured"
            measures[key] = Measure(status, None if is_absent else value_of(key, near, dice))
    tops = {"converted_referrals": REFERRALS, "pipeline_created": PIPELINE}
    for key, required in (tops | {"certified_people": PEOPLE, "sourced_arr": SOURCED}).items():
        measures[key] = Measure("measured", gate_value(required, level, dice))
    measures["active_contract"] = Measure("measured", Decimal(dice.random() > 0.05))
    if dice.random() < 0.06:
        measures["pipeline_created"] = Measure("too_few")
    if dice.random() < 0.05:
        key = dice.choice(("csat", "active_contract", "certified_people"))
        measures[key] = dice.choice(
            (Measure("source_missing"), replace(measures[key], is_stale=True))
        )
    return measures


def last_active(end: date, dice: random.Random) -> datetime | None:
    """Often recently, now and then on the edge of a window, or never."""
    if dice.random() < 0.9:
        return midnight(end) - timedelta(days=dice.randrange(1, 170))
    edge = midnight(months_before(end, dice.choice((6, 12))))
    return dice.choice((None, edge, edge - timedelta(microseconds=1)))


@cache
def programme() -> list[tuple[Partner, list[Quarter]]]:
    """Partners and what each of their quarters came to."""
    dice = random.Random(SEED)
    signings = [
        day + timedelta(days=shift)
        for end in ENDS
        for day in (months_before(end, 6), months_before(end, 12))
        for shift in (-1, 0)
    ]
    found = []
    for number in range(PARTNERS):
        kind = PARTNER_TYPES[number % len(PARTNER_TYPES)]
        signed_on = dice.choice((None, date(2020, 1, 1), dice.choice(signings)))
        partner = Partner(
            partner_id=f"P{number:03}",
            partner_type=kind,
            archetype=ARCHETYPES[kind],
            signed_on=signed_on,
            initial_tier=dice.choice(TIERS),
            tier_since=dice.choice((date(2020, 1, 1), dice.choice(ENDS) - timedelta(days=20))),
        )
        level, quarters = dice.randrange(4), []
        for end in ENDS:
            level = min(max(level + dice.choice((-1, 0, 0, 0, 1)), 0), 3)
            measures = measures_of(partner.archetype, level, dice)
            if signed_on is None or signed_on < end:
                quarters.append(Quarter(end, measures, last_active(end, dice)))
        found.append((partner, quarters))
    return found


# People who decide.


def decide(
    ledger: Settings, partner: str, movement: Movement, quarter: Quarter, earliest: date
) -> None:
    """Give a verdict on a recommendation, or none; it holds from `earliest` or later."""
    dice = random.Random(f"{partner} {quarter.end}")
    next_end = months_before(quarter.end, -3)
    if dice.random() < 0.04:
        record(
            ledger,
            partner_id=partner,
            verdict="exception",
            effective_on=quarter.end,
            decided_by="a",
            decided_at=midnight(quarter.end),
            note="an exception",
            expires_on=dice.choice((None, next_end, next_end - timedelta(days=1))),
        )
    draw = dice.random()
    if movement.action in {"hold", "warn"} or draw < 0.15:
        return
    record(
        ledger,
        partner_id=partner,
        recommendation=f"{partner}@{quarter.last_day}",
        verdict="approved" if draw < 0.8 else dice.choice(("rejected", "deferred")),
        action=next(action for action in get_args(Action) if action == movement.action),
        from_tier=movement.current_tier,
        to_tier=movement.recommended_tier,
        effective_on=max(earliest, quarter.end + timedelta(days=dice.choice((0, 10, 91)))),
        decided_by="a",
        decided_at=midnight(quarter.end),
        note="as recommended",
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("movement"))


@pytest.fixture(scope="module")
def told(folder: Path) -> tuple[dict[tuple[str, date], Movement], list[Decision]]:
    """What the hand recommends, by partner and quarter end, and what came of it in the ledger."""
    ledger = Settings(home=folder / "home")
    expected: dict[tuple[str, date], Movement] = {}
    for number, end in enumerate(ENDS):
        written = decisions(ledger)
        for partner, quarters in programme():
            seen = [quarter for quarter in quarters if quarter.end <= end]
            if seen:
                own = [row for row in written if row.partner_id == partner.partner_id]
                movement = recommend(partner, seen, own)
                expected[partner.partner_id, seen[-1].last_day] = movement
                held = [row.effective_on for row in own if row.verdict == "approved"]
                if number < len(ENDS) - 1:
                    decide(ledger, partner.partner_id, movement, seen[-1], max(held, default=end))
    return expected, decisions(ledger)


@pytest.fixture(scope="module")
def built(folder: Path, told: Any) -> Path:
    path = folder / "scorecards.duckdb"
    rows = [
        {
            "partner_id": partner.partner_id,
            "partner_type": partner.partner_type,
            "signed_on": partner.signed_on,
            "initial_tier": partner.initial_tier,
            "tier_since": partner.tier_since,
        }
        for partner, _ in programme()
    ]
    load(path, {"crm.partners": rows})
    with duckdb.connect(str(path)) as connection:
        fill_programme(connection, told[1], [])
        connection.execute("create schema metrics")
        for table, columns in GIVEN.items():
            connection.execute(f"create table metrics.{table} ({columns})")
        fill_status(connection, [(row.partner_id, quarters) for row, quarters in programme()])
    chosen = ["resource_type:seed", *BEFORE_SCORES, *SCORES, "int_tier__movement"]
    dbt(path, "build", "--select", *chosen, "--exclude-resource-type", "unit_test", "test")
    return path


def fill_status(connection: Any, known: Iterable[tuple[str, Sequence[Quarter]]]) -> None:
    """Write what partners measured and did where the models read it."""
    starts = {end: start for start, end in QUARTERS}
    status, activity = [], []
    for partner, quarters in known:
        for quarter in quarters:
            key = {
                "partner_id": partner,
                "period_start": starts[quarter.end],
                "period_end": quarter.end,
            }
            activity.append(key | {"last_active_at": quarter.last_active_at, "is_known": True})
            status.extend(
                key
                | {
                    "period_kind": "quarter",
                    "metric_key": metric,
                    "value": measure.value,
                    "status": measure.status,
                    "is_stale": measure.is_stale,
                }
                for metric, measure in quarter.measures.items()
            )
    for table, rows in (("int_metric_status", status), ("int_tier__activity", activity)):
        connection.register("arriving", pa.Table.from_pylist(rows))
        connection.execute(f"insert into metrics.{table} by name from arriving")
        connection.unregister("arriving")


def test_eight_quarters_follow_from_what_was_measured_and_what_was_decided(
    built: Path, told: tuple[dict[tuple[str, date], Movement], list[Decision]]
) -> None:
    expected, written = told
    with duckdb.connect(str(built), read_only=True) as connection:
        found = {
            (partner, end): Movement(*row)
            for partner, end, *row in connection.execute(
                "select partner_id, quarter_end, action, reason, current_tier, qualified_tier, "
                "recommended_tier, misses from metrics.int_tier__movement"
            ).fetchall()
        }
    assert found.keys() == expected.keys()
    for key, movement in expected.items():
        assert found[key] == movement, key
    reasons = Counter(movement.reason for movement in expected.values())
    assert len(reasons) == 11, reasons
    assert min(reasons.values()) > 3, reasons
    assert {row.verdict for row in written} == {"approved", "rejected", "deferred", "exception"}


# Properties of the scores, on the models' own SQL.


@pytest.fixture(scope="module")
def scores(built: Path) -> Iterator["Scores"]:
    (folder := built.parent / "again").mkdir()
    shutil.copy(built, folder / built.name)
    compiled = built.parent / "target" / "compiled" / "partner_scorecards" / "models"
    queries = {path.stem: path.read_text() for path in compiled.rglob("*.sql")}
    with duckdb.connect(str(folder / built.name)) as connection:
        for table in ("int_periods", "int_metric_periods"):
            last = QUARTERS[-1][0]
            of_it = f"period_kind = 'quarter' and period_start = '{last}'"
            connection.execute(f"delete from metrics.{table} where not ({of_it})")
        yield Scores(connection, queries)


class Scores:
    """The scoring models, for partners who measured something else."""

    def __init__(self, connection: Any, queries: dict[str, str]) -> None:
        self.connection, self.queries = connection, queries

    def of(
        self, archetype: str, *partners: dict[str, Measure]
    ) -> list[tuple[Decimal | None, Decimal, int]]:
        """Weighted score, coverage and rank of the tier qualified for, one of each partner."""
        (start, end) = QUARTERS[-1]
        self.connection.execute(
            "create or replace table metrics.int_partner__periods as "
            "select one.* replace (numbers.number as partner_id, ? as archetype) from "
            "(select * from metrics.int_partner__periods where period_start = ? "
            "and period_kind = 'quarter' limit 1) as one, "
            "(select unnest(range(?))::varchar as number) as numbers",
            [archetype, start, len(partners)],
        )
        self.connection.execute("delete from metrics.int_metric_status")
        fill_status(
            self.connection,
            [(str(number), [Quarter(end, of, None)]) for number, of in enumerate(partners)],
        )
        for model, schema in SCORES.items():
            query = self.queries[model]
            self.connection.execute(f"create or replace table {schema}.{model} as {query}")
        rows = self.connection.execute(
            "select weighted_score, coverage, coalesce(qualified_rank, 0) "
            "from metrics.int_tier__score "
            "inner join metrics.int_tier__qualified using (partner_id, period_start) "
            "order by partner_id::integer"
        ).fetchall()
        assert len(rows) == len(partners)
        return list(rows)


FEW = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
DRAWN = {
    "archetype": st.sampled_from(sorted(set(ARCHETYPES.values()))),
    "seed": st.integers(0, 10**6),
}


def whole(archetype: str, seed: int) -> dict[str, Measure]:
    """Measures of a partner of whom everything that applies is known."""
    dice = random.Random(seed)
    return {
        key: Measure("measured", value_of(key, dice.randrange(6), dice))
        if measure.status != "not_applicable" and key not in GATE_METRICS
        else measure
        for key, measure in measures_of(archetype, dice.randrange(4), dice).items()
    }


@FEW
@given(**DRAWN)
def test_a_better_metric_never_lowers_a_score_or_the_tier_qualified_for(
    scores: Scores, archetype: str, seed: int
) -> None:
    dice, base = random.Random(seed), whole(archetype, seed)
    better = []
    for metric in policy("metrics"):
        measure = base[metric["metric_key"]]
        if measure.status == "measured" and measure.value is not None:
            step = dice.choice((NINTH, Decimal("0.1"), Decimal(3), Decimal(400_000)))
            value = measure.value + (step if metric["direction"] == "higher" else -step)
            better.append(base | {metric["metric_key"]: replace(measure, value=value)})
    (score, _, tier), *raised = scores.of(archetype, base, *better)
    assert all(now >= score and reached >= tier for now, _, reached in raised)


@FEW
@given(**DRAWN)
def test_what_is_missing_is_left_out_and_never_counts_as_zero(
    scores: Scores, archetype: str, seed: int
) -> None:
    base = whole(archetype, seed)
    worst, missing = [], []
    for metric in policy("metrics"):
        key = metric["metric_key"]
        if metric["criterion"] and base[key].status == "measured" and key not in GATE_METRICS:
            worst.append(base | {key: Measure("measured", value_of(key, 0, random.Random(0)))})
            missing.append(base | {key: Measure("too_few")})
    found = scores.of(archetype, *worst, *missing)
    for (at_worst, full, _), (without, part, _), measures in zip(
        found[: len(worst)], found[len(worst) :], missing, strict=True
    ):
        assert without >= at_worst
        assert part < full
        assert (without, part) == scored(archetype, measures)[1:]


@FEW
@given(
    order=st.permutations(sorted({row["criterion"] for row in policy("criterion_weights")})),
    **DRAWN,
)
def test_criteria_may_trade_their_names_and_the_score_stays(
    scores: Scores, archetype: str, seed: int, order: list[str]
) -> None:
    base = whole(archetype, seed)
    before = scores.of(archetype, base)
    for old, new in ((sorted(order), order), (order, sorted(order))):
        named = " ".join(f"when '{a}' then '{b}'" for a, b in zip(old, new, strict=True))
        for table in ("policy.criterion_weights", "metrics.int_metric_periods"):
            scores.connection.execute(
                f"update {table} set criterion = case criterion {named} end "
                "where criterion is not null"
            )
        assert scores.of(archetype, base) == before


def test_ranks_of_the_hand_are_those_of_the_programme() -> None:
    assert [row["tier"] for row in policy("tiers")] == sorted(TIERS, key=rank)
