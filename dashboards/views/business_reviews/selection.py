"""Where each review and item stands with what people noted since, and which a reader asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import pandas as pd

from warehouse.ledger import ReviewEvent, items_in_force, pre_reads_sent

UPCOMING, HELD, MISSED = "Upcoming", "Held", "Missed"
STATES = (UPCOMING, HELD, MISSED)

ROADMAP, RISK, ASK, ACTION, WIN = "Roadmap", "Risks", "Asks", "Actions", "Wins"
KINDS = {"action": ACTION, "ask": ASK, "risk": RISK, "roadmap": ROADMAP, "win": WIN}
"""Kinds of items in the order a review goes through them: what was promised first."""

SOON = timedelta(days=14)
"""What counts as coming up."""

WAITING = ("overdue", "due")
"""States of a pre-read that somebody has to send."""

CARRIED: Final = "carried"
LEFT_OUT: Final = "left_out"
DONE: Final = "done"


@dataclass(frozen=True)
class Notes:
    """What people noted of reviews and items, in order of writing."""

    entries: Sequence[ReviewEvent]

    @property
    def closed(self) -> tuple[str, ...]:
        """Items that somebody marked as done."""
        return tuple(
            sorted(key for key, e in items_in_force(self.entries).items() if e.event == DONE)
        )


def with_notes(reviews: pd.DataFrame, notes: Notes | None) -> pd.DataFrame:
    """The reviews plus `noted`: who said that the pre-read was sent, None where nobody did.

    A pre-read that somebody marked as sent since the version was published is sent, in time or
    late. Without a ledger to ask (`None`) reviews stand as they were published.
    """
    sent = {} if notes is None else pre_reads_sent(notes.entries)
    noted = pd.Series(
        [sent.get(key) for key in reviews["review_id"]], index=reviews.index, dtype="object"
    )
    is_news = noted.notna() & reviews["pre_read_sent_at"].isna()
    if not is_news.any():
        return reviews.assign(noted=noted)
    at = pd.Series(
        [entry.decided_at if news else pd.NaT for entry, news in zip(noted, is_news, strict=True)],
        index=reviews.index,
        dtype="datetime64[us]",
    )
    is_late = at.gt(reviews["pre_read_due_at"])
    return reviews.assign(
        noted=noted,
        pre_read_sent_at=reviews["pre_read_sent_at"].fillna(at),
        pre_read_state=reviews["pre_read_state"]
        .mask(is_news & ~is_late, "sent")
        .mask(is_news & is_late, "sent_late"),
    )


def items_with_notes(items: pd.DataFrame, notes: Notes | None) -> pd.DataFrame:
    """The items plus `entry`: what somebody made of each, None where nobody did.

    `made` is carried, left_out, done or None, live or as it was published.
    """
    if notes is None:
        made = items["ledger_state"].astype("object")
        return items.assign(entry=None, made=made.where(made.notna(), None))
    last = items_in_force(notes.entries)
    entries = [last.get(key) for key in items["item_id"]]
    return items.assign(
        entry=pd.Series(entries, index=items.index, dtype="object"),
        made=pd.Series(
            [None if entry is None else entry.event for entry in entries],
            index=items.index,
            dtype="object",
        ),
    )


def comes_along(items: pd.DataFrame) -> pd.DataFrame:
    """The items that are not left out or done since the version was published."""
    return items[~items["made"].isin([LEFT_OUT, DONE])]


@dataclass(frozen=True)
class Filters:
    """What a reader asked for."""

    state: str = UPCOMING
    search: str = ""

    @property
    def said(self) -> list[str]:
        """The filters that leave something out of a list, in words."""
        return [f"“{self.search.strip()}”"] if self.search.strip() else []


def select(reviews: pd.DataFrame, filters: Filters) -> pd.DataFrame:
    """The reviews asked for: what comes in its order, what was the latest first."""
    keep = reviews["state"].eq(filters.state.lower())
    needle = filters.search.strip().casefold()
    if needle:
        found = pd.Series(False, index=reviews.index)
        for column in ("partner_name", "partner_manager", "partner_id", "review_id", "attendees"):
            texts = reviews[column].fillna("").astype(str).str.casefold()
            found |= texts.str.contains(needle, regex=False)
        keep &= found
    return reviews[keep].sort_values(
        ["scheduled_at", "review_id"],
        ascending=filters.state == UPCOMING,
        kind="stable",
        ignore_index=True,
    )


def soon(reviews: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The reviews of the two weeks after the as-of date."""
    end = datetime.combine(as_of + timedelta(days=1), datetime.min.time()) + SOON
    return reviews[reviews["state"].eq("upcoming") & reviews["scheduled_at"].lt(end)]
