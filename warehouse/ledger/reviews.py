"""Business reviews: that a pre-read was sent, and what people made of the items."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from warehouse.ledger.database import reading, writing
from warehouse.ledger.tables import in_words, review_events_table
from warehouse.settings import Settings

Event = Literal["pre_read_sent", "carried", "left_out", "done"]

_SAID: dict[Event, str] = {
    "pre_read_sent": "the pre-read of this review was marked as sent",
    "carried": "this item was carried over",
    "left_out": "this item was left out",
    "done": "this item was marked as done",
}


@dataclass(frozen=True)
class ReviewEvent:
    """One entry: of an item, or of a review's pre-read, the one written last counts.

    `review_id` is the review the item belongs to; `decided_at` is UTC without a zone.
    """

    event_id: int
    review_id: str
    item_id: str | None
    event: Event
    decided_by: str
    decided_at: datetime
    note: str | None


class ReviewEventRefusedError(ValueError):
    """This cannot be made of the review or the item as it stands; says why in words."""


def record_review_event(
    settings: Settings,
    *,
    review_id: str,
    event: Event,
    decided_by: str,
    decided_at: datetime,
    item_id: str | None = None,
    note: str | None = None,
) -> ReviewEvent:
    """Append that a pre-read was sent, or what somebody made of an item.

    A pre-read is sent once. An item may go from any state to any other, for people change their
    minds, but not twice in a row into the same one. Raises ReviewEventRefusedError,
    LedgerUnavailableError; the ledger then stands as it stood.
    """
    with writing(settings) as connection:
        _require_news(connection, review_id, item_id, event)
        last = connection.scalar(select(func.max(review_events_table.c.event_id)))
        entry = ReviewEvent(
            event_id=(last or 0) + 1,
            review_id=review_id,
            item_id=item_id,
            event=event,
            decided_by=decided_by.strip(),
            decided_at=decided_at,
            note=(note or "").strip() or None,
        )
        try:
            connection.execute(insert(review_events_table), asdict(entry))
        except IntegrityError as error:
            raise ReviewEventRefusedError(in_words(error)) from error
    return entry


def review_events(settings: Settings) -> list[ReviewEvent]:
    """Every entry, in order of writing. Raises LedgerUnavailableError."""
    with reading(settings, review_events_table) as connection:
        if connection is None:
            return []
        rows = connection.execute(
            select(review_events_table).order_by(review_events_table.c.event_id)
        )
        return [ReviewEvent(**row._mapping) for row in rows]


def items_in_force(entries: Iterable[ReviewEvent]) -> dict[str, ReviewEvent]:
    """The entry that counts for each item, of entries in order of writing."""
    return {entry.item_id: entry for entry in entries if entry.item_id is not None}


def pre_reads_sent(entries: Iterable[ReviewEvent]) -> dict[str, ReviewEvent]:
    """By review, the entry that says that its pre-read was sent."""
    return {entry.review_id: entry for entry in entries if entry.item_id is None}


def _require_news(
    connection: Connection, review_id: str, item_id: str | None, event: Event
) -> None:
    same = (
        review_events_table.c.item_id == item_id
        if item_id is not None
        else review_events_table.c.item_id.is_(None)
        & (review_events_table.c.review_id == review_id)
    )
    row = connection.execute(
        select(review_events_table)
        .where(same)
        .order_by(review_events_table.c.event_id.desc())
        .limit(1)
    ).one_or_none()
    if row is not None and row.event == event:
        raise ReviewEventRefusedError(
            f"{_SAID[event]} by {row.decided_by} at {row.decided_at:%Y-%m-%d %H:%M}"
        )
