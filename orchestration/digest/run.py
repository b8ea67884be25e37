"""One run of sending, as the command, the sensors and the job have it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from dashboards.queries.published import Edition, current_edition
from orchestration.digest import refusals, telling
from orchestration.digest.recipients import recipients
from orchestration.digest.refusals import Refusal
from orchestration.digest.sending import ATTEMPTS, PAUSE, Parcel, Told, deliver
from orchestration.week import last_whole
from warehouse.ledger import Envelope, last_steps, sent_messages
from warehouse.settings import Settings
from warehouse.snapshots import NotPublishedError, versions

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


def untold(settings: Settings, version: str) -> set[Envelope]:
    """What is sent of a version to whom nothing of its week was sent. Raises as `parcels` does.

    What failed counts as sent while it can be tried again: its version is still kept.
    """
    kept = {each.name for each in versions(settings)}
    told = {
        step.envelope._replace(about=version)
        for step in last_steps(sent_messages(settings)).values()
        if step.kind == "digest"
        and _week(step.about) == _week(version)
        and (step.about in kept or not step.is_open(ATTEMPTS))
    }
    return envelopes(settings, version) - told


def send_digest(
    settings: Settings,
    now: Clock,
    version: str | None = None,
    *,
    pause: timedelta = timedelta(0),
    whom: Literal["everybody", "untold", "failed"] = "everybody",
) -> Iterator[Told]:
    """Send the digests of a version to whom they were not sent yet. Raises as `parcels` does.

    What failed is sent again once it rested for `pause`, times the attempts so far. By `whom` they
    go to who was told nothing of the week alone, or to whom sending them failed.
    """
    edition = _edition(settings, version)
    found = parcels(settings, edition.version)
    if whom == "everybody":
        return deliver(settings, found, now, pause=pause)
    meant = (
        untold(settings, edition.version)
        if whom == "untold"
        else set(last_steps(sent_messages(settings)))
    )
    return deliver(settings, (each for each in found if each.envelope in meant), now, pause=pause)


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


def _week(version: str) -> date:
    """The week of a version, by the as-of date that its name begins with."""
    return last_whole(date.fromisoformat(version[: len("2026-11-15")]))


def _edition(settings: Settings, version: str | None) -> Edition:
    served = current_edition(settings)
    if served is None:
        raise NotPublishedError(
            f"{settings.home}: nothing is published yet; run `scorecards refresh`"
        )
    return served if version is None else replace(served, version=version)
