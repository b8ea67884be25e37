"""Business reviews: when they are, whether what is to be read was sent, packs and promises."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboards import filters, shell, words
from dashboards.frames import records
from dashboards.markup import tag
from dashboards.queries import published
from dashboards.queries.reviews import (
    ITEMS,
    ITEMS_AT_MOST,
    MART,
    PAST_DAYS,
    every_item,
    is_published,
    items_overdue,
    open_items,
    reviews,
)
from dashboards.views.business_reviews import deciding, one, packing, tables
from dashboards.views.business_reviews.selection import (
    KINDS,
    MISSED,
    SOON,
    STATES,
    UPCOMING,
    WAITING,
    Filters,
    Notes,
    items_with_notes,
    select,
    soon,
    with_notes,
)
from warehouse.ledger import LedgerUnavailableError, review_events

AT_ONCE = 12
_LIST, _KIND = "list", "kind"
_UNFILTERED: dict[str, object] = {_LIST: UPCOMING, "search": ""}
_ITEM_ROWS = "items"
_SAID_OF_NOTHING = {
    "Upcoming": ("No review is scheduled.", "Reviews come with the CRM's extract of them."),
    "Held": (f"No review was held in the last {PAST_DAYS} days.", ""),
    "Missed": (f"No review was missed in the last {PAST_DAYS} days.", ""),
}
_DEFINED = {
    "State": "state",
    "Pre-read due": "pre_read_due_at",
    "Pre-read": "pre_read_state",
    "Open items": "open_items",
}
_DEFINED_OF_ITEMS = {
    "Open": "is_open",
    "Overdue": "is_overdue",
    "Comes along to": "carried_to_review_id",
    "Made of it": "ledger_state",
}


def render(visit: shell.Visit) -> None:
    """Draw the page for one published version."""
    if not is_published(visit.edition):
        shell.head("Business reviews", visit, shell.Takeaway("business-reviews", {}), {})
        shell.state(
            "This version knows of no business reviews.",
            "It was published before reviews and their items were read from the CRM.",
        )
        return
    deciding.tell()
    notes, trouble = _notes(visit)
    asked = st.query_params.get("review")
    if asked is not None:
        one.render(visit, asked, notes, trouble, definitions(visit))
        return
    with shell.loading(visit):
        known = with_notes(reviews(visit.edition, visit.imprint.as_of), notes)
    _all(visit, known, notes, trouble)


def _notes(visit: shell.Visit) -> tuple[Notes | None, str]:
    """What people noted: live, or for an older version up to its publication."""
    try:
        entries = review_events(visit.settings)
    except LedgerUnavailableError as error:
        return None, f"Nothing can be noted of reviews now: {error}"
    if visit.is_past:
        entries = [e for e in entries if e.decided_at <= visit.imprint.published_at]
    return Notes(entries), ""


def definitions(visit: shell.Visit) -> dict[str, str]:
    """What the page's words mean, as the warehouse defines them."""
    return {
        term: meanings[key]
        for mart, terms in ((MART, _DEFINED), (ITEMS, _DEFINED_OF_ITEMS))
        for meanings in [published.definitions(visit.edition, mart)]
        for term, key in terms.items()
        if meanings.get(key)
    }


def _all(visit: shell.Visit, known: pd.DataFrame, notes: Notes | None, trouble: str) -> None:
    as_of = visit.imprint.as_of
    closed = () if notes is None else notes.closed
    top = st.container(gap="small")
    calendar = st.container(gap="small")
    asked = _filters(known)
    chosen = select(known, asked)
    with top:
        takeaway = shell.Takeaway(
            f"business-reviews-{visit.imprint.version}",
            {
                "reviews": lambda: tables.export_reviews(chosen),
                "every review": lambda: tables.export_reviews(known),
                "items": lambda: tables.export_items(
                    items_with_notes(every_item(visit.edition, as_of), notes)
                ),
            },
        )
        shell.head("Business reviews", visit, takeaway, definitions(visit))
        if trouble:
            st.html(tag("div", tag("p", trouble), class_="notice", role="status"))
        shell.stale_notice(visit.edition)
        overdue = items_overdue(visit.edition, closed)
        shell.needs_you(
            needs(known, overdue, published.setting(visit.edition, "pre_read_hours")),
            visit,
            "No business review needs you this week",
            unfiltered=_UNFILTERED,
        )
        shell.strip(figures(visit, known, overdue))
    with calendar, st.container(key="calendar"):
        shell.section(
            "Calendar",
            "Last week, this one and the three after. "
            "✓ held or pre-read sent, ! due or sent late, ✕ overdue or not held, – not due yet.",
        )
        st.html(tables.month_of_reviews(known, as_of))
    can_note = notes is not None and visit.may("run_reviews")
    _list(visit, known, chosen, asked, can_note=can_note)
    _items(visit, notes, closed, can_note=can_note)


def needs(known: pd.DataFrame, items: int, hours: str | None) -> list[shell.Need]:
    """What a reader should act on, most pressing first.

    `items` are open and past their day; a pre-read is due so many `hours` before its review.
    """
    found = []
    pre_read = known["pre_read_state"].where(known["state"].eq("upcoming"))
    late, due = (int(pre_read.eq(state).sum()) for state in WAITING)
    if late:
        rest = "overdue" if hours is None else f"overdue, less than {hours} hours ahead"
        found.append(_need(words.counted(late, "pre-read"), rest, **{_LIST: UPCOMING}))
    if due:
        found.append(_need(words.counted(due, "pre-read"), "due next", **{_LIST: UPCOMING}))
    missed = int(known["state"].eq("missed").sum())
    if missed:
        found.append(_need(words.counted(missed, "review"), "not held", **{_LIST: MISSED}))
    if items:
        said = words.counted(items, "open item")
        found.append(
            shell.Need(said, "past their day" if items > 1 else "past its day", section=_ITEM_ROWS)
        )
    return found


def _need(count: str, rest: str, **asked: str) -> shell.Need:
    return shell.Need(count, rest, filters=asked)


def figures(visit: shell.Visit, known: pd.DataFrame, items: int) -> list[shell.Figure]:
    """The page in six numbers."""
    coming = soon(known, visit.imprint.as_of)
    past = known[known["state"].isin(["held", "missed"])]
    held = past["state"].eq("held")
    sent = past[held]["pre_read_state"].eq("sent")
    meanings = published.definitions(visit.edition, MART)
    waiting = coming["pre_read_state"].isin(WAITING)
    return [
        shell.Figure(
            f"Next {SOON.days} days",
            words.count(len(coming)),
            words.counted(int(coming["partner_id"].nunique()), "partner"),
            definition=meanings.get("scheduled_at"),
        ),
        shell.Figure(
            "Pre-reads to send",
            words.count(int(waiting.sum())),
            f"{words.count(int(coming['pre_read_state'].eq('overdue').sum()))} overdue",
            definition=meanings.get("pre_read_state"),
        ),
        shell.Figure(
            "Held",
            words.percent(_share(held)),
            f"{words.count(int(held.sum()))} of {words.count(len(past))}, {PAST_DAYS} days"
            if len(past)
            else f"no events in {PAST_DAYS} days",
            definition=meanings.get("state"),
        ),
        shell.Figure(
            "Pre-read in time",
            words.percent(_share(sent)),
            f"{words.count(int(sent.sum()))} of {words.count(len(sent))} held"
            if len(sent)
            else "no events",
            definition=meanings.get("pre_read_due_at"),
        ),
        shell.Figure(
            "Open items overdue",
            words.count(items),
            "of every kind",
            definition=published.definitions(visit.edition, ITEMS).get("is_overdue"),
        ),
    ]


def _share(holds: "pd.Series[bool]") -> float | None:
    return float(holds.mean()) if len(holds) else None


def _filters(known: pd.DataFrame) -> Filters:
    shell.section(
        "Reviews",
        f"Those that come, the next first, and those of the last {PAST_DAYS} days.",
        anchor=tables.REVIEWS,
    )
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key="filters",
    ):
        state = filters.listed(
            "Where it stands", STATES, known["state"].str.capitalize(), key=_LIST
        )
        search = filters.search("Partner, manager, attendee", width=250)
    return Filters(state, search)


def _list(
    visit: shell.Visit,
    known: pd.DataFrame,
    chosen: pd.DataFrame,
    asked: Filters,
    *,
    can_note: bool,
) -> None:
    if chosen.empty:
        if asked.said:
            sentence = f"No review matches {words.listed([asked.state.lower(), *asked.said])}."
            shell.no_match(sentence, unfiltered=_UNFILTERED)
        else:
            shell.state(*_SAID_OF_NOTHING[asked.state])
        return
    coming = soon(known, visit.imprint.as_of)
    if asked.state == UPCOMING and len(coming) and visit.may("make_packs"):
        packing.of_many(visit, coming["review_id"].tolist())
    shown = st.session_state.get("reviews", AT_ONCE)
    for row in records(chosen.head(shown)):
        _review(visit, row, can_note=can_note)
    if len(chosen) > shown:
        st.button(
            f"Show more reviews: {words.count(shown)} of {words.count(len(chosen))}",
            on_click=lambda: st.session_state.update(reviews=shown + AT_ONCE),
        )


@st.fragment
def _review(visit: shell.Visit, row: Any, *, can_note: bool) -> None:
    with st.container(key=f"review-{row.review_id}"):
        what, deeds = st.columns([4, 1], vertical_alignment="center")
        with what:
            st.html(tables.review(row, visit.imprint.as_of))
        with deeds:
            if one.waits_for_pre_read(row) and can_note:
                with st.container(horizontal=True, horizontal_alignment="right"):
                    deciding.pre_read_button(row, visit)


def _items(
    visit: shell.Visit, notes: Notes | None, closed: tuple[str, ...], *, can_note: bool
) -> None:
    needle = str(st.session_state.get("search", ""))
    items = items_with_notes(open_items(visit.edition, closed, needle), notes)
    shell.section(
        "Open items",
        "What was promised and is not done, past its day first. It comes along to the partner's "
        "next review unless somebody leaves it out.",
        anchor=_ITEM_ROWS,
    )
    if items.empty:
        said = f"No open item matches “{needle.strip()}”." if needle.strip() else "Nothing is open."
        shell.state(said)
        return
    counts = items.groupby("kind")["of_kind"].first()
    labels = [label for kind, label in KINDS.items() if kind in counts.index]
    by_label = {KINDS[str(kind)]: int(of_kind) for kind, of_kind in counts.items()}
    standing = pd.Series(
        [label for label, of_kind in by_label.items() for _ in range(of_kind)], dtype="object"
    )
    kind = filters.listed("Kind of item", labels, standing, key=_KIND)
    chosen = items[items["kind"].map(KINDS).eq(kind)]
    shown = st.session_state.get("items-shown", AT_ONCE)
    for row in records(chosen.head(shown)):
        one.item(visit, row, tables.PARTNER, can_note=can_note)
    if len(chosen) > shown:
        st.button(
            f"Show more items: {words.count(shown)} of {words.count(by_label[kind])}",
            on_click=lambda: st.session_state.update({"items-shown": shown + AT_ONCE}),
        )
    elif by_label[kind] > len(chosen):
        said = f"{words.count(ITEMS_AT_MOST)} of {words.count(by_label[kind])}: search for others."
        st.html(tag("p", said, class_="quiet"))
