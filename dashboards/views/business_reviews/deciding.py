"""Marking pre-reads as sent and items as carried over, left out or done: dialogs and entries."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboards import shell, words
from dashboards.markup import Html, join, tag
from dashboards.views.business_reviews import tables
from dashboards.views.business_reviews.selection import CARRIED, DONE, LEFT_OUT
from warehouse.ledger import LedgerUnavailableError, ReviewEventRefusedError, record_review_event
from warehouse.ledger.reviews import Event

_TOLD = "told-of-reviews"
_VERBS: dict[Event, str] = {CARRIED: "Carry over", DONE: "Done", LEFT_OUT: "Leave out"}
_DEEDS: dict[Event, str] = {
    CARRIED: "Carry {} over",
    DONE: "Mark {} as done",
    LEFT_OUT: "Leave {} out",
}
_TOLD_OF: dict[Event, str] = {CARRIED: "carried over", DONE: "marked as done", LEFT_OUT: "left out"}
DEEDS: dict[str | None, tuple[Event, ...]] = {
    None: (CARRIED, DONE, LEFT_OUT),
    CARRIED: (DONE, LEFT_OUT),
    LEFT_OUT: (CARRIED, DONE),
    DONE: (CARRIED,),
}
"""What can be made of an item, by what was made of it last."""


def deeds_of(row: Any) -> tuple[Event, ...]:
    """What can be made of an item: what comes along to no review has nothing to confirm."""
    deeds = DEEDS[row.made]
    if row.made is None and words.is_absent(row.carried_to_review_id):
        return tuple(deed for deed in deeds if deed != CARRIED)
    return deeds


@dataclass(frozen=True)
class Case:
    """The items that are judged together: one, or all of a list."""

    rows: Sequence[Any]
    visit: shell.Visit

    @property
    def noun(self) -> str:
        """This item, these 12 items."""
        return "this item" if len(self.rows) == 1 else f"these {words.count(len(self.rows))} items"

    @property
    def key(self) -> str:
        """Of the widgets about it."""
        return str(self.rows[0].item_id) if len(self.rows) == 1 else "all"


def tell() -> None:
    """Say what the run before this one recorded."""
    told = st.session_state.pop(_TOLD, None)
    if told:
        st.toast(told, icon=":material/check:")


def item_buttons(case: Case) -> None:
    """What can be made of one item."""
    [row] = case.rows
    with st.container(
        horizontal=True, horizontal_alignment="right", vertical_alignment="center", gap="small"
    ):
        for deed in deeds_of(row):
            verb = "Put back" if deed == CARRIED and row.made is not None else _VERBS[deed]
            if st.button(verb, key=f"{deed}-{case.key}", type="tertiary"):
                _ask(case, deed)


def button_of_all(case: Case, deed: Event) -> None:
    """The same deed for all items of a list."""
    label = _DEEDS[deed].format(case.noun)
    if st.button(label, key=f"{deed}-{case.key}", type="tertiary"):
        _ask(case, deed)


def pre_read_button(row: Any, visit: shell.Visit) -> None:
    """Mark the pre-read of a review as sent."""
    if st.button("Mark pre-read as sent", key=f"pre-read-{row.review_id}"):
        st.dialog("Mark the pre-read as sent?")(_pre_read_form)(row, visit)


def _ask(case: Case, deed: Event) -> None:
    st.dialog(f"{_DEEDS[deed].format(case.noun)}?")(_item_form)(case, deed)


def _item_form(case: Case, deed: Event) -> None:
    st.html(_repeated(case))
    with st.form(f"noting-{deed}-{case.key}", border=False):
        decider = shell.decider(case.visit.viewer)
        note = st.text_area("Why" if deed == LEFT_OUT else "Note, if any", max_chars=2000)
        is_sent = st.form_submit_button(_DEEDS[deed].format(case.noun), type="primary")
    if is_sent:
        entries = [
            _Entry(str(row.review_id), str(row.item_id), deed, decider, note) for row in case.rows
        ]
        _record(case.visit, entries, lambda n: f"{words.counted(n, 'item')} {_TOLD_OF[deed]}.")


def _pre_read_form(row: Any, visit: shell.Visit) -> None:
    when = tables.day_and_hour(row.scheduled_at)
    st.html(
        tag(
            "div",
            tag("p", tag("b", tag("bdi", str(row.partner_name))), f", review of {when}"),
            tag("p", f"Due {words.moment(row.pre_read_due_at, visit.imprint.as_of)}"),
            class_="deciding",
        )
    )
    with st.form(f"noting-pre-read-{row.review_id}", border=False):
        decider = shell.decider(visit.viewer)
        note = st.text_area("To whom, if it matters", max_chars=2000)
        is_sent = st.form_submit_button("Mark the pre-read as sent", type="primary")
    if is_sent:
        entry = _Entry(str(row.review_id), None, "pre_read_sent", decider, note)
        _record(visit, [entry], lambda _: f"The pre-read for {row.partner_name} is marked as sent.")


def _repeated(case: Case) -> Html:
    """What is about to be noted: the item, or how many of which partner."""
    [first, *others] = case.rows
    partners = {str(row.partner_name) for row in case.rows}
    whose = (
        tag("bdi", next(iter(partners)))
        if len(partners) == 1
        else tag("span", words.counted(len(partners), "partner"))
    )
    if others:
        said = join([words.counted(len(case.rows), "item"), " of ", whose, "."])
        return tag("div", tag("p", said), class_="deciding")
    return tag("div", tag("p", tag("b", whose)), tag("p", str(first.text)), class_="deciding")


@dataclass(frozen=True)
class _Entry:
    """What somebody filled in of one item, or of a review's pre-read."""

    review_id: str
    item_id: str | None
    event: Event
    decided_by: str
    note: str


def _record(visit: shell.Visit, entries: Sequence[_Entry], told: Callable[[int], str]) -> None:
    """Write the entries; what cannot be written is said, and the rest stands."""
    written, refused = 0, []
    try:
        for entry in entries:
            try:
                record_review_event(
                    visit.settings,
                    decided_at=datetime.now(UTC).replace(tzinfo=None),
                    **asdict(entry),
                )
                written += 1
            except ReviewEventRefusedError as why:
                refused.append(str(why))
    except LedgerUnavailableError as error:
        refused.append(f"the rest was not recorded: {error}" if written else str(error))
    if written:
        also = f" {len(refused)} not: {refused[0]}." if refused else ""
        st.session_state[_TOLD] = told(written) + also
        st.rerun()
    said = f"Nothing was recorded: {refused[0]}."
    st.html(tag("p", said, class_="refused", role="alert"))
