"""Leakage: money that was earned or paid and should not be lost, found check by check."""

from collections.abc import Mapping
from functools import partial

import pandas as pd
import streamlit as st

from dashboards import filters, shell, words
from dashboards.frames import records
from dashboards.markup import tag
from dashboards.queries import money, published
from dashboards.queries.leakage import MART, Leakage, is_published, leakage
from dashboards.reconciliation import reconciliation_banner, with_reconciliation
from dashboards.views.leakage import deciding, tables
from dashboards.views.leakage.selection import (
    ACKNOWLEDGED,
    EVERY_CHECK,
    LARGEST,
    NEW_DAYS,
    NEWEST,
    OLD_DAYS,
    OLDEST,
    OPEN,
    RESOLVED,
    SORTS,
    STATES,
    Filters,
    select,
    unresolved,
    with_states,
)
from warehouse.ledger import FindingState, LedgerUnavailableError, finding_states, states_in_force

AT_ONCE = 20
_BLIND = "cannot-tell"
_LIST = "list"
"""Key and parameter of the list that is shown: its label counts, which no address should."""
_UNFILTERED: dict[str, object] = {
    _LIST: OPEN,
    "search": "",
    "check": EVERY_CHECK,
    "sort": LARGEST,
}
_SAID_OF_NOTHING = {
    OPEN: "Nothing is open.",
    ACKNOWLEDGED: "Nothing is acknowledged.",
    RESOLVED: "Nothing that is resolved still leaks.",
}
_DEFINED = {
    "Leak, clear, cannot tell": "state",
    "Amount": "amount_cents",
    "Without an amount": "has_amount",
    "First seen": "first_seen_on",
    "Open, acknowledged, resolved": "finding_state",
    "Evidence": "evidence",
}


def render(visit: shell.Visit) -> None:
    """Draw the page for one published version."""
    if not is_published(visit.edition):
        shell.head("Leakage", visit, shell.Takeaway("leakage", {}), {})
        shell.state(
            "This version did not look for leaks.",
            "It was published before bills, access and payouts were checked.",
        )
        return
    with shell.loading(visit):
        known = leakage(visit.edition)
    deciding.tell()
    in_force, trouble = _states(visit)
    leaks = with_states(known.leaks, in_force)
    top = st.container(gap="small")
    summary = st.container(gap="small")
    asked = _filters(leaks, known.checks)
    chosen = select(leaks, asked)
    with top:
        _top(visit, known, leaks, chosen, trouble)
    with summary:
        _summary(visit, known, leaks)
    _list(visit, leaks, chosen, asked, can_judge=not trouble and visit.may("judge_leaks"))
    _cannot_tell(known.checks)


def _states(visit: shell.Visit) -> tuple[Mapping[str, FindingState] | None, str]:
    """What was made of leaks: live, or for an older version up to its publication."""
    try:
        entries = finding_states(visit.settings)
    except LedgerUnavailableError as error:
        return None, f"Nothing can be acknowledged or resolved now: {error}"
    if visit.is_past:
        entries = [e for e in entries if e.decided_at <= visit.imprint.published_at]
    return states_in_force(entries), ""


def _top(
    visit: shell.Visit, known: Leakage, leaks: pd.DataFrame, chosen: pd.DataFrame, trouble: str
) -> None:
    meanings = published.definitions(visit.edition, MART)
    currency = money.currency(visit.edition)
    takeaway = shell.Takeaway(
        f"leakage-{visit.imprint.version}",
        {
            "leaks": lambda: tables.export_leaks(chosen, currency),
            "every leak": lambda: tables.export_leaks(leaks, currency),
            "checks": lambda: tables.export_checks(known.checks, leaks, currency),
        },
    )
    shell.head(
        "Leakage",
        visit,
        with_reconciliation(visit.edition, takeaway),
        {term: meanings[key] for term, key in _DEFINED.items() if meanings.get(key)},
    )
    if visit.is_past:
        said = "Leaks are acknowledged and resolved in the current version."
        st.html(tag("p", said, class_="quiet"))
    if trouble:
        st.html(tag("div", tag("p", trouble), class_="notice", role="status"))
    shell.stale_notice(visit.edition)
    reconciliation_banner(visit)
    shell.needs_you(
        needs(leaks, known.checks, currency),
        visit,
        "No leak needs you this week",
        unfiltered=_UNFILTERED,
    )
    shell.strip(figures(leaks, known.checks, currency))


def needs(leaks: pd.DataFrame, checks: pd.DataFrame, currency: str) -> list[shell.Need]:
    """What a reader should act on, most pressing first."""
    found = []
    waiting = leaks[leaks["state"].eq(OPEN)]
    if len(waiting):
        amount = words.money(int(waiting["amount_cents"].sum()), currency)
        said = f"{words.counted(len(waiting), 'leak')}, {amount},"
        found.append(shell.Need(said, "nobody has taken up", filters={_LIST: OPEN}))
    old = waiting[waiting["age_days"].gt(OLD_DAYS)]
    if len(old):
        said = words.counted(len(old), "open leak")
        rest = f"older than {OLD_DAYS} days"
        found.append(shell.Need(said, rest, filters={_LIST: OPEN, "sort": OLDEST}))
    new = waiting[waiting["age_days"].lt(NEW_DAYS)]
    if len(new) and len(new) < len(waiting):
        said = words.counted(len(new), "leak")
        found.append(
            shell.Need(said, "first seen this week", filters={_LIST: OPEN, "sort": NEWEST})
        )
    blind = int(checks["is_blind"].sum())
    if blind:
        said = words.counted(blind, "check")
        found.append(shell.Need(said, "cannot tell", section=_BLIND))
    back = int(leaks["state"].eq(RESOLVED).sum())
    if back:
        rest = "resolved and still leaking"
        found.append(shell.Need(words.counted(back, "leak"), rest, filters={_LIST: RESOLVED}))
    return found


def figures(leaks: pd.DataFrame, checks: pd.DataFrame, currency: str) -> list[shell.Figure]:
    """The page in six numbers."""
    open_, taken_up, resolved = (leaks[leaks["state"].eq(state)] for state in STATES)
    found = unresolved(leaks)
    without = int((~found["has_amount"].astype(bool)).sum())
    blind = int(checks["is_blind"].sum())
    clear, looked_at = int(checks["clear"].sum()), len(leaks) + int(checks["clear"].sum())

    def amount(rows: pd.DataFrame) -> str:
        return words.money(int(rows["amount_cents"].sum()), currency)

    return [
        shell.Figure(
            "Leaking",
            amount(found),
            words.counted(len(found), "leak")
            + (f", {words.count(without)} without an amount" if without else ""),
        ),
        shell.Figure("Open", words.count(len(open_)), amount(open_)),
        shell.Figure("Acknowledged", words.count(len(taken_up)), amount(taken_up)),
        shell.Figure("Resolved, still leaking", words.count(len(resolved)), amount(resolved)),
        shell.Figure("Clear", words.count(clear), f"of {words.count(looked_at)} looked at"),
        shell.Figure(
            "Checks that cannot tell",
            words.count(blind),
            f"of {words.count(len(checks))}, counted as no money",
        ),
    ]


def _summary(visit: shell.Visit, known: Leakage, leaks: pd.DataFrame) -> None:
    currency = money.currency(visit.edition)
    meanings = published.definitions(visit.edition, MART)
    checks, aside = st.columns([2, 1], gap="large")
    with checks:
        shell.section(
            "By check",
            "What is not resolved, darker the longer it has been leaking. A cent paid to a partner "
            "counts in the first check that finds it.",
        )
        st.html(tables.checks_table(known.checks, leaks, currency, meanings))
    with aside:
        shell.section("By partner")
        if unresolved(leaks).empty:
            shell.state("No partner has a leak that is not resolved.")
        else:
            st.html(tables.partners_table(leaks, currency))
        shell.section("By age")
        st.html(tables.ages_table(leaks, currency))


def _filters(leaks: pd.DataFrame, checks: pd.DataFrame) -> Filters:
    said = "Each with its evidence, by what people made of it."
    shell.section("Leaks", said, anchor=tables.LEAKS)
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key="filters",
    ):
        state = filters.listed("What was made of it", STATES, leaks["state"], key=_LIST)
        with st.container(horizontal=True, width="content", gap="small", key="find-and-sort"):
            search = filters.search("Partner, account, id, evidence", width=230)
            check = filters.choice(
                "Check", [EVERY_CHECK, *checks["label"].tolist()], key="check", width=220
            )
            sort = filters.choice("Sort", list(SORTS), key="sort", width=160)
    return Filters(state, search, check, sort)


def _list(
    visit: shell.Visit,
    leaks: pd.DataFrame,
    chosen: pd.DataFrame,
    asked: Filters,
    *,
    can_judge: bool,
) -> None:
    if chosen.empty:
        if asked.said:
            sentence = f"No leak matches {words.listed([asked.state.lower(), *asked.said])}."
            shell.no_match(sentence, unfiltered=_UNFILTERED)
        else:
            then = "" if len(leaks) else "No check found a leak."
            shell.state(_SAID_OF_NOTHING[asked.state], then)
        return
    case = partial(
        deciding.Case,
        settings=visit.settings,
        currency=money.currency(visit.edition),
        viewer=visit.viewer,
    )
    rows = list(records(chosen.head(deciding.AT_ONCE)))
    if can_judge and 1 < len(chosen) <= deciding.AT_ONCE:
        deciding.buttons(case(rows), asked.state)
    shown = st.session_state.get("leaks", AT_ONCE)
    for row in records(chosen.head(shown)):
        _finding(visit, case([row]), can_judge=can_judge)
    if len(chosen) > shown:
        st.button(
            f"Show more leaks: {words.count(shown)} of {words.count(len(chosen))}",
            on_click=lambda: st.session_state.update(leaks=shown + AT_ONCE),
        )


@st.fragment
def _finding(visit: shell.Visit, case: deciding.Case, *, can_judge: bool) -> None:
    [row] = case.rows
    with st.container(key=f"finding-{row.finding_id}"):
        what, deeds = st.columns([4, 1], vertical_alignment="center")
        with what:
            st.html(tables.finding(row, case.currency, visit.imprint.as_of))
        with deeds:
            if can_judge:
                deciding.buttons(case, row.state)


def _cannot_tell(checks: pd.DataFrame) -> None:
    blind = checks[checks["is_blind"] | checks["untold"].gt(0)]
    if blind.empty:
        return
    shell.section(
        "Cannot tell",
        "These checks lack an extract, or one is stale, or some of what they look at lacks what "
        "they need of it. What they would find is counted nowhere.",
        anchor=_BLIND,
    )
    st.html(tables.blind_table(blind))
