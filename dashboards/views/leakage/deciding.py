"""Acknowledging, resolving and reopening leaks: the dialog, and the entries in the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboards import shell, words
from dashboards.access import Viewer
from dashboards.markup import Html, join, tag
from dashboards.views.leakage import tables
from dashboards.views.leakage.selection import ACKNOWLEDGED, OPEN, RESOLVED
from warehouse.ledger import (
    FindingStateRefusedError,
    LedgerUnavailableError,
    record_finding_state,
)
from warehouse.ledger.findings import State
from warehouse.settings import Settings

AT_ONCE = 200
"""So many leaks are judged together at most."""

_TOLD = "told-of-leaks"
_VERBS: dict[State, str] = {
    "acknowledged": "Acknowledge",
    "resolved": "Resolve",
    "reopened": "Reopen",
}
DEEDS: dict[str, tuple[State, ...]] = {
    OPEN: ("acknowledged", "resolved"),
    ACKNOWLEDGED: ("resolved", "reopened"),
    RESOLVED: ("reopened",),
}
"""What can be made of a leak, by where it stands."""


@dataclass(frozen=True)
class Case:
    """The leaks that are judged together: one, or all of a list."""

    rows: Sequence[Any]
    settings: Settings
    currency: str
    viewer: Viewer

    @property
    def noun(self) -> str:
        """This leak, these 12 leaks."""
        return "this leak" if len(self.rows) == 1 else f"these {words.count(len(self.rows))} leaks"

    @property
    def key(self) -> str:
        """Of the widgets about it."""
        return self.rows[0].finding_id if len(self.rows) == 1 else "all"


def buttons(case: Case, state: str) -> None:
    """What can be made of leaks that stand at `state`."""
    with st.container(
        horizontal=True, horizontal_alignment="right", vertical_alignment="center", gap="small"
    ):
        for deed in DEEDS[state]:
            is_one = len(case.rows) == 1
            label = _VERBS[deed] if is_one else f"{_VERBS[deed]} {case.noun}"
            kind = "secondary" if deed == DEEDS[state][0] and is_one else "tertiary"
            if st.button(label, key=f"{deed}-{case.key}", type=kind):  # type: ignore[arg-type]
                st.dialog(f"{_VERBS[deed]} {case.noun}?")(_form)(case, deed)


def tell() -> None:
    """Say what the run before this one recorded."""
    told = st.session_state.pop(_TOLD, None)
    if told:
        st.toast(told, icon=":material/check:")


def _form(case: Case, deed: State) -> None:
    st.html(_repeated(case))
    with st.form(f"judging-{deed}-{case.key}", border=False):
        decider = shell.decider(case.viewer)
        label = "How it was resolved" if deed == "resolved" else "Note, if any"
        note = st.text_area(label, max_chars=2000)
        if deed == "resolved":
            st.caption("It stays listed as resolved for as long as the data shows the leak.")
        is_sent = st.form_submit_button(f"{_VERBS[deed]} {case.noun}", type="primary")
    if is_sent:
        _record(case, deed, decider, note)


def _repeated(case: Case) -> Html:
    """What is about to be judged: the leak, or how many of which amount."""
    [first, *others] = case.rows
    total = sum(int(row.amount_cents) for row in case.rows)
    amount = tag("b", words.exact(total, case.currency))
    if not others:
        shown = amount if first.has_amount else tag("span", "no amount")
        parts = [shown, tag("b", first.label)]
        if not words.is_absent(first.partner_id):
            parts.append(tag("bdi", str(first.partner_name)))
        lines = [tag("p", join(parts, " · "))]
        if not words.is_absent(first.evidence):
            lines.append(tag("p", str(first.evidence)))
        lines.append(tag("p", tables.of_what(first), class_="quiet"))
        return tag("div", *lines, class_="deciding")
    checks = sorted({str(row.label) for row in case.rows})
    named = words.listed(checks[:3] if len(checks) < 4 else [*checks[:3], "others"])
    said = join([amount, f" in {words.counted(len(case.rows), 'leak')}: {named}."])
    return tag("div", tag("p", said), class_="deciding")


def _record(case: Case, deed: State, decider: str, note: str) -> None:
    """Write an entry for each leak; what cannot be written is said, and the rest stands."""
    written, refused = 0, []
    try:
        for row in case.rows:
            try:
                record_finding_state(
                    case.settings,
                    finding_id=row.finding_id,
                    state=deed,
                    decided_by=decider,
                    decided_at=datetime.now(UTC).replace(tzinfo=None),
                    note=note,
                    amount_cents=int(row.amount_cents) if row.has_amount else None,
                )
                written += 1
            except FindingStateRefusedError as why:
                refused.append(str(why))
    except LedgerUnavailableError as error:
        refused.append(f"the rest was not recorded: {error}" if written else str(error))
    if written:
        st.session_state[_TOLD] = _told(deed, written, refused)
        st.rerun()
    st.html(tag("p", _sentence(refused[0]), class_="refused", role="alert"))


def _told(deed: State, written: int, refused: Sequence[str]) -> str:
    done = f"{words.counted(written, 'leak')} {deed}."
    return done if not refused else f"{done} {len(refused)} not: {refused[0]}."


def _sentence(reason: str) -> str:
    return f"Nothing was recorded: {reason}."
