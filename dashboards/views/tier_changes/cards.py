"""A recommendation as a card: what, why, and five facts that say how sure it is."""

from datetime import date, datetime
from typing import Any

from dashboards import shell, words
from dashboards.charts import marks
from dashboards.markup import Html, join, name, tag, text
from dashboards.queries.tiers import COST_PARTS
from dashboards.views.tier_changes.selection import FRAGILE
from warehouse.ledger import Decision

_GATE_NAMES = {
    "weighted_score": "score",
    "every_criterion": "lowest criterion",
    "every_metric": "lowest metric",
}
_REASONS = {
    "qualified_twice": "qualified at two quarter ends",
    "misses": "missed in a row",
    "first_miss": "first miss",
    "no_active_contract": "no active contract",
    "inactive": "no activity",
    "stale": "an extract is stale",
    "source_missing": "an extract is missing",
    "coverage": "not enough data",
    "exception": "exception in force",
    "provisional": "new partner",
    "in_place": "as it is",
}


def reason(key: str) -> str:
    """The reason of a recommendation in two or three words."""
    return _REASONS.get(key, words.spelled(key))


def heading(row: Any, ranks: dict[str, int], quarters: tuple[str, str]) -> Html:
    """▲ Promote, the partner, from → to, and a mark for each of the two quarters."""
    return tag(
        "p",
        join(
            [
                marks.movement(row.action),
                tag(
                    "a",
                    name(str(row.partner_name)),
                    href=shell.address("partner", partner=row.partner_id),
                    target="_self",
                    class_="to-partner",
                ),
                change(row),
                tag("span", _quarter_marks(row, ranks, quarters), class_="quiet"),
            ],
            " ",
        ),
        class_="card-head",
    )


def change(row: Any) -> Html:
    """From which tier to which; the one it keeps where it moves nowhere."""
    here = marks.tier_chip(row.current_tier)
    if row.action in {"promote", "demote"}:
        there = marks.tier_chip(row.recommended_tier)
    elif row.action in {"pause", "exit"}:
        there = tag(
            "span", {"pause": "Paused", "exit": "Ended"}[row.action], class_="chip tone-none"
        )
    else:
        return here
    arrow = tag("span", "→", class_="quiet", aria_label="to")
    return join([here, arrow, there], " ")


def _quarter_marks(row: Any, ranks: dict[str, int], quarters: tuple[str, str]) -> str:
    """Q2 ✓ · Q3 ✓: whether it qualified for the tier it is judged by at each quarter end."""
    if row.action in {"pause", "exit"}:
        return f"{quarters[1]} {marks.GLYPHS['bad']}"
    line = ranks.get(str(row.judged_tier), 0)
    shown = []
    for quarter, tier in zip(
        quarters, (row.previous_qualified_tier, row.qualified_tier), strict=True
    ):
        rank = None if words.is_absent(tier) else ranks.get(str(tier))
        glyph = marks.GLYPHS["none" if rank is None else "good" if rank >= line else "bad"]
        shown.append(f"{quarter} {glyph}")
    return " · ".join(shown)


def why(row: Any, as_of: date) -> Html:
    """The sentences of the recommendation, what would change it and what breaks first."""
    sentences = [] if words.is_absent(row.sentences) else str(row.sentences).splitlines()
    parts = [tag("p", " ".join(sentences) or f"{reason(str(row.reason)).capitalize()}.")]
    has_ended = not words.is_absent(row.contract_ended_on)
    if has_ended:
        on = words.day(row.contract_ended_on)
        said = f"Its contract ended since the quarter: it has had none since {on}."
        parts.insert(0, tag("p", marks.judged("bad", said)))
    if path := path_up(row):
        parts.append(tag("p", f"Cheapest path up: {path}", class_="quiet"))
    is_said = has_ended and row.contract_ended_on == row.demotion_risk_on
    if not words.is_absent(row.demotion_risk_on) and not is_said:
        parts.append(_first_to_break(row, as_of))
    if not words.is_absent(row.restated_action):
        now = words.movement(str(row.restated_action)).lower()
        said = f"As published. Today's data and rules would say: {now}."
        parts.append(tag("p", marks.judged("watch", said)))
    return tag("div", *parts, class_="card-why")


def path_up(row: Any) -> str:
    """The cheapest path to the tier above; none for who is about to lose the tier it has."""
    if row.action not in {"promote", "hold"} or words.is_absent(row.cheapest_path):
        return ""
    return str(row.cheapest_path)


def facts(row: Any, coverage_floor: float | None, currency: str) -> Html:
    """Robustness, concentration, cost, coverage and gates, in fixed columns."""
    cells = (
        ("Robustness", *_robustness(row)),
        ("Concentration", *_concentration(row)),
        ("Cost a year", *cost(row, currency)),
        (
            "Coverage",
            words.percent(row.coverage, places=0),
            "" if coverage_floor is None else f"floor {words.percent(coverage_floor, places=0)}",
        ),
        ("Gates", *_gates(row, currency)),
    )
    return tag(
        "dl",
        *(
            tag("div", tag("dt", label), tag("dd", value, class_="value"), tag("dd", note))
            for label, value, note in cells
        ),
        class_="card-facts",
    )


def _robustness(row: Any) -> tuple[Html, str]:
    if row.action in {"pause", "exit"} or words.is_absent(row.robustness):
        note = (
            "contract and activity, not score"
            if row.action in {"pause", "exit"}
            else "not measured"
        )
        return text(words.ABSENT), note
    said = f"{words.count(row.weight_sets_kept)} of {words.count(row.weight_sets)}"
    bar = marks.bar(float(row.robustness), f"{said} weight sets keep the tier")
    note = "depends on the weights"
    if row.robustness >= FRAGILE:
        note = "holds under all weights" if row.robustness == 1 else "holds under most weights"
    kind = "" if row.robustness >= FRAGILE else "fragile"
    return join([said, tag("span", bar, class_=f"beneath {kind}".strip())]), note


def _concentration(row: Any) -> tuple[str, Html]:
    if words.is_absent(row.concentration):
        return words.ABSENT, text("no sourced ARR")
    customer = row.largest_account_name
    note = text("in one account") if words.is_absent(customer) else name(str(customer))
    return words.percent(row.concentration, places=0), note


def cost(row: Any, currency: str) -> tuple[str, str]:
    """What the change costs a year, and what it is mostly made of."""
    if row.action in {"pause", "exit"}:
        return words.ABSENT, "benefits end, none worked out"
    if words.is_absent(row.cost_delta_cents):
        return words.ABSENT, "not worked out"
    change = words.money_change(row.cost_delta_cents, currency)
    if row.recommended_tier == row.current_tier:
        return change, "the tier stays"
    return change, _mostly(row, currency)


def _mostly(row: Any, currency: str) -> str:
    """The largest part of a cost; nothing where the parts of today are not those of the list."""
    parts: dict[str, Any] = {
        name: getattr(row, f"{key}_change_cents", None) for key, name in COST_PARTS.items()
    }
    known = {name: int(cents) for name, cents in parts.items() if not words.is_absent(cents)}
    if sum(known.values()) != row.cost_delta_cents or not any(known.values()):
        return "commission, margin and MDF"
    name, largest = max(known.items(), key=lambda part: abs(part[1]))
    if largest == row.cost_delta_cents:
        return name if name == "MDF" else f"{name} alone"
    return f"{name} {words.money_change(largest, currency)}"


def _gates(row: Any, currency: str) -> tuple[str, str]:
    if words.is_absent(row.gates):
        return words.ABSENT, "no gates"
    value = f"{words.count(row.gates_met)} of {words.count(row.gates)}"
    if not words.is_absent(row.gates_short):
        return value, f"short: {gate_words(row.gates_short)}"
    if words.is_absent(row.narrowest):
        return value, ""
    gate = gate_words(row.narrowest)
    if not row.narrowest_gap:
        return value, f"narrowest: {gate}, just met"
    size = (
        words.score(row.narrowest_gap)
        if row.narrowest_unit == "points"
        else words.measure(row.narrowest_gap, str(row.narrowest_unit), currency)
    )
    return value, f"narrowest: {gate} +{size}"


def gate_words(keys: str) -> str:
    """Gates in words: converted referrals or sourced ARR, certified people."""
    groups = [
        " or ".join(_GATE_NAMES.get(gate, words.spelled(gate)) for gate in group.split(" or "))
        for group in keys.split(", ")
    ]
    return ", ".join(groups)


def _first_to_break(row: Any, as_of: date) -> Html:
    what = "" if words.is_absent(row.demotion_risk) else f" {row.demotion_risk}"
    on = words.day(row.demotion_risk_on)
    if row.demotion_risk_on.date() <= as_of:
        return tag("p", marks.judged("watch", f"First to break: {on}, past."), what)
    return tag("p", f"First to break: {on}.{what}", class_="quiet")


def decided(decision: Decision, published_at: datetime, as_of: date) -> Html:
    """Who decided, when, and from when it holds."""
    who = f"{decision.verdict.capitalize()} by {decision.decided_by}"
    when = words.moment(decision.decided_at, as_of)
    holds = (
        f"; {_in_force(decision, published_at, as_of)}" if decision.verdict == "approved" else ""
    )
    note = "" if decision.note is None else f" “{decision.note}”"
    return tag("p", tag("b", who), f" {when}{holds}.{note}", class_="card-decided")


def excepted(exception: Decision) -> Html:
    """Who granted an exception, and until when it holds."""
    until = "on" if exception.expires_on is None else f"until {words.day(exception.expires_on)}"
    note = "" if exception.note is None else f" “{exception.note}”"
    said = f" from {words.day(exception.effective_on)} {until}.{note}"
    return tag("p", tag("b", f"Exception by {exception.decided_by}"), said, class_="card-decided")


def _in_force(decision: Decision, published_at: datetime, as_of: date) -> str:
    if decision.effective_on > as_of:
        return f"in force from {words.day(decision.effective_on)}"
    if decision.decided_at > published_at:
        return "in force with the next refresh"
    return f"in force since {words.day(decision.effective_on)}"
