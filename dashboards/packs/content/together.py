"""What we do together: support and service levels, roadmap, risks, asks, actions."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd

from dashboards import words
from dashboards.dossier import facts
from dashboards.dossier.facts import WEEKS
from dashboards.packs.content import known as say
from dashboards.packs.content.known import Known, listed_table, sentence, spelled_count
from dashboards.packs.model import Absent, Ask, Block, Cell, Column, Section, Table, Tone

_HORIZON_DAYS = 180
"""How far ahead the ends of papers are listed."""
_BREACHES_SHOWN = 12
_KINDS = {
    "first_response": "First response",
    "deal_registration": "Deal registration",
    "escalation": "Escalation",
}
_ITEM_COLUMNS = (
    Column("What", share=8),
    Column("Who", share=2),
    Column("Due", unit="date", share=2),
    Column("State", share=3),
)
_NO_ITEMS = "This version was published before items of reviews were kept."


def support(known: Known) -> Section:
    """What we promised the partner, and how it supports its customers."""
    ours, theirs = _promises(known), _support_metrics(known)
    kept, judged = _kept(known)
    waiting = _waiting(known)
    message = (
        f"We kept {words.count(kept)} of {words.counted(judged, 'promise')} of {WEEKS} weeks"
        if judged
        else f"No promise of ours fell due in {WEEKS} weeks"
    )
    if waiting:
        since = words.day_within(waiting[0].submitted_at, known.as_of)
        first = "" if len(waiting) == 1 else "the first "
        message += f"; {words.count(len(waiting))} still unanswered, {first}since {since}"
    return Section(
        "support",
        "Support and service levels",
        message if not known.lacks("promises") else "Customers' tickets over twelve months",
        (ours, theirs),
        discuss=_discuss_support(known, kept, judged, waiting),
    )


def _waiting(known: Known) -> list[Any]:
    """Claims past the promised answer that nobody has answered yet, the oldest first."""
    late = set(_late(known))
    return [
        row
        for row in known.some("claims")
        if row.registration_id in late and words.is_absent(row.responded_at)
    ]


def _late(known: Known) -> list[str]:
    """Keys of the promises that were broken."""
    return [
        key
        for row in known.some("promises")
        if not words.is_absent(row.breached_ids)
        for key in str(row.breached_ids).replace(",", " ").split()
    ]


def _late_said(known: Known, key: str, claim: Any) -> str:
    """A broken promise: a claim by its customer too, a ticket by its key, which is all we know."""
    said = known.said(key, "")
    if claim is None:
        return said
    named = _claim_said(known, claim)
    if not words.is_absent(claim.responded_at):
        return named
    return f"{named}, unanswered since {words.day_within(claim.submitted_at, known.as_of)}"


def _claim_said(known: Known, claim: Any) -> str:
    """A claim by its customer and its key, as far as the readers may know them."""
    key, who = known.said(claim.registration_id, ""), known.customer(claim)
    if who == words.ABSENT:
        return key or "a claim"
    return f"{who} ({key})" if key else who


def _kept(known: Known) -> tuple[int, int]:
    rows = known.some("promises")
    within = sum(int(row.within) for row in rows)
    return within, within + sum(int(row.breached) for row in rows)


def _promises(known: Known) -> Block:
    title = "What we promised"
    if known.lacks("promises"):
        return Absent(title, "This version was published before service levels were measured.")
    by_kind: dict[str, list[Any]] = defaultdict(list)
    for row in known.some("promises"):
        by_kind[str(row.kind)].append(row)
    if not by_kind:
        return Absent(title, f"No ticket and no registration of {WEEKS} weeks asked for an answer.")
    rows = []
    waiting = len(_waiting(known))
    for kind in sorted(by_kind, key=lambda k: (list(_KINDS).index(k) if k in _KINDS else 9, k)):
        of_kind = by_kind[kind]
        within, breached, pending, promised = (
            sum(int(getattr(row, column)) for row in of_kind)
            for column in ("within", "breached", "pending", "promised")
        )
        decided = within + breached
        tone: Tone = "plain" if not breached else "bad"
        rows.append(
            (
                Cell(_KINDS.get(kind, words.title(kind))),
                say.count(promised),
                say.count(within),
                _late_cell(breached, waiting if kind == "deal_registration" else 0, tone),
                say.count(pending),
                say.percent(Decimal(within) / decided if decided else None),
            )
        )
    columns = (
        Column("Ours", share=4),
        Column("Asked", unit="count", share=2),
        Column("In time", unit="count", share=2),
        Column("Late", unit="count", share=3),
        Column("Still running", unit="count", share=2),
        Column("Kept", unit="percent", share=2),
    )
    note = f"The last {WEEKS} weeks, by the tier held when it was asked"
    late = _late(known)
    claims = {row.registration_id: row for row in known.some("claims")}
    open_keys = {row.registration_id for row in _waiting(known)}
    # What still waits comes first.
    late.sort(key=lambda key: key not in open_keys)
    told = [said for key in late if (said := _late_said(known, key, claims.get(key)))]
    if told:
        more = len(late) - len(told[:_BREACHES_SHOWN])
        shown = "; ".join(told[:_BREACHES_SHOWN])
        note += f". Late: {shown}" + (f" ({more} more)" if more > 0 else "")
    return Table(title, columns, tuple(rows), note)


def _late_cell(breached: int, waiting: int, tone: Tone) -> Cell:
    """How many were late, and how many of them still wait for an answer."""
    late = say.count(breached, tone)
    if not waiting:
        return late
    of_them = "" if waiting == breached else f"{words.count(waiting)} "
    return replace(late, text=f"{late.text}, {of_them}unanswered")


def _support_metrics(known: Known) -> Block:
    title = f"{sentence(known.your)} support of customers"
    rows = []
    for key in ("first_response", "reopen_rate", "csat", "certification_currency"):
        now, then = known.metric(key), known.metric(key, WEEKS)
        if now is None or now.status == "not_applicable":
            continue
        rows.append((Cell(str(now.label)), _metric(known, now), _metric(known, then)))
    if not rows:
        return Absent(title, "There is no week of it yet.")
    columns = (
        Column("Customers, 12 months", share=4),
        Column("Now", unit="percent", share=3),
        Column(f"{WEEKS} weeks ago", unit="percent", share=3),
    )
    return Table(title, columns, tuple(rows))


def _metric(known: Known, row: Any) -> Cell:
    value = None if row is None else facts.exact(row.value)
    return Cell(known.metric_words(row), value, "plain" if value is not None else "quiet")


def _discuss_support(known: Known, kept: int, judged: int, waiting: list[Any]) -> str:
    if waiting:
        oldest = waiting[0]
        since = words.day_within(oldest.submitted_at, known.as_of)
        others = len(waiting) - 1
        more = f", and {spelled_count(others, 'more', 'more')} after it" if others else ""
        return (
            f"The claim on {_claim_said(known, oldest)} has waited for our answer since {since}"
            f"{more}: who answers, and by when?"
        )
    if judged and kept < judged:
        late = judged - kept
        return (
            f"We were late {spelled_count(late, 'time')} of {words.count(judged)}: which of it "
            "hurt, and what do we change on our side?"
        )
    reopened = known.metric("reopen_rate")
    if reopened is not None and not words.is_absent(reopened.value) and reopened.value > 0:
        return (
            f"{known.metric_words(reopened)} of solved tickets come back: which kind of ticket is "
            "it most often?"
        )
    return "What would make support easier for both teams next quarter?"


def _items(known: Known, kind: str) -> list[Any]:
    """Open items of a kind that nobody left out of this review."""
    return [
        row
        for row in known.some("items")
        if row.kind == kind and bool(row.is_open) and row.ledger_state != "left_out"
    ]


def _item_rows(known: Known, items: list[Any]) -> list[tuple[Cell, ...]]:
    return [
        (
            Cell(say.tidy(str(row.text))),
            Cell(_side(known, row.owner_side)),
            say.day(row.due_on, known.as_of, "bad" if row.is_overdue else "plain"),
            Cell("! overdue", None, "bad")
            if row.is_overdue
            else Cell(known.said(words.spelled(str(row.status)), "open"))
            if not words.is_absent(row.status)
            else Cell("open"),
        )
        for row in items
        if not known.withheld(row.text)
    ]


def _side(known: Known, side: Any) -> str:
    if words.is_absent(side):
        return words.ABSENT
    sides = {"us": "we", "partner": known.you, "both": "both"}
    return sides.get(str(side), words.ABSENT)


def _kept_back(known: Known, items: list[Any]) -> str:
    number = sum(known.withheld(row.text) is not None for row in items)
    return (
        sentence(f"{spelled_count(number, 'more', 'more')} to be told in person") if number else ""
    )


def _item_block(known: Known, kind: str, title: str, none: str) -> Block:
    items = _items(known, kind)
    rows = _item_rows(known, items)
    if known.lacks("items"):
        return Absent(title, _NO_ITEMS)
    if not rows:
        return Absent(title, _kept_back(known, items) or none)
    return listed_table(title, _ITEM_COLUMNS, rows, _kept_back(known, items), noun="item")


def roadmap(known: Known) -> Section:
    """The joint roadmap."""
    items = _items(known, "roadmap")
    late = sum(bool(row.is_overdue) for row in items)
    if not items:
        message = "Nothing is on the joint roadmap"
    else:
        message = f"{sentence(spelled_count(len(items), 'joint step'))} ahead" + (
            f", {spelled_count(late, 'of them overdue', 'of them overdue')}" if late else ""
        )
    dated = [row for row in items if not known.withheld(row.text)]
    discuss = (
        f"First on the list: {_quoted(dated[0].text)} "
        + ("By when?" if words.is_absent(dated[0].due_on) else "Does its date hold?")
        if dated
        else "Which one thing should we build together by the next review?"
    )
    none = "Nothing open was put on it in a review."
    block = _item_block(known, "roadmap", "Joint roadmap", none)
    return Section("roadmap", "Joint roadmap", message, (block,), discuss=discuss)


def risks(known: Known) -> Section:
    """Risks: with a date, by the rules; and those people named."""
    dated = _dated(known)
    items = _items(known, "risk")
    number = len(dated) + len(items)
    message = (
        f"{sentence(spelled_count(len(dated), 'risk'))} with a date, {_named(len(items))}"
        if number
        else "No risk has a date, and none is named"
    )
    blocks: list[Block] = []
    if dated:
        columns = (Column("On", unit="date", share=2), Column("What", share=10))
        blocks.append(
            listed_table("With a date", columns, [cells for _, cells in dated], noun="risk")
        )
    else:
        reason = f"Nothing ends within {_HORIZON_DAYS} days, and no gate is known to break."
        blocks.append(Absent("With a date", reason))
    blocks.append(_item_block(known, "risk", "Named in reviews", "None is open."))
    discuss = (
        f"{dated[0][0]} What do we do before then?"
        if dated
        else "What could surprise us before the next review?"
    )
    return Section("risks", "Risks", message, tuple(blocks), discuss=discuss)


def _named(number: int) -> str:
    return f"{spelled_count(number, 'risk') if number else 'none'} named in reviews"


def _dated(known: Known) -> list[tuple[str, tuple[Cell, ...]]]:
    """What breaks or ends on a known day, soonest first: said, and as a row."""
    found = [(last, f"{what}.") for last, what in _endings(known)]
    outlook = _first_to_break(known)
    if outlook is not None:
        found.append((outlook[0], f"First gate to break: {outlook[1]}"))
    found.sort()
    return [
        (f"{words.day(on)}: {what}", (say.day(on, known.as_of), Cell(what))) for on, what in found
    ]


def _first_to_break(known: Known) -> tuple[date, str] | None:
    """The day on which the first gate of the tier held breaks if nothing is done, and why."""
    for row in known.some("outlook"):
        if not words.is_absent(row.demotion_risk_on) and not words.is_absent(row.demotion_risk):
            on = pd.Timestamp(row.demotion_risk_on).date()
            if on > known.as_of:
                return on, known.said(row.demotion_risk, "what a gate asks for is no longer there.")
    return None


def _endings(known: Known) -> list[tuple[date, str]]:
    """Papers that end for good within the horizon, those of a kind and day together."""
    horizon = known.as_of + timedelta(days=_HORIZON_DAYS)
    ending: dict[tuple[date, str], int] = defaultdict(int)
    for row in known.some("terms"):
        if words.is_absent(row.until_on) or row.is_renewing:
            continue
        last = (pd.Timestamp(row.until_on) - pd.Timedelta(days=1)).date()
        if known.as_of < last <= horizon:
            about = "" if words.is_absent(row.subject) else known.said(row.subject, "")
            subject = f"{words.spelled(about)} " if about else ""
            ending[last, f"{subject}{words.spelled(str(row.kind))}"] += 1
    return [
        (last, f"{sentence(spelled_count(number, noun))} {_ends(noun, number)}")
        for (last, noun), number in sorted(ending.items())
    ]


def _ends(noun: str, number: int) -> str:
    verb = "lapse" if noun.endswith("certificate") else "end"
    return f"{verb}s" if number == 1 else verb


def next_date(known: Known) -> tuple[str, str]:
    """The next paper to end as a fact, and the first gate to break."""
    endings, outlook = _endings(known), _first_to_break(known)
    broken = "" if outlook is None else f"{words.day(outlook[0])}: {outlook[1]}"
    if endings:
        on, what = endings[0]
        meaning = f"First gate to break, {broken}" if broken else "No gate is known to break."
        return f"{what} on {words.day(on)}.", meaning
    if outlook is not None:
        return f"The first gate breaks on {words.day(outlook[0])}.", outlook[1]
    return "Nothing with a date breaks a gate.", "No paper ends within half a year."


def asks(known: Known) -> Section:
    """What we ask of each other."""
    items = _items(known, "ask")
    theirs = sum(row.owner_side == "partner" for row in items)
    ours = sum(row.owner_side == "us" for row in items)
    message = (
        f"{sentence(spelled_count(theirs, 'ask'))} of {'them' if known.is_internal else 'you'}, "
        f"{spelled_count(ours, 'ask')} of us"
        if items
        else "Nobody has asked the other for anything yet"
    )
    overdue = [row for row in items if row.is_overdue and not known.withheld(row.text)]
    discuss = (
        f"Overdue since {words.day_within(overdue[0].due_on, known.as_of)}: "
        f"{_quoted(overdue[0].text)}"
        if overdue
        else "Which one ask, if granted today, would move the next quarter most?"
    )
    block = _item_block(known, "ask", "Asks of each other", "None is open.")
    return Section("asks", "Asks of each other", message, (block,), discuss=discuss)


def open_asks(known: Known) -> list[Ask]:
    """The first asks of the hour, for the cover."""
    verbs = {
        "us": "Of us",
        "partner": "Of them" if known.is_internal else "Of you",
        "both": "Of both",
    }
    return [
        Ask(verbs.get(str(row.owner_side), "To agree"), say.tidy(str(row.text)))
        for row in [*_items(known, "ask"), *_items(known, "action")]
        if not known.withheld(row.text)
    ][:3]


def actions(known: Known) -> Section:
    """Actions carried over, and what was done since the last review."""
    items = _items(known, "action")
    review_id = known.occasion.review_id
    carried = [
        row
        for row in items
        if review_id is None
        or words.is_absent(row.carried_to_review_id)
        or row.carried_to_review_id == review_id
    ]
    done = _done(known)
    late = sum(bool(row.is_overdue) for row in carried)
    if carried:
        message = f"{sentence(spelled_count(len(carried), 'action'))} carried over" + (
            f", {spelled_count(late, 'of them overdue', 'of them overdue')}" if late else ""
        )
    else:
        message = "No action is left over from earlier reviews"
    blocks: list[Block] = []
    rows = _item_rows(known, carried)
    if known.lacks("items"):
        blocks.append(Absent("Carried over", _NO_ITEMS))
    elif rows:
        note = _kept_back(known, carried)
        blocks.append(listed_table("Carried over", _ITEM_COLUMNS, rows, note, noun="action"))
    else:
        blocks.append(Absent("Carried over", _kept_back(known, carried) or "None is open."))
    if done:
        columns = (Column("What", share=10), Column("Who", share=2))
        lines = [
            (Cell(say.tidy(str(row.text))), Cell(_side(known, row.owner_side))) for row in done
        ]
        blocks.append(
            listed_table("Done since the review before", columns, lines[:8], noun="action")
        )
    overdue = [row for row in carried if row.is_overdue and not known.withheld(row.text)]
    if overdue:
        who = _side(known, overdue[0].owner_side)
        whose = "" if who == words.ABSENT else f" ({who})"
        discuss = f"The oldest open action{whose}: {_quoted(overdue[0].text)} Still worth doing?"
    else:
        discuss = "Who writes down today's actions, and by when does each side see them?"
    return Section("actions", "Actions carried over", message, tuple(blocks), discuss=discuss)


def _done(known: Known) -> list[Any]:
    """Actions of the last review before this one that are done."""
    reviews = known.some("reviews")
    at = None if known.review is None else known.review.scheduled_at
    before = [row.review_id for row in reviews if at is None or row.scheduled_at < at]
    last = before[-1] if before else None
    return [
        row
        for row in known.some("items")
        if row.kind == "action"
        and row.review_id == last
        and not bool(row.is_open)
        and not known.withheld(row.text)
    ]


def _quoted(text: Any) -> str:
    said = say.tidy(str(text))
    return said if said.endswith((".", "!", "?")) else f"{said}."
