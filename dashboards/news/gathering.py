"""Everything to tell of a version, and what of it is whose."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pandas as pd

from dashboards import words
from dashboards.access import Role
from dashboards.frames import records
from dashboards.news.changes import changed
from dashboards.news.item import PARTS, Item, Tone
from dashboards.news.state_of_data import day_after, state_of_data
from dashboards.news.waiting import waiting
from dashboards.queries.today import Before, Week
from warehouse.ledger import (
    Decision,
    FindingState,
    LedgerUnavailableError,
    ReviewEvent,
    decisions,
    finding_states,
    pre_reads_sent,
    review_events,
    states_in_force,
)
from warehouse.settings import Settings

REVIEW_ROLES: frozenset[Role] = frozenset({"admin", "head", "ops", "partner-manager"})
"""Whose business reviews are."""
_PRE_READ: Mapping[str, tuple[Tone, str]] = {
    "sent": ("good", "pre-read sent"),
    "sent_late": ("watch", "pre-read sent late"),
    "overdue": ("bad", "pre-read overdue"),
    "due": ("watch", "pre-read due"),
    "upcoming": ("none", "pre-read not due yet"),
    "not_sent": ("bad", "no pre-read"),
}


@dataclass(frozen=True)
class Ledger:
    """What people decided by the moment somebody reads of it."""

    decisions: tuple[Decision, ...] = ()
    finding_states: tuple[FindingState, ...] = ()
    review_events: tuple[ReviewEvent, ...] = ()
    trouble: str = ""
    """Why it cannot be read; states are then those the version was published with."""

    @property
    def length(self) -> tuple[int, ...]:
        """How many entries of each kind there are; none while it cannot be read."""
        if self.trouble:
            return ()
        return len(self.decisions), len(self.finding_states), len(self.review_events)


def read_ledger(settings: Settings, until: datetime | None = None) -> Ledger:
    """The entries in order of writing, for an older version those up to its publication."""

    def told(entries: Iterable[Any]) -> tuple[Any, ...]:
        return tuple(e for e in entries if until is None or e.decided_at <= until)

    try:
        return Ledger(
            told(decisions(settings)), told(finding_states(settings)), told(review_events(settings))
        )
    except LedgerUnavailableError as error:
        return Ledger(trouble=str(error))


def items(
    week: Week,
    before: Before | None,
    ledger: Ledger,
    names: Mapping[str, str],
    *,
    until: datetime | None = None,
) -> list[Item]:
    """Everything to tell, part by part; `until` ends the week of decisions, which else is that of
    the as-of date."""
    states = None if ledger.trouble else states_in_force(ledger.finding_states)
    week = _with_sent(week, ledger.review_events)
    decided_until = until or day_after(week).to_pydatetime()
    found = [
        *waiting(week, ledger.decisions, states),
        *changed(week, before, ledger.decisions, states, names=names, until=decided_until),
        *reviews(week),
        *state_of_data(week, before),
    ]
    return sorted(found, key=lambda item: PARTS.index(item.part))


def reviews(week: Week) -> list[Item]:
    """Business reviews of the two weeks to come, the first first."""
    if week.reviews is None:
        return []
    to_come = week.reviews[week.reviews["scheduled_at"] >= day_after(week)]
    found = []
    for row in records(to_come):
        tone, said = _PRE_READ.get(row.pre_read_state, ("none", ""))
        if row.pre_read_state in {"overdue", "due"}:
            said = f"{said} {words.moment(row.pre_read_due_at, week.imprint.as_of)}"
        found.append(
            Item(
                "reviews",
                "Business reviews",
                row.partner_name,
                said,
                "business-reviews",
                REVIEW_ROLES,
                {"review": row.review_id},
                value=f"{row.scheduled_at:%H:%M}",
                on=row.scheduled_at.date(),
                tone=tone,
                partner_id=row.partner_id,
                is_name=True,
            )
        )
    return found


def of_role(found: Iterable[Item], role: Role, pages: Collection[str]) -> list[Item]:
    """The items for somebody of a role, of the pages they may open."""
    return [item for item in found if role in item.audience and item.path in pages]


def _with_sent(week: Week, events: Iterable[ReviewEvent]) -> Week:
    """The week with the pre-reads that were marked as sent after it was published."""
    if week.reviews is None:
        return week

    sent = pre_reads_sent(events)
    now = [
        _sent_state(row, sent[row.review_id].decided_at)
        if row.review_id in sent and row.pre_read_state in {"overdue", "due", "upcoming"}
        else row.pre_read_state
        for row in records(week.reviews)
    ]
    return replace(
        week,
        reviews=week.reviews.assign(
            pre_read_state=pd.Series(now, index=week.reviews.index, dtype=object)
        ),
    )


def _sent_state(row: Any, at: datetime) -> str:
    return "sent" if at <= row.pre_read_due_at else "sent_late"
