"""One run of sending, as the command, the sensors and the job have it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dashboards.queries.published import Edition, current_edition
from orchestration.digest import refusals, telling
from orchestration.digest.recipients import recipients
from orchestration.digest.refusals import Refusal
from orchestration.digest.sending import ATTEMPTS, PAUSE, Parcel, Told, deliver
from warehouse.ledger import Envelope, last_steps, sent_messages
from warehouse.settings import Settings
from warehouse.snapshots import NotPublishedError

if TYPE_CHECKING:
    from dagster import DagsterInstance

Clock = Callable[[], datetime]


class _Silence:
    """A reporter that tells nobody."""

    def begin(self, stage: str, total: int | None) -> None:
        """Nothing."""

    def advance(self) -> None:
        """Nothing."""

    def end(self, told: str) -> None:
        """Nothing."""


def parcels(
    settings: Settings, version: str | None = None, audiences: Sequence[str] = ()
) -> Iterator[Parcel]:
    """The digests of a version, by default the served one, for whom the file names.

    Raises UnusableInputError, and NotPublishedError where nothing is published.
    """
    told = [each for each in recipients(settings) if not audiences or each.audience in audiences]
    return telling.digests(settings, _edition(settings, version), told)


def unreached(settings: Settings, version: str | None = None) -> list[str]:
    """A line for each who is told nothing of a version for want of an address.

    Raises as `parcels` does.
    """
    return list(telling.unreached(_edition(settings, version), recipients(settings)))


def envelopes(settings: Settings, version: str) -> set[Envelope]:
    """What is sent of a version, all told. Raises as `parcels` does."""
    told = telling.reached(_edition(settings, version), recipients(settings))
    return {recipient.envelope("digest", version) for recipient in told}


def send_digest(
    settings: Settings,
    now: Clock,
    version: str | None = None,
    *,
    pause: timedelta = timedelta(0),
    is_again: bool = False,
) -> Iterator[Told]:
    """Send the digests of a version to whom they were not sent yet. Raises as `parcels` does.

    What failed is sent again once it rested for `pause`, times the attempts so far; `is_again`
    sends nothing else, for nobody is to be told first of a week that is over.
    """
    to_send = parcels(settings, version)
    if is_again:
        begun = last_steps(sent_messages(settings))
        to_send = (parcel for parcel in to_send if parcel.envelope in begun)
    return deliver(settings, to_send, now, pause=pause)


def send_refusal(settings: Settings, now: Clock, reasons: Sequence[str]) -> Iterator[Told]:
    """Tell who runs the warehouse of a refresh that was refused. Raises UnusableInputError.

    It is kept until everybody was told or given up.
    """
    if settings.audiences is None:
        return
    said = tuple(reasons) or ("It broke without saying why; see Dagster's log.",)
    refusal = Refusal(now(), said)
    # A full disk refuses refreshes too, and is told of nevertheless.
    with suppress(OSError):
        refusals.keep(settings, refusal)
    yield from _tell(settings, now, refusal)


def send_alerts(settings: Settings, now: Clock) -> Iterator[Told]:
    """Tell who runs the warehouse where a week is late, and of refusals that did not arrive yet.

    Raises UnusableInputError.
    """
    late = telling.late(settings, recipients(settings), now())
    yield from deliver(settings, late, now, pause=PAUSE)
    for refusal in refusals.kept(settings):
        yield from _tell(settings, now, refusal)


def _tell(settings: Settings, now: Clock, refusal: Refusal) -> Iterator[Told]:
    told = list(telling.refused(settings, recipients(settings), refusal))
    yield from deliver(settings, told, now, pause=PAUSE)
    steps = last_steps(sent_messages(settings))
    if not any(steps[parcel.envelope].is_open(ATTEMPTS) for parcel in told):
        refusals.forget(settings, refusal)


def reasons_of(instance: "DagsterInstance", run_id: str) -> tuple[str, ...] | None:
    """Why a run was refused, as its events have it; None where somebody stopped it."""
    from orchestration.run_events import RunDiary  # noqa: PLC0415 - it brings dbt

    diary = RunDiary(_Silence())
    for entry in instance.all_logs(run_id):
        diary.take(entry)
    return None if diary.is_interrupted else tuple(diary.refusals or diary.failures)


def _edition(settings: Settings, version: str | None) -> Edition:
    served = current_edition(settings)
    if served is None:
        raise NotPublishedError(
            f"{settings.home}: nothing is published yet; run `scorecards refresh`"
        )
    return served if version is None else replace(served, version=version)
