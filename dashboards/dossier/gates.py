"""The gates of a tier as the page writes them: now, needed, and the gap."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dashboards import words
from dashboards.charts.marks import Judgement
from dashboards.dossier.facts import exact, tier_now
from dashboards.dossier.programme import Programme
from dashboards.frames import records
from dashboards.queries.partner import Dossier


def next_line(known: Dossier) -> tuple[str, Decimal] | None:
    """The tier above and the weighted score it asks for; at the top, that of the tier itself."""
    if known.gates is None:
        return None
    rows = known.gates[known.gates["gate"].eq("weighted_score")]
    lines = [(str(row.tier), words.decimal(row.required)) for row in records(rows)]
    names = [name for name, _ in lines]
    here = names.index(str(tier_now(known))) if tier_now(known) in names else -1
    above = lines[here + 1 :] or lines[-1:]
    return (words.title(above[0][0]), above[0][1]) if above else None


@dataclass(frozen=True)
class GateLine:
    """One gate as the page writes it."""

    gate: str
    label: str
    actual: str
    required: str
    judgement: Judgement
    said: str
    has_more: bool
    """Whether another gate of its group follows."""


_GATE_LABELS = {
    "weighted_score": "Weighted score",
    "every_criterion": "Every criterion",
    "every_metric": "Every metric",
}
_TO_RISE = " A promotion needs all of them at two quarter ends in a row."
_SCORES = frozenset(_GATE_LABELS)
_GROUP_ORDER = ("score", "criteria", "performance", "pipeline", "people", "contract")


def gate_groups(known: Dossier, tier: str) -> list[list[Any]]:
    """The gates of a tier by group, of which any one suffices."""
    if known.gates is None:
        return []
    groups: dict[str, list[Any]] = {}
    for row in records(known.gates[known.gates["tier"].eq(tier)]):
        groups.setdefault(row.gate_group, []).append(row)
    order = {group: place for place, group in enumerate(_GROUP_ORDER)}
    return [groups[key] for key in sorted(groups, key=lambda g: (order.get(g, len(order)), g))]


def is_group_met(group: list[Any]) -> bool | None:
    """True when any gate holds, None when none does and one cannot be judged."""
    met = [None if words.is_absent(row.is_met) else bool(row.is_met) for row in group]
    if any(met):
        return True
    return None if None in met else False


def gates_said(groups: list[list[Any]], *, is_own: bool) -> str:
    """How many of the groups hold: 5 of 6 hold; what it takes to rise, or to stay."""
    then = " They are judged at each quarter end." if is_own else _TO_RISE
    return f"{held_said(groups)}{then}"


def held_said(groups: list[list[Any]]) -> str:
    """How many of the groups hold: 5 of 6 hold."""
    met = [is_group_met(group) for group in groups]
    unknown = met.count(None)
    held = f"All {len(met)} hold" if all(met) else f"{met.count(True)} of {len(met)} hold"
    tail = f", {unknown} cannot be judged" if unknown else ""
    return f"{held}{tail}."


def gate_lines(group: list[Any], programme: Programme) -> list[GateLine]:
    """The gates of a group; those that another makes unneeded say so."""
    is_met = is_group_met(group)
    lines = []
    for place, row in enumerate(group):
        unit = "points" if row.gate in _SCORES else str(row.unit)
        here = None if words.is_absent(row.is_met) else bool(row.is_met)
        judgement: Judgement
        if here:
            judgement, said = "good", _gate_gap(row, unit, programme)
        elif is_met:
            judgement, said = "none", "not needed"
        elif here is None:
            judgement, said = "none", _gate_unknown(row)
        else:
            judgement, said = "bad", _gate_gap(row, unit, programme)
        lines.append(
            GateLine(
                gate=str(row.gate),
                label=_GATE_LABELS.get(row.gate)
                or (words.title(row.gate) if words.is_absent(row.label) else str(row.label)),
                actual=_actual(row, unit, programme, is_met=here),
                required=_gate_value(row.required, unit, programme),
                judgement=judgement,
                said=said,
                has_more=place < len(group) - 1,
            )
        )
    return lines


def _actual(row: Any, unit: str, programme: Programme, *, is_met: bool | None) -> str:
    """What it has; to the cent where it would read as what it does not reach."""
    shown = _gate_value(row.actual, unit, programme)
    if is_met is False and unit == "usd" and shown == _gate_value(row.required, unit, programme):
        return words.amount(exact(row.actual), programme.currency)
    return shown


def _gate_unknown(row: Any) -> str:
    return "not measured" if row.status == "measured" else words.status(str(row.status))


def _gate_value(value: Any, unit: str, programme: Programme) -> str:
    if unit == "points":
        return words.score(exact(value))
    return words.measure(exact(value), unit, programme.currency)


def _gate_gap(row: Any, unit: str, programme: Programme) -> str:
    """How far past the line, or short of it: +$112K, −0.20; as shown, so that it adds up."""
    if unit == "flag":
        return "in force" if row.is_met else "none in force"
    gap = exact(row.gap)
    if unit == "points":
        gap = words.score_change(exact(row.actual), exact(row.required))
    if gap is None:
        return words.ABSENT
    size = _gate_value(abs(gap), unit, programme)
    return f"{'+' if gap >= 0 else words.MINUS}{size}"
