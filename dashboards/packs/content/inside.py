"""What is for us alone: the recommendation, margin, leakage, payouts, remediation, notes.

A pack for a partner never comes here: only `Inside` can read these rows.
"""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dashboards import words
from dashboards.charts.bridge import by_largest_remainder
from dashboards.dossier import facts
from dashboards.dossier.facts import WEEKS
from dashboards.frames import records
from dashboards.packs.content import known as say
from dashboards.packs.content.known import Known, listed_table, sentence, spelled_count
from dashboards.packs.model import (
    Absent,
    Bars,
    Block,
    Cell,
    Column,
    Line,
    Lines,
    Point,
    Section,
    Series,
    Table,
    Tone,
)

_COSTS = (
    ("cogs_cents", "Cost of goods"),
    ("commissions_cents", "Commissions"),
    ("support_cents", "Support"),
    ("mdf_cents", "Development funds"),
    ("partner_team_cents", "Partner team"),
    ("onboarding_cents", "Onboarding"),
    ("tooling_cents", "Tooling"),
)
_MOVED = frozenset({"commissions_cents", "support_cents", "mdf_cents", "partner_team_cents"})
"""Costs that grow or shrink with what we do in the partnership."""
_PLURAL = frozenset({"Commissions", "Development funds"})
_CHANGES = {"promote": "Promotion", "demote": "Demotion", "pause": "Pause", "exit": "Exit"}
_OLDER = "This version was published before it was measured."


@dataclass(frozen=True)
class Inside(Known):
    """One partner, with what is for us alone."""

    def inner(self, name: str) -> list[Any]:
        """Its rows of a frame that is for us alone."""
        rows = self.reading.internal.of(name, self.occasion.partner_id)
        return [] if rows is None else list(records(rows))

    def lacks_inner(self, name: str) -> bool:
        """Whether the version holds no such mart."""
        return name not in self.reading.internal.frames


def sections(known: Inside) -> tuple[Section, ...]:
    """All sections that are for us alone."""
    return (margin(known), leakage(known), payouts(known), remediation(known), notes(known))


def margin(known: Inside) -> Section:
    """Contribution margin of twelve months."""
    rows = known.inner("margin")
    if not rows:
        reason = _OLDER if known.lacks_inner("margin") else "Nothing was billed or spent on it."
        return _section(
            "margin", "Margin", "There is no margin to tell", (Absent("Margin", reason),)
        )
    totals = {
        column: sum(_cents(getattr(row, column)) for row in rows)
        for column in ("net_cents", "contribution_margin_cents", *(key for key, _ in _COSTS))
    }
    net, left = totals["net_cents"], totals["contribution_margin_cents"]
    rate = f", {words.percent(Decimal(left) / net)} of net revenue" if net > 0 else ""
    message = f"Contribution margin of twelve months is {words.money(left, known.currency)}{rate}"
    costs = [(label, totals[key]) for key, label in _COSTS if totals[key]]
    lines = [("Net revenue", net), *((label, -amount) for label, amount in costs)]
    points = tuple(
        Point(
            words.day(row.month).split(" ", 1)[1],
            words.major(row.contribution_margin_cents, known.currency),
            words.money(row.contribution_margin_cents, known.currency),
        )
        for row in rows
    )
    whole = by_largest_remainder(
        [Decimal(amount).scaleb(-5) for _, amount in lines],
        Decimal(left).scaleb(-5).quantize(Decimal("0.1")),
        Decimal("0.1"),
    )
    columns = (
        Column("Twelve months", share=6),
        Column(f"{known.currency} thousand", unit="money", share=3),
    )
    table = Table(
        "From net revenue to margin",
        columns,
        (
            *(
                (Cell(label), Cell(_tenths(shown), words.major(amount, known.currency)))
                for (label, amount), shown in zip(lines, whole, strict=True)
            ),
            (
                Cell("Contribution margin"),
                Cell(_tenths(sum(whole, Decimal(0))), words.major(left, known.currency)),
            ),
        ),
        "Completed months, by the day costs and bills belong to",
        has_total=True,
    )
    series = Series("Contribution margin by month", "Margin", "money", points, kind="columns")
    return _section("margin", "Margin", message, (series, table), _discuss_margin(known, totals))


def _discuss_margin(known: Inside, totals: dict[str, int]) -> str:
    """The largest cost that the partnership itself moves; that of the goods it does not."""
    moved = [(label, totals[key]) for key, label in _COSTS if key in _MOVED and totals[key] > 0]
    if not moved:
        return (
            "We spent nothing on this partnership but the goods: what would we put in to grow it?"
        )
    label, amount = max(moved, key=lambda cost: (cost[1], cost[0]))
    whole = sum(cents for _, cents in moved)
    of = "" if len(moved) == 1 else f" of {words.money(whole, known.currency)}"
    net = totals["net_cents"]
    beside = f", beside net revenue of {words.money(net, known.currency)}" if net > 0 else ""
    return (
        f"{label} {'are' if label in _PLURAL else 'is'} the most of what we put into this "
        f"partnership, {words.money(amount, known.currency)}{of}{beside}: where would more of it, "
        "or less, change what comes back?"
    )


def _tenths(value: Decimal) -> str:
    return f"{words.MINUS if value < 0 else ''}{abs(value):,.1f}"


def leakage(known: Inside) -> Section:
    """What leaks, by check, and the largest of it."""
    rows = known.inner("leaks")
    if not rows:
        reason = _OLDER if known.lacks_inner("leaks") else "No check found anything that leaks."
        return _section(
            "leakage", "Leakage", "Nothing is known to leak", (Absent("Leakage", reason),)
        )
    whole = sum(_cents(row.amount_cents) for row in rows)
    by_check: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_check[str(row.label)].append(row)
    sums = {label: sum(_cents(r.amount_cents) for r in each) for label, each in by_check.items()}
    ordered = sorted(by_check, key=lambda label: (-sums[label], label))
    bars = Bars(
        "By check",
        "Leaking amount",
        "money",
        tuple(_leaking(known, label, by_check[label], sums[label]) for label in ordered),
    )
    lines = [
        (
            Cell(str(row.label)),
            Cell(say.tidy(str(row.evidence))),
            say.day(row.first_seen_on, known.as_of),
            known.money(row.amount_cents if row.has_amount else None),
        )
        for row in rows
    ]
    columns = (
        Column("Check", share=4),
        Column("Evidence", share=9),
        Column("First seen", unit="date", share=2),
        Column("Amount", unit="money", share=2),
    )
    findings = spelled_count(len(rows), "finding")
    message = (
        f"{words.money(whole, known.currency)} leaks in {findings} that nobody resolved"
        if whole
        else f"{sentence(findings)} without an amount, and nobody resolved them"
    )
    return _section(
        "leakage",
        "Leakage",
        message,
        (bars, listed_table("The largest findings", columns, lines, noun="finding", shown=6)),
        f"{ordered[0]} is the most of it: who settles it before the review?",
    )


def _leaking(known: Inside, label: str, found: list[Any], cents: int) -> Point:
    """What a check found; findings without an amount are no 0."""
    findings = words.counted(len(found), "finding")
    if not any(row.has_amount for row in found):
        return Point(label, None, f"no amount · {findings}")
    whole = words.money(cents, known.currency)
    return Point(label, words.major(cents, known.currency), f"{whole} · {findings}")


def payouts(known: Inside) -> Section:
    """What is due to the partner or owed by it, and what was paid by month."""
    due, paid = known.inner("due"), known.inner("paid")
    blocks: list[Block] = []
    if paid:
        points = tuple(
            Point(
                words.day(row.month).split(" ", 1)[1],
                words.major(_cents(row.paid_cents), known.currency),
                words.money(_cents(row.paid_cents), known.currency),
            )
            for row in paid
        )
        blocks.append(Series("Paid by month", "Paid", "money", points, kind="columns"))
    open_rows = [row for row in due if _cents(row.outstanding_cents)]
    whole = sum(_cents(row.outstanding_reporting_cents) for row in open_rows)
    lines = [
        (
            Cell(str(row.opportunity_id) if not words.is_absent(row.opportunity_id) else "rebate"),
            Cell(words.title(str(row.kind))),
            say.day(row.payable_on, known.as_of, "bad" if row.is_overdue else "plain"),
            known.money(row.outstanding_reporting_cents),
        )
        for row in sorted(
            open_rows, key=lambda r: (-_cents(r.outstanding_reporting_cents), r.settlement_id)
        )
    ]
    columns = (
        Column("Deal", share=4),
        Column("Kind", share=3),
        Column("Payable", unit="date", share=2),
        Column("Outstanding", unit="money", share=2),
    )
    if lines:
        note = "What is below 0 is to be given back"
        blocks.append(listed_table("Outstanding", columns, lines, note, noun="settlement"))
    else:
        reason = _OLDER if known.lacks_inner("due") else "Every settlement is even."
        blocks.append(Absent("Outstanding", reason))
    late = sum(bool(row.is_overdue) and _cents(row.outstanding_cents) > 0 for row in open_rows)
    message = (
        f"{words.money(whole, known.currency)} is outstanding in "
        f"{spelled_count(len(open_rows), 'settlement')}"
        if open_rows
        else "No payout is outstanding"
    )
    discuss = (
        f"{sentence(spelled_count(late, 'payout'))} {'is' if late == 1 else 'are'} overdue: expect "
        "to be asked."
        if late
        else "No payout is overdue: nothing to explain."
    )
    return _section("payouts", "Payouts", message, tuple(blocks), discuss)


def remediation(known: Inside) -> Section:
    """The rung of the ladder of delivery by quarter."""
    rows = known.inner("remediation")
    if not rows:
        reason = (
            _OLDER
            if known.lacks_inner("remediation")
            else "It delivers no projects that are judged, so there is no ladder to stand on."
        )
        block = Absent("Remediation", reason)
        return _section("remediation", "Remediation", "No remediation applies", (block,))
    now = rows[0]
    rung = "no measure" if now.rung == "none" else words.spelled(str(now.rung))
    lines = tuple(
        (
            say.day(row.quarter_end, known.as_of),
            Cell("no measure" if row.rung == "none" else words.spelled(str(row.rung))),
            Cell(
                words.ABSENT
                if words.is_absent(row.si_quality_score)
                else words.points(row.si_quality_score),
                facts.exact(row.si_quality_score),
            ),
            Cell(str(row.reason)),
        )
        for row in rows
    )
    columns = (
        Column("Quarter to", unit="date", share=2),
        Column("Rung", share=3),
        Column("SI quality", unit="points", share=2),
        Column("Why", share=5),
    )
    return _section(
        "remediation",
        "Remediation",
        f"{sentence(rung)} since the quarter to {words.day(now.quarter_end)}"
        if now.rung == "none"
        else f"On the rung {rung}: {now.reason}",
        (Table("By quarter", columns, lines),),
        "What would lead off the ladder, and has the partner heard it from us?"
        if now.rung != "none"
        else "Nothing is to be remedied.",
    )


def notes(known: Inside) -> Section:
    """What we would tell each other before the door opens."""
    blocks: list[Block] = [*_recommended(known), *_served(known), *_noted(known), *_kept(known)]
    if not blocks:
        blocks.append(Absent("Notes", "Nobody left a note."))
    last = next(iter(known.inner("recommendation")), None)
    said = "" if last is None else words.movement(last.action, last.recommended_tier)
    message = (
        f"Recommended at {words.day(last.quarter_end)}: {said}"
        if last is not None and said != words.ABSENT
        else "Nothing was recommended yet"
    )
    return _section(
        "notes",
        "Notes for us",
        message,
        tuple(blocks),
        "What do we want to be true when we leave the room?",
    )


def recommended(known: Inside) -> str:
    """What is recommended of its tier and not in force; nothing where the tier stays.

    A version knows of decisions only those that are in force.
    """
    last = next(iter(known.inner("recommendation")), None)
    if last is None or last.action not in _CHANGES:
        return ""
    on = words.day_within(last.quarter_end, known.as_of)
    if words.is_absent(last.recommended_tier):
        return f"{_CHANGES[last.action]} recommended on {on}."
    if last.recommended_tier == known.dossier.who.current_tier:
        return ""
    change = f"{_CHANGES[last.action]} to {words.title(str(last.recommended_tier))}"
    today = words.day_within(known.as_of, known.as_of)
    return f"{change} recommended on {on}, not in force by {today}."


def _recommended(known: Inside) -> list[Block]:
    last = next(iter(known.inner("recommendation")), None)
    if last is None:
        return []
    reasons = [each for each in str(last.sentences or "").split("\n") if each]
    lines = [Line(words.movement(last.action, last.recommended_tier), " ".join(reasons))]
    if not words.is_absent(last.cost_delta_cents):
        cost = words.money_change(int(last.cost_delta_cents), known.currency)
        lines.append(Line(f"Cost a year: {cost}.", "If it is approved, beside the tier held."))
    if not words.is_absent(last.robustness):
        lines.append(
            Line(
                f"Robustness {words.percent(last.robustness)}.",
                "The share of shifted weights under which the tier is the same.",
            )
        )
    if not words.is_absent(last.concentration):
        lines.append(
            Line(
                f"Concentration {words.percent(last.concentration)}.",
                "What the largest customer is of sourced ARR.",
            )
        )
    return [
        Lines("Recommended", tuple(lines), f"At the quarter end of {words.day(last.quarter_end)}")
    ]


def _served(known: Inside) -> list[Block]:
    row = next(iter(known.inner("support_cost")), None)
    if row is None or words.is_absent(row.support_cost_cents):
        return []
    cost = words.money(row.support_cost_cents, known.currency)
    minutes = words.count(row.handling_minutes)
    return [
        Lines(
            "Cost to serve", (Line(f"{cost} of support in {WEEKS} weeks.", f"{minutes} minutes."),)
        )
    ]


def _noted(known: Inside) -> list[Block]:
    """What people noted beside items, and who is expected."""
    rows = [row for row in known.inner("item_notes") if not words.is_absent(row.note)]
    lines = [
        (
            Cell(say.tidy(str(row.text))),
            Cell(say.tidy(str(row.note))),
            Cell(words.ABSENT if words.is_absent(row.decided_by) else str(row.decided_by)),
        )
        for row in rows
    ]
    columns = (Column("Item", share=5), Column("Note", share=5), Column("By", share=2))
    blocks: list[Block] = (
        [listed_table("Noted beside items", columns, lines, noun="note")] if lines else []
    )
    expected = next(
        (
            str(row.attendees)
            for row in known.inner("attendees")
            if row.review_id == known.occasion.review_id and not words.is_absent(row.attendees)
        ),
        "",
    )
    if expected:
        blocks.append(Lines("Who is expected", (Line(say.tidy(expected)),)))
    return blocks


def _kept(known: Inside) -> list[Block]:
    """What the pack for the partner does not tell, and why."""
    lines: list[tuple[Cell, ...]] = []
    tone: Tone = "watch"
    for row in known.some("items"):
        reason = known.discretion.reason(str(row.text), known.occasion.partner_id)
        if reason is not None and (bool(row.is_open) or row.kind == "win"):
            lines.append((Cell(say.tidy(str(row.text))), Cell(reason, None, tone)))
    if not lines:
        return []
    columns = (Column("Item", share=8), Column("Why it is not in the partner's pack", share=4))
    return [listed_table("Kept out of the partner's pack", columns, lines, noun="item")]


def _section(
    key: str, title: str, message: str, blocks: tuple[Block, ...], discuss: str = ""
) -> Section:
    return Section(
        key, title, message, blocks, discuss or "Nothing to decide here.", is_internal=True
    )


def _cents(amount: Any) -> int:
    return 0 if words.is_absent(amount) else int(amount)
