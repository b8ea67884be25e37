"""Tier changes: what is recommended at the end of a quarter, why, and what people decided."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import filters, shell, words
from dashboards.frames import records
from dashboards.markup import join, tag
from dashboards.queries import money, published
from dashboards.queries.tiers import changes, costs, is_costed, ranks, with_costs
from dashboards.reconciliation import in_units
from dashboards.views.tier_changes import cards, deciding
from dashboards.views.tier_changes.selection import (
    APPROVED,
    DEFAULT_SORT,
    DEFERRED,
    FRAGILE_FIRST,
    HOLD,
    REJECTED,
    SORTS,
    STATES,
    WAITING,
    WARN,
    Ledger,
    is_fragile,
    select,
    with_states,
)
from warehouse.ledger import Decision, LedgerUnavailableError, decisions

MART = "fct_tier_recommendation"
CARDS_AT_ONCE = 20
LAPSES_SOON = timedelta(days=30)
_LIST = "list"
"""Key and parameter of the list that is shown: its label counts, which no address should."""
_UNFILTERED: dict[str, object] = {_LIST: WAITING, "search": "", "sort": DEFAULT_SORT}
_SAID_OF_NOTHING = {
    WAITING: "Nothing waits for a decision.",
    APPROVED: "Nothing is approved yet.",
    REJECTED: "Nothing was rejected.",
    DEFERRED: "Nothing is deferred.",
    WARN: "Nobody is warned.",
    HOLD: "Nobody is on hold.",
}


def render(visit: shell.Visit) -> None:
    """Draw the page for one published version."""
    if not all(published.has(visit.edition, mart) for mart in (MART, "fct_tier_gate")):
        shell.head("Tier changes", visit, shell.Takeaway("tier-changes", {}), {})
        shell.state(
            "This version has no recommendations.",
            "It was published before tiers were judged, and nothing can be decided on it.",
        )
        return
    with shell.loading(visit):
        published_rows = _costed(visit, changes(visit.edition))
    deciding.tell()
    entries, trouble = _entries(visit)
    rows = with_states(published_rows, entries)
    top = st.container(gap="small")
    if rows.empty:
        with top:
            shell.head("Tier changes", visit, shell.Takeaway("tier-changes", {}), {})
        shell.state("No quarter has ended yet.", "The first list comes with the first quarter end.")
        return
    quarter_end = rows["quarter_end"].iloc[0].date()
    state, needle, sort = _filters(rows)
    with top:
        _top(visit, rows, entries, trouble, quarter_end)
    chosen = select(rows, state, needle, sort)
    if chosen.empty and needle.strip():
        sentence = f"No partner matches “{needle.strip()}” in {state.lower()}."
        shell.no_match(sentence, unfiltered=_UNFILTERED)
    elif chosen.empty:
        shell.state(_SAID_OF_NOTHING[state])
    else:
        _cards(
            visit,
            chosen,
            entries,
            quarter_end,
            can_decide=not trouble and visit.may("decide_tiers"),
        )


def _costed(visit: shell.Visit, rows: pd.DataFrame) -> pd.DataFrame:
    """The list with what each change costs by its parts, where the version says so."""
    if not is_costed(visit.edition):
        return rows
    return with_costs(rows, costs(visit.edition), "current_tier", "recommended_tier")


def _entries(visit: shell.Visit) -> tuple[list[Decision], str]:
    """What is decided: live, or for an older version up to its publication; and what is wrong."""
    try:
        entries = decisions(visit.settings)
    except LedgerUnavailableError as error:
        return [], f"Nothing can be decided now: {error}"
    if visit.is_past:
        entries = [e for e in entries if e.decided_at <= visit.imprint.published_at]
    return entries, ""


def _top(
    visit: shell.Visit,
    rows: pd.DataFrame,
    entries: Sequence[Decision],
    trouble: str,
    quarter_end: date,
) -> None:
    meanings = published.definitions(visit.edition, MART)
    shell.head(
        "Tier changes",
        visit,
        shell.Takeaway(
            f"tier-changes-{quarter_end}-{visit.imprint.version}",
            {"tier changes": lambda: export_rows(rows, money.currency(visit.edition))},
        ),
        {term: meanings[key] for term, key in _DEFINED.items() if meanings.get(key)},
        period=join(["Quarter to ", tag("b", words.day(quarter_end)), ", frozen when published"]),
    )
    if visit.is_past:
        st.html(tag("p", "Decisions are taken in the current version.", class_="quiet"))
    if trouble:
        st.html(tag("div", tag("p", trouble), class_="notice", role="status"))
    shell.stale_notice(visit.edition)
    shell.needs_you(
        needs(rows, entries, visit.imprint.as_of),
        visit,
        "Nothing needs you until the next quarter ends",
        unfiltered=_UNFILTERED,
    )
    shell.strip(figures(rows, published.tiers(visit.edition), money.currency(visit.edition)))


_DEFINED = {
    "Recommended": "action",
    "Robustness": "robustness",
    "Concentration": "concentration",
    "Cost a year": "cost_delta_cents",
    "Coverage": "coverage",
    "First to break": "demotion_risk_on",
    "Cheapest path up": "cheapest_path",
    "Today's data and rules": "restated_action",
}
"""What the cards call a column of the mart."""


def needs(rows: pd.DataFrame, entries: Sequence[Decision], as_of: date) -> list[shell.Need]:
    """What a reader should act on, most pressing first."""
    waiting = rows[rows["state"].eq(WAITING)]
    fragile = int(is_fragile(waiting).sum())
    deferred = int(rows["state"].eq(DEFERRED).sum())
    needed = []
    if len(waiting):
        rest = "waits for a decision" if len(waiting) == 1 else "wait for a decision"
        needed.append(_need(words.counted(len(waiting), "change"), rest, list=WAITING))
    if fragile:
        rest = f"{'depends' if fragile == 1 else 'depend'} on the choice of weights"
        needed.append(_need(words.count(fragile), rest, list=WAITING, sort=FRAGILE_FIRST))
    if deferred:
        needed.append(_need(words.counted(deferred, "change"), "deferred", list=DEFERRED))
    lapsing = [
        entry
        for entry in Ledger(tuple(entries)).lapsing()
        if entry.expires_on is not None and as_of < entry.expires_on <= as_of + LAPSES_SOON
    ]
    if lapsing:
        first = words.day_within(lapsing[0].expires_on, as_of)
        rest = f"lapses on {first}" if len(lapsing) == 1 else f"lapse, the first on {first}"
        needed.append(_need(words.counted(len(lapsing), "exception"), rest, list=HOLD))
    return needed


def _need(count: str, rest: str, **filters: str) -> shell.Need:
    return shell.Need(count, rest, filters=filters)


def figures(rows: pd.DataFrame, tiers: Sequence[str], currency: str) -> list[shell.Figure]:
    """The quarter's list in six numbers; `tiers` lowest first."""
    count = rows["action"].value_counts()
    promoted = rows[rows["action"].eq("promote")]["recommended_tier"].value_counts()
    to = [
        f"{words.count(int(promoted[tier]))} to {words.title(tier)}"
        for tier in reversed(tiers)
        if tier in promoted
    ]
    not_judged = rows["action"].eq("hold") & rows["reason"].isin(
        ["stale", "source_missing", "coverage"]
    )
    leaving = int(count.get("pause", 0)), int(count.get("exit", 0))
    return [
        shell.Figure("▲ Promote", words.count(int(count.get("promote", 0))), words.listed(to)),
        shell.Figure("▼ Demote", words.count(int(count.get("demote", 0))), "by one tier"),
        shell.Figure(
            "■ Pause, × Exit",
            words.count(sum(leaving)),
            f"{leaving[0]} without a contract, {leaving[1]} inactive",
        ),
        shell.Figure("! Warn, no decision", words.count(int(count.get("warn", 0))), "first miss"),
        shell.Figure(
            "Hold",
            words.count(int(count.get("hold", 0))),
            f"{words.count(int(not_judged.sum()))} for want of data",
        ),
        _cost_of_all(rows, currency),
    ]


def _cost_of_all(rows: pd.DataFrame, currency: str) -> shell.Figure:
    """What a year costs if every promotion and demotion that waits is approved."""
    waiting = rows[rows["state"].eq(WAITING) & rows["action"].isin(["promote", "demote"])]
    known = waiting["cost_delta_cents"].dropna()
    without = len(waiting) - len(known)
    note = "commission, margin and MDF"
    if without:
        note = f"{words.count(without)} of {words.count(len(waiting))} not worked out"
    total = None if known.empty and without else int(known.sum())
    return shell.Figure("Cost a year if all approved", words.money_change(total, currency), note)


def _filters(rows: pd.DataFrame) -> tuple[str, str, str]:
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key="filters",
    ):
        state = filters.listed("Where it stands", STATES, rows["state"], key=_LIST)
        with st.container(horizontal=True, width="content", gap="small", key="find-and-sort"):
            needle = filters.search()
            sort = filters.choice("Sort", list(SORTS), key="sort", width=210)
    return state, needle, sort


def _cards(
    visit: shell.Visit,
    chosen: pd.DataFrame,
    entries: Sequence[Decision],
    quarter_end: date,
    *,
    can_decide: bool,
) -> None:
    shown = st.session_state.get("cards", CARDS_AT_ONCE)
    start = int(published.setting(visit.edition, "fiscal_year_start_month") or 1)
    quarters = quarter_names(quarter_end, start)
    order = ranks(visit.edition, quarter_end)
    currency = money.currency(visit.edition)
    exceptions = Ledger(tuple(entries)).exceptions(visit.imprint.as_of)
    held_from: dict[str, date] = {}
    for entry in entries:
        if entry.verdict == "approved":
            held = held_from.get(entry.partner_id, entry.effective_on)
            held_from[entry.partner_id] = max(held, entry.effective_on)
    for row in records(chosen.head(shown)):
        case = deciding.Case(
            row,
            visit.settings,
            currency,
            visit.imprint.as_of,
            max(visit.imprint.as_of, held_from.get(row.partner_id, visit.imprint.as_of)),
            next_quarter(quarter_end) + timedelta(days=1),
            exceptions.get(row.partner_id),
            visit.viewer,
        )
        _card(visit, case, order, quarters, can_decide=can_decide)
    if len(chosen) > shown:
        st.button(
            f"Show more: {words.count(shown)} of {words.count(len(chosen))}",
            on_click=lambda: st.session_state.update(cards=shown + CARDS_AT_ONCE),
        )


@st.fragment
def _card(
    visit: shell.Visit,
    case: deciding.Case,
    order: dict[str, int],
    quarters: tuple[str, str],
    *,
    can_decide: bool,
) -> None:
    row = case.row
    floor = published.setting(visit.edition, "coverage_floor")
    with st.container(border=True, key=f"card-{row.recommendation_id}"):
        what, deeds = st.columns([5, 2], vertical_alignment="center")
        with what:
            parts = [
                cards.heading(row, order, quarters),
                cards.why(row, case.as_of),
                cards.facts(row, None if floor is None else float(floor), case.currency),
            ]
            if row.verdict is not None:
                parts.append(
                    cards.decided(row.verdict, visit.imprint.published_at, visit.imprint.as_of)
                )
            if case.exception is not None:
                parts.append(cards.excepted(case.exception))
            st.html(tag("div", *parts, class_="card"))
        with deeds:
            if can_decide and row.state not in {APPROVED, REJECTED}:
                deciding.buttons(case)


def quarter_names(quarter_end: date, fiscal_start: int) -> tuple[str, str]:
    """The quarter before and the quarter, as Q2 and Q3 of the fiscal year."""
    number = (quarter_end.month - fiscal_start) % 12 // 3 + 1
    return f"Q{(number - 2) % 4 + 1}", f"Q{number}"


def next_quarter(quarter_end: date) -> date:
    """The last day of the quarter after."""
    months = quarter_end.year * 12 + quarter_end.month + 3
    return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)


def export_rows(rows: pd.DataFrame, currency: str) -> pd.DataFrame:
    """The quarter's list to take away: every recommendation and where it stands."""
    verdicts = rows["verdict"]

    def of(read: Any) -> list[Any]:
        return [None if words.is_absent(verdict) else read(verdict) for verdict in verdicts]

    return pd.DataFrame(
        {
            "Recommendation": rows["recommendation_id"],
            "Partner": rows["partner_name"],
            "Manager": rows["partner_manager"],
            "Quarter to": rows["quarter_end"].dt.date,
            "Action": rows["action"].map(words.title),
            "Tier": rows["current_tier"].map(words.title, na_action="ignore"),
            "Recommended tier": rows["recommended_tier"].map(words.title, na_action="ignore"),
            "Reason": rows["reason"].map(cards.reason),
            "In words": rows["sentences"].str.replace("\n", " ", regex=False),
            "Weight sets kept": rows["weight_sets_kept"],
            "Weight sets": rows["weight_sets"],
            "Concentration": rows["concentration"],
            "Largest account": rows["largest_account_name"],
            "Largest account id": rows["largest_account_id"],
            f"Cost a year, {currency}": in_units(rows["cost_delta_cents"], currency),
            "Coverage": rows["coverage"],
            "Gates met": rows["gates_met"],
            "Gates": rows["gates"],
            "Gates short": rows["gates_short"].map(cards.gate_words, na_action="ignore"),
            "First to break": rows["demotion_risk_on"].dt.date,
            "What breaks": rows["demotion_risk"],
            "Cheapest path up": [cards.path_up(row) or None for row in records(rows)],
            "By today's rules": rows["restated_action"].map(words.title, na_action="ignore"),
            "State": rows["state"],
            "Decided by": of(lambda verdict: verdict.decided_by),
            "Decided at, UTC": of(lambda verdict: verdict.decided_at),
            "Holds from": of(lambda verdict: verdict.effective_on),
            "Note": of(lambda verdict: verdict.note),
        }
    )
