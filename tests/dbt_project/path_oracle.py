"""Partners of small random rubrics, every path that is open to them, and the tables they make."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise, product

import duckdb
import pyarrow as pa
from scored_company import nine_places

MODELS = (
    "int_tier__missing_gates",
    "int_tier__path_levels",
    "int_tier__path_moves",
    "int_tier__path_groups",
    "int_tier__path_needs",
    "int_tier__path_criteria",
    "int_tier__path_halves",
    "int_tier__shortest_paths",
    "int_tier__path_steps",
)
START, END, LAST_DAY, ALWAYS = (
    date(2026, 7, 1),
    date(2026, 10, 1),
    date(2026, 9, 30),
    date(2000, 1, 1),
)
QUARTER = {"period_kind": "quarter", "period_start": START}
CASES = 300
VALUES = (
    "actual lower_bound measured_weight metric_weight required rubric_score score "
    "score_at_upper_bound score_when_null upper_bound value weight"
)
TYPES = dict.fromkeys(VALUES.split(), "decimal(28, 9)") | {"valid_to": "date"}


@dataclass(frozen=True)
class Band:
    """Scores from `start` to `end` between two bounds; flat where they are equal."""

    lower: Decimal | None
    upper: Decimal | None
    start: Decimal
    end: Decimal


@dataclass(frozen=True)
class Metric:
    key: str
    criterion: str
    weight: Decimal
    direction: str
    bands: list[Band]
    value: Decimal


@dataclass(frozen=True)
class Gate:
    gate: str
    group: str
    required: Decimal
    actual: Decimal | None = None


@dataclass(frozen=True)
class Step:
    kind: str
    key: str
    to_value: Decimal
    to_score: Decimal | None


@dataclass
class Case:
    partner: str
    weights: dict[str, Decimal]
    metrics: list[Metric]
    gates: list[Gate] = field(default_factory=list)


def rubric_score(metric: Metric, value: Decimal) -> Decimal:
    """What a value scores; one on a line takes the better score."""
    scores = []
    for band in metric.bands:
        if (band.lower is None or band.lower <= value) and (
            band.upper is None or value <= band.upper
        ):
            if band.start == band.end:
                scores.append(band.start)
            else:
                assert band.lower is not None
                assert band.upper is not None
                way = Fraction(value - band.lower) / Fraction(band.upper - band.lower)
                rise = Fraction(band.end - band.start)
                scores.append(nine_places(Fraction(band.start) + rise * way))
    return max(scores)


def steps_up(metric: Metric, score: Decimal) -> list[tuple[Decimal, Decimal]]:
    """Score and value of each better mark of the rubric, the nearest first."""
    sign = 1 if metric.direction == "higher" else -1
    marks: dict[Decimal, Decimal] = {}
    for band in metric.bands:
        worse = band.lower if sign == 1 else band.upper
        ends = [(band.start, worse)]
        if band.start != band.end:
            ends = [(band.start, band.lower), (band.end, band.upper)]
        for mark, bound in ends:
            if mark > score and bound is not None:
                easier = marks.get(mark, bound)
                marks[mark] = min(easier, bound, key=lambda at: sign * at)
    return sorted(marks.items())


def judged(case: Case, scores: dict[str, Decimal], values: dict[str, Decimal]) -> set[str]:
    """The groups of gates that hold."""
    criteria: dict[str, Fraction] = {}
    for criterion in case.weights:
        own = [metric for metric in case.metrics if metric.criterion == criterion]
        if own:
            points = sum((Fraction(scores[m.key] * m.weight) for m in own), Fraction(0))
            criteria[criterion] = points / sum((Fraction(m.weight) for m in own), Fraction(0))
    actual = dict(values)
    if criteria:
        spread = sum((Fraction(case.weights[c]) for c in criteria), Fraction(0))
        weighted = sum((Fraction(case.weights[c]) * s for c, s in criteria.items()), Fraction(0))
        actual["weighted_score"] = nine_places(weighted / spread)
        actual["every_criterion"] = min(nine_places(score) for score in criteria.values())
        actual["every_metric"] = min(scores.values())
    return {
        gate.group
        for gate in case.gates
        if gate.gate in actual and actual[gate.gate] >= gate.required
    }


def cheapest(case: Case) -> tuple[int, int, Decimal, list[str], list[str]] | None:
    """The best path: moves, minus the gaps closed, their shares, steps by metric, gates closed."""
    scored = {metric.key: metric for metric in case.metrics}
    values = {g.gate: g.actual for g in case.gates if g.actual is not None}
    values |= {metric.key: metric.value for metric in case.metrics}
    held = judged(case, {k: rubric_score(m, m.value) for k, m in scored.items()}, values)
    lacking = sorted({gate.group for gate in case.gates} - held)
    closable = {
        group: [None] + [g for g in case.gates if g.group == group and g.actual is not None]
        for group in lacking
    }
    best = None
    for closures in product(*closable.values()):
        closed = [gate for gate in closures if gate is not None]
        if len({gate.gate for gate in closed}) < len(closed):
            continue
        start = values | {gate.gate: gate.required for gate in closed}
        share = sum(
            (Fraction(g.required - values[g.gate]) / Fraction(g.required) for g in closed),
            Fraction(0),
        )
        begun = {key: rubric_score(metric, start[key]) for key, metric in scored.items()}
        ladders = [
            [(begun[key], start[key]), *steps_up(metric, begun[key])]
            for key, metric in sorted(scored.items())
        ]
        for levels in product(*(range(len(ladder)) for ladder in ladders)):
            moves = len(closed) + sum(levels)
            if best is not None and moves > best[0]:
                continue
            reached = {
                key: ladder[level]
                for key, ladder, level in zip(sorted(scored), ladders, levels, strict=True)
            }
            holds = judged(
                case,
                {key: score for key, (score, _) in reached.items()},
                start | {key: value for key, (_, value) in reached.items()},
            )
            if set(lacking) <= holds:
                steps = [
                    key
                    for key, level in zip(sorted(scored), levels, strict=True)
                    for _ in range(level)
                ]
                path = (
                    moves,
                    -len(closed),
                    nine_places(share),
                    steps,
                    sorted(g.gate for g in closed),
                )
                best = path if best is None else min(best, path)
    return best


def random_case(dice: random.Random, number: int) -> Case:
    """A partner of its own rubric: two or three criteria, up to four metrics, mixed gates."""
    criteria = ["a", "b", "c"][: dice.choice((2, 3))]
    shares = [dice.randrange(1, 6) for _ in criteria]
    weights = {
        criterion: Decimal(share) / Decimal(10)
        for criterion, share in zip(criteria, shares, strict=True)
    }
    metrics = []
    for index in range(dice.choice((0, 2, 3, 3, 4, 4))):
        bounds = sorted(dice.sample(range(1, 40), dice.choice((1, 2, 3))))
        scores = sorted(dice.sample(range(6), len(bounds) + 1))
        direction = dice.choice(("higher", "lower"))
        if direction == "lower":
            scores.reverse()
        edges = [None, *map(Decimal, bounds), None]
        bands = [
            Band(lower, upper, Decimal(score), Decimal(score))
            for (lower, upper), score in zip(pairwise(edges), scores, strict=True)
        ]
        if len(bands) > 2 and dice.random() < 0.4:
            middle = bands[1]
            bands[1] = Band(middle.lower, middle.upper, bands[0].start, bands[2].end)
        metrics.append(
            Metric(
                f"case {number:03} metric {dice.randrange(10)}{index}",
                dice.choice(criteria),
                Decimal(dice.choice((1, 1, 2, 3))),
                direction,
                bands,
                Decimal(dice.randrange(0, 45)),
            )
        )
    case = Case(f"case {number:03}", weights, metrics)
    groups = ["g1", "g2", "g3", "g4"]
    for gate, low, high in (("weighted_score", 1, 10), ("every_criterion", 0, 7)):
        if dice.random() < 0.8:
            required = Decimal(dice.randrange(low, high)) / 2
            case.gates.append(Gate(gate, dice.choice(groups), required))
    if dice.random() < 0.4:
        case.gates.append(Gate("every_metric", dice.choice(groups), Decimal(dice.randrange(1, 5))))
    for index in range(dice.choice((1, 2, 3))):
        required, actual = Decimal(dice.randrange(5, 50)), Decimal(dice.randrange(0, 60))
        case.gates.append(Gate(f"outside {index}", dice.choice(groups), required, actual))
    rising = [metric for metric in metrics if metric.direction == "higher"]
    for metric in dice.sample(rising, min(len(rising), dice.choice((0, 1, 1, 2)))):
        required = Decimal(dice.randrange(5, 50))
        case.gates.append(Gate(metric.key, dice.choice(groups), required, metric.value))
    return case


def random_cases() -> list[Case]:
    """As many as there are to be, the same each time."""
    dice = random.Random(20261120)
    return [random_case(dice, number) for number in range(CASES)]


def band_rows(metric: Metric) -> Iterator[dict[str, object]]:
    """As the policy writes them: a value on a line belongs to the better band."""
    rising = metric.direction == "higher"
    for band in metric.bands:
        is_flat = band.start == band.end
        yield {
            "metric_key": metric.key,
            "score": band.start,
            "score_at_upper_bound": None if is_flat else band.end,
            "lower_bound": band.lower,
            "lower_is_inclusive": rising,
            "upper_bound": band.upper,
            "upper_is_inclusive": not rising,
        }


def found_paths(cases: list[Case], compiled: Mapping[str, str]) -> dict[str, list[Step]]:
    """The path of each partner that has one, as the models' SQL finds it in a bare DuckDB."""
    lines = [(case, metric) for case in cases for metric in case.metrics]
    policy = {"valid_from": ALWAYS, "valid_to": None}
    tables: dict[str, list[dict[str, object]]] = {
        "int_periods": [QUARTER | {"period_end": END, "last_day": LAST_DAY}],
        "tiers": [
            policy | {"tier": tier, "rank": rank}
            for rank, tier in enumerate(("registered", "silver"), start=1)
        ],
        "fct_tier_score": [
            QUARTER
            | {
                "partner_id": case.partner,
                "period_end": END,
                "current_tier": "registered",
                "qualified_tier": "registered",
            }
            for case in cases
        ],
        "metrics": [
            policy | {"metric_key": key, "direction": direction, "label": key, "unit": "count"}
            for key, direction in {
                **{gate.gate: "higher" for case in cases for gate in case.gates},
                **{metric.key: metric.direction for _, metric in lines},
            }.items()
        ],
        "int_metric_periods": [
            QUARTER
            | {
                "metric_key": metric.key,
                "criterion": metric.criterion,
                "metric_weight": metric.weight,
                "last_day": LAST_DAY,
                "policy_from": ALWAYS,
                "score_when_null": None,
            }
            for _, metric in lines
        ],
        "rubric_bands": [policy | row for _, metric in lines for row in band_rows(metric)],
        "fct_partner_metric": [
            QUARTER
            | {
                "partner_id": case.partner,
                "metric_key": metric.key,
                "value": metric.value,
                "rubric_score": rubric_score(metric, metric.value),
            }
            for case, metric in lines
        ],
    }
    tables["int_criterion_points"] = [
        QUARTER
        | {
            "partner_id": case.partner,
            "criterion": criterion,
            "weight": weight,
            "measured_weight": sum(
                (m.weight for m in case.metrics if m.criterion == criterion), Decimal(0)
            ),
        }
        for case in cases
        for criterion, weight in case.weights.items()
    ]
    tables["fct_tier_gate"] = []
    for case in cases:
        scores = {metric.key: rubric_score(metric, metric.value) for metric in case.metrics}
        values = {g.gate: g.actual for g in case.gates if g.actual is not None}
        for gate in case.gates:
            alone = Case(case.partner, case.weights, case.metrics, [gate])
            tables["fct_tier_gate"].append(
                QUARTER
                | {
                    "partner_id": case.partner,
                    "tier": "silver",
                    "gate": gate.gate,
                    "gate_group": gate.group,
                    "comparison": "at_least",
                    "required": gate.required,
                    "actual": gate.actual,
                    "is_met": gate.group in judged(alone, scores, values),
                }
            )
    with duckdb.connect() as connection:
        for name, rows in tables.items():
            frame = pa.Table.from_pylist(rows)
            connection.register("frame", frame)
            typed = ", ".join(
                f'"{column}"::{TYPES[column]} as "{column}"' if column in TYPES else f'"{column}"'
                for column in frame.column_names
            )
            connection.execute(f"create table {name} as select {typed} from frame")
            connection.unregister("frame")
        for model in MODELS:
            connection.execute(f"create table {model} as {compiled[model]}")
        steps = connection.execute(
            "select partner_id, kind, key, to_value, to_score from int_tier__path_steps "
            "order by partner_id, step_number"
        ).fetchall()
        lengths = connection.execute(
            "select partner_id, path_length from int_tier__shortest_paths where path_length > 0"
        ).fetchall()
    paths: dict[str, list[Step]] = {partner: [] for partner, _ in lengths}
    for partner, *step in steps:
        paths[partner].append(Step(*step))
    assert {partner: len(path) for partner, path in paths.items()} == dict(lengths)
    return paths
