"""Pipeline, and what was won: deals the partner sourced or influences, by customer."""

import csv
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import pandas as pd

from dashboards import words
from dashboards.dossier import facts
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
)
from warehouse.settings import DEFAULT_POLICY

_BEFORE_PUBLISHED = "This version was published before deals were checked for it."


def pipeline(known: Known) -> Section:
    """Open by stage, forecast, stuck."""
    deals = [deal for deal in known.some("deals") if not deal.is_closed]
    if not deals:
        return Section(
            "pipeline",
            "Pipeline",
            "No deal is open" if not known.lacks("deals") else "Deals are not told",
            (Absent("Open deals", _none(known, "No open deal is sourced or influenced as of")),),
            discuss="Which two accounts could we open together this quarter?",
        )
    stuck = [row for row in known.some("hygiene") if row.is_stuck]
    has_amount = any(not words.is_absent(deal.amount_cents) for deal in deals)
    amount = words.money(_sum(deal.amount_cents for deal in deals), known.currency)
    message = (
        f"{amount if has_amount else 'An unknown amount'} is open in "
        f"{spelled_count(len(deals), 'deal')}"
        + (f", {spelled_count(len(stuck), 'of them', 'of them')} stuck" if stuck else "")
    )
    return Section(
        "pipeline",
        "Pipeline",
        message,
        (_by_stage(known, deals), *_forecast(known), *_stuck(known, stuck, deals)),
        discuss=_discuss_pipeline(known, deals, stuck),
        note=f"Deals {known.you} sourced or influence, as of {_on(known)}, in {known.currency}. "
        "The metric Open pipeline also counts deals with a valid registration alone.",
    )


def _by_stage(known: Known, deals: list[Any]) -> Block:
    stages: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for deal in deals:
        stage = "no stage" if words.is_absent(deal.stage) else str(deal.stage)
        stages[(str(deal.phase), stage)].append(deal)
    phases = {"open": 0, "qualified": 1}
    order = _stages_in_order()

    def place(key: tuple[str, str]) -> tuple[int, int, str]:
        phase, stage = key
        return phases.get(phase, len(phases)), order.get(stage.lower(), len(order)), stage

    return Bars(
        title="Open by stage",
        name="Open amount",
        unit="money",
        bars=tuple(
            Point(
                known.said(key[1], "another stage"),
                words.major(_sum(d.amount_cents for d in stages[key]), known.currency),
                f"{words.money(_sum(d.amount_cents for d in stages[key]), known.currency)} · "
                f"{words.counted(len(stages[key]), 'deal')}",
            )
            for key in sorted(stages, key=place)
        ),
        is_half=False,
    )


@lru_cache(maxsize=1)
def _stages_in_order() -> dict[str, int]:
    """Stages as they follow each other, by the rows of the policy that comes with the programme.

    A published policy keeps no order of rows. A stage of a house's own comes last of its phase.
    """
    with (DEFAULT_POLICY / "opportunity_stages.csv").open(encoding="utf-8", newline="") as file:
        return {row["stage"].lower(): place for place, row in enumerate(csv.DictReader(file))}


def _forecast(known: Known) -> list[Block]:
    title = "Forecast by expected close"
    if known.lacks("hygiene"):
        return [Absent(title, _BEFORE_PUBLISHED)]
    rate_row = known.metric("win_rate")
    rate = None if rate_row is None else facts.exact(rate_row.value)
    spans = _spans(known)
    rows = []
    for label, chosen in spans:
        amount = _sum(row.amount_reporting_cents for row in chosen)
        likely = None if rate is None else int((rate * amount).to_integral_value())
        rows.append(
            (
                Cell(label),
                say.count(len(chosen)),
                known.money(amount),
                known.money(likely) if likely is not None else Cell(words.ABSENT, None, "quiet"),
            )
        )
    likely_name = (
        "At no known win rate" if rate is None else f"At a win rate of {words.percent(rate)}"
    )
    columns = (
        Column("Expected", share=4),
        Column("Deals", unit="count", share=2),
        Column("Amount", unit="money", share=2),
        Column(likely_name, unit="money", share=3),
    )
    note = (
        f"The win rate is {known.your} own of 12 months."
        if rate is not None
        else f"The win rate is absent: {known.metric_words(rate_row)}."
    )
    return [Table(title, columns, tuple(rows), note)]


def _spans(known: Known) -> list[tuple[str, list[Any]]]:
    """Open deals by when they are expected: past due, this quarter, the next, later, unknown."""
    ends = quarter_ends(known, 2)
    labels = ["past its date", *(f"by {words.day(end - timedelta(days=1))}" for end in ends)]
    spans: list[tuple[str, list[Any]]] = [(label, []) for label in [*labels, "later", "no date"]]
    for row in known.some("hygiene"):
        if words.is_absent(row.expected_close_on):
            spans[-1][1].append(row)
            continue
        expected = pd.Timestamp(row.expected_close_on).date()
        edges = [known.as_of + timedelta(days=1), *ends]
        place = next((i for i, edge in enumerate(edges) if expected < edge), len(edges))
        spans[place][1].append(row)
    return spans


def quarter_ends(known: Known, number: int) -> list[date]:
    """The first days after the running fiscal quarter and those that follow it."""
    after = pd.Timestamp(known.as_of).replace(day=1)
    ahead = (known.reading.programme.first_month - after.month) % 3
    first = after + pd.DateOffset(months=ahead or 3)
    return [(first + pd.DateOffset(months=3 * step)).date() for step in range(number)]


def _stuck(known: Known, stuck: list[Any], deals: list[Any]) -> list[Block]:
    title = "Stuck deals"
    if known.lacks("hygiene"):
        return [Absent(title, _BEFORE_PUBLISHED)]
    if not stuck:
        return [Lines(title, (Line("No deal is stuck.", "Each was touched or moved in time."),))]
    by_id = {deal.opportunity_id: deal for deal in deals}
    rows = []
    for row in sorted(stuck, key=lambda r: (-_cents(r.amount_reporting_cents), r.opportunity_id)):
        deal = by_id.get(row.opportunity_id)
        who = known.said(row.opportunity_id, "a deal") if deal is None else known.customer(deal)
        missing = "" if words.is_absent(row.missing_fields) else str(row.missing_fields)
        rows.append(
            (
                Cell(who),
                Cell(known.said(row.stage, words.ABSENT)),
                known.money(row.amount_reporting_cents),
                say.count(row.days_open),
                say.day(row.last_touched_on, known.as_of),
                Cell(words.spelled(missing.replace(" ", ", ")) if missing else "nothing"),
            )
        )
    columns = (
        Column("Customer", share=4),
        Column("Stage", share=3),
        Column("Amount", unit="money", share=2),
        Column("Days open", unit="days", share=2),
        Column("Last touched", unit="date", share=3),
        Column("Missing", share=4),
    )
    return [listed_table(title, columns, rows, noun="deal")]


def _discuss_pipeline(known: Known, deals: list[Any], stuck: list[Any]) -> str:
    by_id = {deal.opportunity_id: deal for deal in deals}
    known_stuck = [by_id[row.opportunity_id] for row in stuck if row.opportunity_id in by_id]
    if known_stuck:
        largest = max(known_stuck, key=lambda d: (_cents(d.amount_cents), d.opportunity_id))
        return (
            f"{known.customer(largest)} is the largest deal that is stuck, at "
            f"{words.money(largest.amount_cents, known.currency)}: who calls, and by when?"
        )
    largest = deals[0]
    return (
        f"{known.customer(largest)} is the largest open deal, at "
        f"{words.money(largest.amount_cents, known.currency)}: what would close it this quarter?"
    )


def won(known: Known) -> Section:
    """Won, sourced and influenced."""
    deals = [deal for deal in known.some("deals") if deal.is_won and not pd.isna(deal.closed_on)]
    if not deals:
        return Section(
            "won",
            "Won, sourced and influenced",
            "Wins are not told"
            if known.lacks("deals")
            else f"No won deal is {known.your} own or influenced yet",
            (Absent("Won deals", _none(known, "None was sourced or influenced up to")),),
            discuss="What would the first joint win take, and who starts it?",
        )
    fact, meaning = revenue_said(known)
    return Section(
        "won",
        "Won, sourced and influenced",
        fact.rstrip("."),
        (
            _by_quarter(known, deals, "sourced"),
            _by_quarter(known, deals, "influenced"),
            _arr(known),
            _largest(known, deals),
            *_wins(known),
        ),
        discuss=_discuss_won(known, meaning),
        note=f"Won deals of every type by the day they closed, in {known.currency}; quarters are "
        "named by their last month. ARR in the score counts new and expansion deals alone.",
    )


def main_metric(known: Known) -> str:
    """What its revenue is judged by: sourced ARR, for those who source nothing influenced ARR."""
    sourced = known.metric("sourced_arr")
    is_sourced = sourced is not None and sourced.status != "not_applicable"
    influenced = known.metric("influenced_arr")
    has_none = is_sourced and not (facts.exact(sourced.value) or Decimal(0))
    is_measured = influenced is not None and influenced.status == "measured"
    if is_measured and (
        not is_sourced or (has_none and (facts.exact(influenced.value) or Decimal(0)) > 0)
    ):
        return "influenced_arr"
    return "sourced_arr"


def revenue_said(known: Known) -> tuple[str, str]:
    """The year's ARR as a fact, and what it means beside the year before."""
    now = known.metric(main_metric(known))
    if now is None or words.is_absent(now.value):
        why = "no such metric" if now is None else known.metric_words(now)
        return "ARR is not measured.", f"{sentence(why)}."
    label = str(now.label)
    deals = spelled_count(int(now.sample_size), "deal")
    fact = f"{label} is {known.metric_words(now)} from {deals}."
    before = known.metric(str(now.metric_key), 52)
    was = None if before is None else facts.exact(before.value)
    year = (
        ""
        if was is None
        else f"A year ago it was {words.measure(was, str(now.unit), known.currency)}"
    )
    share = _largest_share(known, str(now.metric_key))
    tail = "" if share is None else f"{words.percent(share, places=0)} of today's is one customer"
    said = "; ".join(part for part in (year, tail) if part)
    return fact, f"{sentence(said)}." if said else "There is no year before to compare."


def _largest_share(known: Known, metric: str) -> Decimal | None:
    """What the largest customer is of the last twelve months' won amount."""
    wanted = "sourced" if metric == "sourced_arr" else "influenced"
    start = pd.Timestamp(known.as_of) - pd.DateOffset(years=1)
    by_account: dict[str, int] = defaultdict(int)
    for deal in known.some("deals"):
        is_arr = deal.opportunity_type in ("new", "expansion")
        is_recent = not pd.isna(deal.closed_on) and pd.Timestamp(deal.closed_on) > start
        if deal.is_won and deal.outcome == wanted and is_arr and is_recent:
            by_account[str(deal.account_id)] += _cents(deal.amount_cents)
    whole = sum(by_account.values())
    return Decimal(max(by_account.values())) / whole if len(by_account) > 1 and whole > 0 else None


def _by_quarter(known: Known, deals: list[Any], outcome: str) -> Block:
    title = f"Won, {outcome}"
    spans = [(row.period_start, row.period_end) for row in known.some("quarters")]
    if not spans:
        return Absent(title, "No quarter has ended since the partnership began.")
    spans.append((spans[-1][1], pd.Timestamp(known.as_of) + pd.Timedelta(days=1)))
    points = []
    for place, (start, end) in enumerate(spans):
        of_span = [
            deal
            for deal in deals
            if deal.outcome == outcome and start <= pd.Timestamp(deal.closed_on) < end
        ]
        amount = _sum(deal.amount_cents for deal in of_span)
        label = "so far" if place == len(spans) - 1 else quarter_label(end)
        points.append(
            Point(label, words.major(amount, known.currency), words.money(amount, known.currency))
        )
    return Series(
        title=title,
        name=sentence(outcome),
        unit="money",
        points=tuple(points),
        kind="columns",
        is_half=True,
    )


def quarter_label(end: Any) -> str:
    """A quarter by its last month: Sep 25."""
    last = pd.Timestamp(end) - pd.Timedelta(days=1)
    return f"{words.day(last).split()[1]} {last.year % 100:02d}"


def _arr(known: Known) -> Block:
    rows = []
    for key in ("sourced_arr", "influenced_arr", "pipeline_created", "win_rate"):
        now, before = known.metric(key), known.metric(key, 52)
        if now is None or now.status == "not_applicable":
            continue
        rows.append(
            (
                Cell(str(now.label)),
                _metric(known, now),
                _metric(known, before),
                say.count(now.sample_size),
            )
        )
    if not rows:
        return Absent("Twelve months", "None of these metrics applies.")
    columns = (
        Column("Twelve months", share=4),
        Column("Now", unit="count", share=3),
        Column("A year ago", unit="count", share=3),
        Column("Deals", unit="count", share=2),
    )
    return Table("Beside the year before", columns, tuple(rows))


def _metric(known: Known, row: Any) -> Cell:
    value = None if row is None else facts.exact(row.value)
    if value is None:
        return Cell(known.metric_words(row), None, "quiet")
    return Cell(known.metric_words(row), value)


def _largest(known: Known, deals: list[Any]) -> Block:
    start = pd.Timestamp(known.as_of) - pd.DateOffset(years=1)
    recent = [deal for deal in deals if pd.Timestamp(deal.closed_on) > start]
    if not recent:
        return Absent("Largest wins of twelve months", "No deal was won in twelve months.")
    ordered = sorted(recent, key=lambda d: (-_cents(d.amount_cents), d.opportunity_id))
    rows = [
        (
            Cell(known.customer(deal)),
            Cell(words.ABSENT, None, "quiet")
            if words.is_absent(deal.opportunity_type)
            else Cell(known.said(deal.opportunity_type, "another type")),
            Cell(str(deal.outcome)),
            say.day(deal.closed_on, known.as_of),
            known.money(deal.amount_cents),
        )
        for deal in ordered[:8]
    ]
    more = len(ordered) - len(rows)
    columns = (
        Column("Customer", share=4),
        Column("Type", share=2),
        Column("Part", share=2),
        Column("Closed", unit="date", share=2),
        Column("Amount", unit="money", share=2),
    )
    note = f"{words.counted(more, 'more deal')} not shown" if more > 0 else ""
    return Table("Largest wins of twelve months", columns, tuple(rows), note)


def _wins(known: Known) -> list[Block]:
    """What was called a win in the last reviews, latest first."""
    lines = [
        Line(known.said(item.text, ""))
        for item in known.some("items")
        if item.kind == "win" and not known.withheld(item.text)
    ]
    return [Lines("Named as wins in our reviews", tuple(lines[:6]))] if lines else []


def _discuss_won(known: Known, meaning: str) -> str:
    now, before = known.metric(main_metric(known)), known.metric(main_metric(known), 52)
    values = [None if row is None else facts.exact(row.value) for row in (now, before)]
    if values[0] is not None and values[1] is not None and values[0] < values[1]:
        return f"{meaning} What was different then, and which of it can we repeat?"
    return f"{meaning} Which of these wins can we tell as a story, and where do we repeat it?"


def _none(known: Known, said: str) -> str:
    """Why there is no deal: none, or none told by the version."""
    if known.lacks("deals"):
        return "This version was published before deals had outcomes."
    return f"{said} {_on(known)}."


def _on(known: Known) -> str:
    return words.day(known.as_of)


def _sum(amounts: Iterable[Any]) -> int:
    return sum(map(_cents, amounts))


def _cents(amount: Any) -> int:
    return 0 if words.is_absent(amount) else int(amount)
