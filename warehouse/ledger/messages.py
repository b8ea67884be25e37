"""What was sent to whom, so that nobody is told twice."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import Connection, func, insert, select

from warehouse.ledger.database import reading, writing
from warehouse.ledger.tables import sent_messages_table
from warehouse.settings import Settings

Kind = Literal["digest", "refused", "late"]
Channel = Literal["mail", "chat"]
State = Literal["claimed", "sent", "failed"]


class Envelope(NamedTuple):
    """One message to one address: what is sent once at most.

    `about` is the version of a digest, or the event of an alert; `manager` is whose partners it is
    about, empty where it is about no manager's. Mail addresses and managers are in lower case.
    """

    kind: Kind
    about: str
    audience: str
    channel: Channel
    address: str
    manager: str = ""


@dataclass(frozen=True)
class SentMessage:
    """One entry: a step of sending a message. `at` is UTC without a zone.

    A message is claimed before it leaves and sent or failed afterwards. One that stays claimed
    may have arrived or not, and is not sent again.
    """

    entry_id: int
    kind: Kind
    about: str
    audience: str
    channel: Channel
    address: str
    manager: str
    attempt: int
    state: State
    at: datetime
    note: str | None

    @property
    def envelope(self) -> Envelope:
        """The message it is a step of."""
        return Envelope(
            self.kind, self.about, self.audience, self.channel, self.address, self.manager
        )

    def is_open(self, attempts: int) -> bool:
        """Whether it surely did not arrive and was tried less than `attempts` times."""
        return self.state == "failed" and self.attempt < attempts

    def rests_until(self, pause: timedelta) -> datetime:
        """When what failed is tried again: after `pause`, times the attempts so far."""
        return self.at + pause * self.attempt


def claim(
    settings: Settings,
    envelope: Envelope,
    *,
    at: datetime,
    attempts: int,
    pause: timedelta = timedelta(0),
) -> int | None:
    """Take a message on, before it is sent; which attempt it is, or None where it is not to be.

    A message is taken on once, and again after each failure until `attempts` failed, not before
    it rested for `pause`, times the attempts so far. Raises LedgerUnavailableError.
    """
    with writing(settings) as connection:
        last = _last(connection, envelope)
        if last is not None and (not last.is_open(attempts) or last.rests_until(pause) > at):
            return None
        attempt = 1 if last is None else last.attempt + 1
        _append(connection, envelope, attempt, "claimed", at=at)
    return attempt


def settle(
    settings: Settings, envelope: Envelope, attempt: int, failure: str | None, *, at: datetime
) -> None:
    """Say how an attempt ended: sent, or why it failed for sure. Raises LedgerUnavailableError."""
    with writing(settings) as connection:
        state: State = "sent" if failure is None else "failed"
        _append(connection, envelope, attempt, state, at=at, note=failure)


def sent_messages(settings: Settings) -> list[SentMessage]:
    """Every entry, in order of writing. Raises LedgerUnavailableError."""
    with reading(settings, sent_messages_table) as connection:
        if connection is None:
            return []
        rows = connection.execute(
            select(sent_messages_table).order_by(sent_messages_table.c.entry_id)
        )
        return [SentMessage(**row._mapping) for row in rows]


def last_steps(entries: Iterable[SentMessage]) -> dict[Envelope, SentMessage]:
    """How far each message got, of entries in order of writing."""
    return {entry.envelope: entry for entry in entries}


def _last(connection: Connection, envelope: Envelope) -> SentMessage | None:
    columns = sent_messages_table.c
    row = connection.execute(
        select(sent_messages_table)
        .where(*(columns[name] == value for name, value in envelope._asdict().items()))
        .order_by(columns.entry_id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else SentMessage(**row._mapping)


def _append(
    connection: Connection,
    envelope: Envelope,
    attempt: int,
    state: State,
    *,
    at: datetime,
    note: str | None = None,
) -> None:
    last = connection.scalar(select(func.max(sent_messages_table.c.entry_id)))
    entry = SentMessage((last or 0) + 1, *envelope, attempt, state, at, note)
    connection.execute(insert(sent_messages_table), asdict(entry))
