"""Deciding: the dialog that repeats what is about to happen, and the entry in the ledger."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import streamlit as st

from dashboards import shell, words
from dashboards.access import Viewer
from dashboards.markup import Html, join, tag
from dashboards.views.tier_changes import cards
from warehouse.ledger import (
    AlreadyDecidedError,
    Decision,
    DecisionRefusedError,
    LedgerUnavailableError,
    record,
)
from warehouse.ledger.decisions import Action, Verdict
from warehouse.settings import Settings

_TOLD = "told"


@dataclass(frozen=True)
class Case:
    """One recommendation that can be decided, and the days it may hold from."""

    row: Any
    settings: Settings
    currency: str
    as_of: date
    from_day: date
    """The as-of date, or the day a later decision on the partner holds from."""
    lapses_on: date
    """What an exception is offered to lapse on: the day after the next quarter's end."""
    exception: Decision | None
    """The partner's exception that has not lapsed."""
    viewer: Viewer

    @property
    def change(self) -> str:
        """What approving does: Promote to Gold, Pause."""
        row = self.row
        to = (
            ""
            if words.is_absent(row.recommended_tier)
            else f" to {words.title(row.recommended_tier)}"
        )
        return f"{words.title(row.action)}{to if row.action in {'promote', 'demote'} else ''}"

    @property
    def noun(self) -> str:
        """What it is to reject or to defer: promotion, pause."""
        action = str(self.row.action)
        return {"promote": "promotion", "demote": "demotion"}.get(action, action)


def buttons(case: Case) -> None:
    """Approve, Reject, Defer and an exception; where nothing is to be decided, that alone."""
    row = case.row
    key = row.recommendation_id
    with st.container(
        horizontal=True, horizontal_alignment="right", vertical_alignment="center", gap="small"
    ):
        if row.action not in {"warn", "hold"}:
            if st.button("Approve", key=f"approve-{key}", type="primary"):
                _ask(case, "approved", f"{case.change}?", case.change)
            if st.button("Reject", key=f"reject-{key}"):
                _ask(case, "rejected", f"Reject the {case.noun}?", f"Reject the {case.noun}")
            if st.button("Defer", key=f"defer-{key}", type="tertiary"):
                _ask(case, "deferred", f"Defer the {case.noun}?", f"Defer the {case.noun}")
        if st.button("Exception", key=f"exception-{key}", type="tertiary"):
            _ask(case, "exception", "Grant an exception?", "Grant the exception")


def tell() -> None:
    """Say what the run before this one recorded."""
    told = st.session_state.pop(_TOLD, None)
    if told:
        st.toast(told, icon=":material/check:")


def _ask(case: Case, verdict: Verdict, title: str, deed: str) -> None:
    st.dialog(title)(_form)(case, verdict, deed)


def _form(case: Case, verdict: Verdict, deed: str) -> None:
    row = case.row
    st.html(
        tag(
            "div",
            tag("p", join([tag("b", tag("bdi", str(row.partner_name))), cards.change(row)], " ")),
            cards.why(row, case.as_of),
            tag("p", tag("b", "Cost a year "), " · ".join(cards.cost(row, case.currency))),
            class_="deciding",
        )
    )
    with st.form(f"deciding-{verdict}-{row.recommendation_id}", border=False):
        effective_on, expires_on = case.from_day, None
        if verdict in {"approved", "exception"}:
            effective_on = st.date_input(
                "Holds from", case.from_day, min_value=case.from_day, format="YYYY-MM-DD"
            )
        if verdict == "exception":
            st.caption("No change is recommended at a quarter end while it is in force.")
            expires_on = st.date_input(
                "Lapses on",
                case.lapses_on,
                min_value=case.from_day + timedelta(days=1),
                format="YYYY-MM-DD",
            )
        decider = shell.decider(case.viewer)
        is_needed = verdict in {"rejected", "deferred"}
        note = st.text_area("Note" if is_needed else "Note, if any", max_chars=2000)
        is_sent = st.form_submit_button(deed, type="primary")
    if is_sent:
        _record(case, Draft(verdict, deed, effective_on, expires_on, decider, note))


@dataclass(frozen=True)
class Draft:
    """What somebody filled in."""

    verdict: Verdict
    deed: str
    effective_on: date
    expires_on: date | None
    decided_by: str
    note: str


def _record(case: Case, draft: Draft) -> None:
    row = case.row
    is_move = draft.verdict != "exception"
    goes_to = row.recommended_tier if row.action in {"promote", "demote"} else None
    try:
        record(
            case.settings,
            recommendation=row.recommendation_id,
            partner_id=row.partner_id,
            verdict=draft.verdict,
            action=cast(Action, row.action) if is_move else None,
            from_tier=row.current_tier,
            to_tier=goes_to if is_move else None,
            effective_on=draft.effective_on,
            decided_by=draft.decided_by,
            decided_at=datetime.now(UTC).replace(tzinfo=None),
            note=draft.note,
            expires_on=draft.expires_on,
        )
    except AlreadyDecidedError as late:
        st.html(_somebody_else(late.by, row))
    except DecisionRefusedError as refused:
        st.html(_refused(f"{str(refused)[:1].upper()}{str(refused)[1:]}."))
    except LedgerUnavailableError as error:
        st.html(_refused(f"Nothing was recorded. {error}"))
    else:
        st.session_state[_TOLD] = f"{draft.deed}: recorded."
        st.rerun()


def _somebody_else(by: Decision, row: Any) -> Html:
    quoted = "" if by.note is None else f" “{by.note}”"
    when = words.moment(by.decided_at, row.quarter_end)
    said = (
        f"{by.decided_by} {by.verdict} this {when}.{quoted} "
        "Yours was not recorded; what you wrote is still above."
    )
    return _refused(said)


def _refused(sentence: str) -> Html:
    return join([tag("p", sentence, class_="refused", role="alert")])
