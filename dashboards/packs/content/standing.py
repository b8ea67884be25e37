"""Tier, score and bridge: each metric on its bands, what moved the score, the gates ahead."""

from decimal import Decimal
from typing import Any

from dashboards import words
from dashboards.charts import ladders
from dashboards.dossier import facts, gates
from dashboards.dossier.facts import WEEKS, bridge_steps
from dashboards.frames import records
from dashboards.packs.content.known import Known, sentence, spelled_count
from dashboards.packs.model import (
    Absent,
    Block,
    Bridge,
    Cell,
    Column,
    Criterion,
    Ladder,
    Ladders,
    Point,
    Rung,
    Section,
    Series,
    Table,
    Tone,
)

_GATE_COLUMNS = (
    Column("Gate", share=4),
    Column("Now", unit="count", share=2),
    Column("Needs", unit="count", share=2),
    Column("State", share=2),
    Column("Beyond or short", unit="count", share=2),
)


def section(known: Known) -> Section:
    """The part of the review about the score."""
    if not known.is_scored:
        reason = "A partner is scored from its first whole week as a partner on."
        return Section(
            "performance",
            "Tier, score and bridge",
            "There is no scorecard of the latest week yet",
            (Absent("Weighted score", reason),),
            discuss="What the first scorecard will look at, and when it comes.",
        )
    return Section(
        "performance",
        "Tier, score and bridge",
        message(known),
        (_ladders(known), _weeks(known), _bridge(known), *_gates(known), *_path(known)),
        discuss=_discuss(known),
    )


def message(known: Known) -> str:
    """The score, its change, and what carried it."""
    now = known.dossier.now
    if words.is_absent(now.weighted_score):
        return "Too little is measured for a weighted score"
    change = score_change(known)
    said = f"{sentence(known.your)} score is {words.score(now.weighted_score)}"
    if change is None:
        return f"{said}; there is none of {WEEKS} weeks ago to compare"
    if not change:
        return f"{said}, as it was {WEEKS} weeks ago"
    return f"{said}, {'up' if change > 0 else 'down'} {abs(change)} in {WEEKS} weeks"


def score_change(known: Known) -> Decimal | None:
    """The change over 13 weeks as it is shown."""
    now = known.dossier.now
    return words.score_change(
        facts.exact(now.weighted_score), facts.exact(now.weighted_score_13_weeks_ago)
    )


def moved(known: Known) -> str:
    """What carried the score and what held it back, in a sentence."""
    steps = steps_of(known)
    up = [name.lower() for name, change in sorted(steps, key=lambda s: -s[1]) if change > 0]
    down = [(name, change) for name, change in sorted(steps, key=lambda s: s[1]) if change < 0]
    said = [f"{sentence(words.listed(up[:2]))} carried it"] if up else []
    if down:
        name, change = down[0]
        said.append(f"{name.lower() if said else name} fell by {abs(change)}")
    return f"{'; '.join(said)}." if said else "No criterion moved."


def steps_of(known: Known) -> list[tuple[str, Decimal]]:
    """The parts of the bridge as shown; none without one."""
    rows, now = known.dossier.bridge, known.dossier.now
    if rows is None or score_change(known) is None:
        return []
    rows = rows[rows["period_end"].eq(now.period_end)]
    return [] if rows.empty else bridge_steps(known.dossier, rows)


def _ladders(known: Known) -> Ladders:
    """All scored metrics by criterion; those of other types of partner are left out."""
    dossier = known.dossier
    now = facts.scored(dossier.of_week(dossier.metrics))
    then = {row.metric_key: row for row in records(dossier.of_week(dossier.metrics, WEEKS))}
    before = {row.criterion: row for row in records(dossier.of_week(dossier.criteria, WEEKS))}
    rows = [row for row in records(now.sort_values("label")) if row.status != "not_applicable"]
    criteria = []
    for criterion in facts.in_order(dossier.of_week(dossier.criteria)):
        earlier = before.get(criterion.criterion)
        change = words.score_change(criterion.score, earlier.score if earlier else None)
        weight = words.percent(criterion.weight)
        counts = words.percent(criterion.effective_weight)
        is_spread = counts != weight and not words.is_absent(criterion.score)
        criteria.append(
            Criterion(
                name=words.title(criterion.criterion),
                weight=f"weight {weight}" + (f", counts {counts}" if is_spread else ""),
                score=_score(criterion.score),
                change=Cell(words.delta(change), change, _tone(change)),
                ladders=tuple(
                    _ladder(row, then.get(row.metric_key), known)
                    for row in rows
                    if row.criterion == criterion.criterion
                ),
            )
        )
    return Ladders(
        "Criteria against the rubric",
        tuple(each for each in criteria if each.ladders),
        f"Each criterion runs from 0 to {words.number(known.reading.programme.score_maximum)}. The "
        f"dark mark is now, the ring is {WEEKS} weeks ago, the shaded cells are the bands reached.",
    )


def _ladder(now: Any, then: Any, known: Known) -> Ladder:
    rubric = known.reading.rubrics[now.metric_key]
    value = facts.exact(now.value)
    before = None if then is None else facts.exact(then.value)
    here = None if value is None else rubric.position(value)
    after = next(
        (i for i, band in enumerate(rubric.cells) if band and here is not None and i > here), None
    )
    place = rubric.place(value)
    was = rubric.place(before)
    reason = "" if value is not None else known.metric_words(now)
    if value is None:
        is_zero = not words.is_absent(now.rubric_score)
        gap = "scored once there is one" if is_zero else "left out"
    else:
        gap = ladders.gap(rubric, value, known.currency)
    return Ladder(
        name=str(now.label),
        rungs=tuple(Rung(rubric.line(band), i == after) for i, band in enumerate(rubric.cells)),
        reached=0 if here is None else here + 1,
        now=None if place is None else Decimal(f"{place:.4f}"),
        then=None if was is None or place is None else Decimal(f"{was:.4f}"),
        value=Cell(
            words.ABSENT if value is None else ladders.measure(rubric, value, known.currency),
            value,
            "quiet" if value is None else "plain",
        ),
        score=Cell(words.number(now.rubric_score), facts.exact(now.rubric_score)),
        gap=gap,
        reason=reason,
    )


def _weeks(known: Known) -> Block:
    title = f"Weighted score, {WEEKS} weeks"
    rows = list(records(known.dossier.weeks.tail(WEEKS + 1)))
    if all(words.is_absent(row.weighted_score) for row in rows):
        return Absent(title, "Too little is measured for a weighted score.", is_half=True)
    line = gates.next_line(known.dossier)
    note = "" if line is None else f"{line[0]} needs {words.score(line[1])}"
    return Series(
        title=title,
        name="Weighted score",
        unit="score",
        points=tuple(
            Point(
                words.day_within(row.period_start, known.as_of),
                facts.exact(row.weighted_score),
                words.score(row.weighted_score),
            )
            for row in rows
        ),
        note=note,
        target=None if line is None else line[1],
        target_text="" if line is None else f"{words.score(line[1])} {line[0]}",
        is_half=True,
    )


def _bridge(known: Known) -> Block:
    steps, now = steps_of(known), known.dossier.now
    if not steps:
        reason = f"There is no score of {WEEKS} weeks ago to lead from."
        return Absent("What moved it", reason, is_half=True)
    before = facts.exact(now.weighted_score_13_weeks_ago) or Decimal(0)
    after = facts.exact(now.weighted_score) or Decimal(0)
    change = score_change(known) or Decimal(0)
    start = now.period_start - (now.period_end - now.period_start) * WEEKS
    return Bridge(
        title="What moved it",
        unit="score",
        start=_end(words.day_within(start, known.as_of), before),
        steps=tuple(
            Point(name, step, words.delta(step), "plain" if not step else _tone(step))
            for name, step in steps
        ),
        end=_end(words.day_within(now.period_start, known.as_of), after),
        note=f"{words.score(before)} {words.MINUS if change < 0 else '+'} {abs(change)} = "
        f"{words.score(after)}, exactly",
        is_half=True,
    )


def _end(label: str, value: Decimal) -> Point:
    return Point(label, words.truncated(value), words.score(value))


def gates_ahead(known: Known) -> tuple[str, list[list[Any]], bool] | None:
    """The tier whose gates matter now, its groups, and whether it is the tier held.

    Those of the tier held where one of them does not hold or there is none above.
    """
    current = facts.tier_now(known.dossier)
    above = known.reading.programme.next_tier(current)
    own = gates.gate_groups(known.dossier, current or "")
    if current is not None and (above is None or not all(map(gates.is_group_met, own))):
        return (current, own, True) if own else None
    groups = gates.gate_groups(known.dossier, above or "")
    return (above, groups, False) if above and groups else None


def tiers_met(known: Known) -> list[str]:
    """The tiers above the one held whose gates all hold now, up to the first that does not."""
    ahead = gates_ahead(known)
    if ahead is None or ahead[2]:
        return []
    tiers = known.reading.programme.tiers
    met = []
    for tier in tiers[tiers.index(ahead[0]) :]:
        groups = gates.gate_groups(known.dossier, tier)
        if not groups or not all(map(gates.is_group_met, groups)):
            break
        met.append(tier)
    return met


def gates_met(known: Known) -> str:
    """How many of the gates ahead hold, in a sentence without a full stop."""
    ahead = gates_ahead(known)
    if ahead is None:
        return "No gate is set for the tier held or the one above"
    tier, groups, _ = ahead
    met = [gates.is_group_met(group) for group in groups].count(True)
    title = words.title(tier)
    higher = tiers_met(known)
    if len(higher) > 1:
        return (
            f"{sentence(known.you)} meet all gates of {words.listed([*map(words.title, higher)])}"
        )
    if met == len(groups):
        return f"{sentence(known.you)} meet {'all ' if met > 1 else ''}" + spelled_count(
            met, f"{title} gate"
        )
    return f"{sentence(known.you)} meet {met} of {words.counted(len(groups), f'{title} gate')}"


def gates_missing(known: Known) -> str:
    """What is missing at the gates ahead, or what comes next where all hold."""
    ahead = gates_ahead(known)
    if ahead is None:
        return ""
    _, groups, is_own = ahead
    lines = [
        line
        for group in groups
        if gates.is_group_met(group) is not True
        for line in gates.gate_lines(group, known.reading.programme)[:1]
    ]
    if lines:
        said = [
            f"{line.label.lower()}, {line.said}"
            if line.actual in ("yes", "no")
            else f"{line.label.lower()} {line.actual} of {line.required}"
            for line in lines[:2]
        ]
        more = len(lines) - 2
        tail = f", and {spelled_count(more, 'more', 'more')}" if more > 0 else ""
        return f"Missing: {', '.join(said)}{tail}."
    if is_own:
        return "They are judged at each quarter end."
    return _to_rise(known)


def _to_rise(known: Known) -> str:
    """At which of the last two quarter ends the gates that hold now held, as a promotion asks."""
    tiers = known.reading.programme.tiers
    ends: dict[bool | None, list[str]] = {True: [], False: [], None: []}
    last = next(iter(known.some("outlook")), None)

    def held(tier: str, highest: Any) -> bool:
        return highest in tiers and tiers.index(highest) >= tiers.index(tier)

    for tier in tiers_met(known):
        is_last = last is not None and held(tier, last.qualified_tier)
        # At both ends, at the last one alone, or at neither.
        place = held(tier, last.previous_qualified_tier) if is_last and last is not None else None
        ends[place].append(f"{words.title(tier)}'s")
    twice, once, never = ends[True], ends[False], ends[None]
    said = []
    if twice:
        said.append(f"{words.listed(twice)} held at the last two quarter ends too")
    if once and last is not None:
        on = words.day_within(last.quarter_end, known.as_of)
        said.append(f"{words.listed(once)} held on {on} and must hold at the next quarter end")
    if never and not said:
        return "A promotion needs all of them at two quarter ends in a row."
    if never:
        said.append(f"{words.listed(never)} must hold at two quarter ends in a row")
    return f"{'; '.join(said)}."


def _gates(known: Known) -> list[Block]:
    ahead = gates_ahead(known)
    if known.dossier.gates is None:
        return [Absent("Gates", "This version was published before gates were judged.")]
    if ahead is None:
        return [Absent("Gates", "The programme sets no gates for the tier held or the one above.")]
    tier, groups, is_own = ahead
    rows = []
    for group in groups:
        for line in gates.gate_lines(group, known.reading.programme):
            tones: dict[str, Tone] = {"good": "good", "bad": "bad"}
            state = {"good": "✓ holds", "bad": "✕ missed"}.get(line.judgement, f"– {line.said}")
            gap = words.ABSENT if line.judgement == "none" else line.said
            row = next(each for each in group if each.gate == line.gate)
            rows.append(
                (
                    Cell(f"{line.label} or" if line.has_more else line.label),
                    Cell(line.actual, facts.exact(row.actual)),
                    Cell(line.required, facts.exact(row.required)),
                    Cell(state, None, tones.get(line.judgement, "quiet")),
                    Cell(gap, facts.exact(row.gap)),
                )
            )
    title = f"Gates {'of' if is_own else 'to'} {words.title(tier)}"
    note = (
        f"{gates.held_said(groups)} {_to_rise(known)}"
        if tiers_met(known)
        else gates.gates_said(groups, is_own=is_own)
    )
    return [Table(title, _GATE_COLUMNS, tuple(rows), note)]


def _path(known: Known) -> list[Block]:
    """The fewest steps to the next tier, at the last quarter end."""
    rows = known.some("path")
    if not rows or known.lacks("path"):
        return []
    lines = tuple(
        (Cell(str(place)), Cell(str(row.sentence))) for place, row in enumerate(rows[:6], start=1)
    )
    number = len(rows)
    note = f"{sentence(spelled_count(number, 'step'))}, as of {words.day(rows[0].quarter_end)}"
    if number > len(lines):
        note += f"; the first {len(lines)} are shown"
    columns = (Column("Step", share=1), Column("What it takes", share=11))
    return [Table(f"Shortest way to {words.title(str(rows[0].tier))}", columns, lines, note)]


def weakest(known: Known) -> tuple[Any, Any] | None:
    """The metric whose score fell most in 13 weeks, else the lowest one; now and then."""
    if not known.is_scored:
        return None
    dossier = known.dossier
    then = {row.metric_key: row for row in records(dossier.of_week(dossier.metrics, WEEKS))}
    now = [
        row
        for row in records(facts.scored(dossier.of_week(dossier.metrics)))
        if row.status == "measured" and not words.is_absent(row.value)
    ]
    if not now:
        return None

    def fall(row: Any) -> Decimal:
        before = then.get(row.metric_key)
        if before is None or words.is_absent(before.rubric_score):
            return Decimal(0)
        return words.decimal(row.rubric_score) - words.decimal(before.rubric_score)

    chosen = min(now, key=lambda row: (fall(row), words.decimal(row.rubric_score), row.metric_key))
    return chosen, then.get(chosen.metric_key)


def weakest_said(known: Known) -> tuple[str, str]:
    """The weakest metric as a fact and what would lift it."""
    found = weakest(known)
    if found is None:
        return "No metric of the rubric is measured yet.", "There is nothing to lift."
    now, then = found
    rubric = known.reading.rubrics[now.metric_key]
    value = words.decimal(now.value)
    said = ladders.measure(rubric, value, known.currency)
    before = None if then is None else facts.exact(then.value)
    score_then = None if then is None else facts.exact(then.rubric_score)
    score_now = facts.exact(now.rubric_score)
    gap = ladders.gap(rubric, value, known.currency)
    lift = "It stands at the top band." if "top band" in gap else f"The next band: {gap}."
    if before is not None and score_then is not None and score_now is not None:
        was = ladders.measure(rubric, before, known.currency)
        if score_now < score_then and was != said:
            return f"{now.label} went from {was} to {said}.", lift
    if rubric.following(value) is None:
        return "Every measured metric is at its top band.", "What keeps it there?"
    return f"{now.label} scores lowest: {said}, {words.number(now.rubric_score)} points.", lift


def _discuss(known: Known) -> str:
    fact, lift = weakest_said(known)
    return f"{fact} {lift}"


def _score(value: Any) -> Cell:
    if words.is_absent(value):
        return Cell("not measured", None, "quiet")
    return Cell(words.score(value), words.truncated(value))


def _tone(change: Decimal | None) -> Tone:
    if not change:
        return "quiet"
    return "good" if change > 0 else "bad"
