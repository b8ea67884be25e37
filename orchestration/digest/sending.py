"""Sending once: each message is claimed in the ledger before it leaves."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from orchestration.digest.channels import NotDeliveredError, UnsureError, send_chat, send_mail
from orchestration.digest.letters import Letter
from orchestration.digest.recipients import Recipient
from warehouse.ledger import Envelope, claim, settle
from warehouse.ledger.messages import Kind
from warehouse.settings import Settings

ATTEMPTS = 5
"""So often a message that surely did not arrive is tried, all runs together."""

PAUSE = timedelta(minutes=15)
"""What failed rests so long, times the attempts so far, before it is tried again by itself."""


@dataclass(frozen=True)
class Parcel:
    """A letter for somebody; `about` is the version or the event."""

    kind: Kind
    about: str
    recipient: Recipient
    letter: Letter

    @property
    def envelope(self) -> Envelope:
        """What of it is sent once."""
        return self.recipient.envelope(self.kind, self.about)


@dataclass(frozen=True)
class Told:
    """What became of a parcel in this run."""

    parcel: Parcel
    outcome: Literal["sent", "failed", "unsure", "before"]
    """`before`: it was sent, is being sent, rests or was given up, and was left alone."""
    note: str = ""

    @property
    def line(self) -> str:
        """It in words."""
        to = self.parcel.recipient
        said = {
            "sent": "sent",
            "failed": f"failed: {self.note}",
            "unsure": f"may have arrived, so it is not sent again: {self.note}",
            "before": "left alone: it was sent or tried before",
        }
        return (
            f"{self.parcel.kind} for {to.audience} by {to.channel} to {to.shown}: "
            + (said[self.outcome])
        )


def deliver(
    settings: Settings,
    parcels: Iterable[Parcel],
    now: Callable[[], datetime],
    *,
    pause: timedelta = timedelta(0),
) -> Iterator[Told]:
    """Send each parcel that was not sent yet, and tell what became of it; one failure stops none.

    A parcel is claimed before it leaves and settled once the other side has answered, so a crash
    between the two leaves it claimed: it may have arrived, and is never sent twice. What surely
    did not arrive is settled as failed and is sent by a later run, five times at most, once it
    rested for `pause`, times the attempts so far. `now` bears a zone. Raises
    LedgerUnavailableError, before which nothing of the parcel left.
    """
    for parcel in parcels:
        envelope = parcel.envelope
        attempt = claim(settings, envelope, at=_utc(now()), attempts=ATTEMPTS, pause=pause)
        if attempt is None:
            yield Told(parcel, "before")
            continue
        try:
            _send(settings, parcel, _utc(now()))
        except NotDeliveredError as error:
            note = f"{error} (attempt {attempt} of {ATTEMPTS})"
            settle(settings, envelope, attempt, str(error), at=_utc(now()))
            yield Told(parcel, "failed", note)
        except UnsureError as error:
            yield Told(parcel, "unsure", str(error))
        else:
            settle(settings, envelope, attempt, None, at=_utc(now()))
            yield Told(parcel, "sent")


def _send(settings: Settings, parcel: Parcel, at: datetime) -> None:
    if parcel.recipient.channel == "mail":
        send_mail(settings, parcel.recipient.address, parcel.envelope, parcel.letter, at)
    else:
        send_chat(parcel.recipient.address, parcel.letter.chat)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
