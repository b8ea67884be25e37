"""One run of sending, as the command, the sensors and the job have it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from dashboards.queries.published import Edition, current_edition
from orchestration.digest import telling
from orchestration.digest.recipients import recipients
from orchestration.digest.sending import Parcel, Told, deliver
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


def send_digest(settings: Settings, now: Clock, version: str | None = None) -> Iterator[Told]:
    """Send the digests of a version to whom they were not sent yet. Raises as `parcels` does."""
    return deliver(settings, parcels(settings, version), now)


def send_refusal(settings: Settings, now: Clock, reasons: Sequence[str]) -> Iterator[Told]:
    """Tell who runs the warehouse of a refresh that was refused. Raises UnusableInputError."""
    told = recipients(settings)
    return deliver(settings, telling.refused(settings, told, reasons, now()), now)


def send_lateness(settings: Settings, now: Clock) -> Iterator[Told]:
    """Tell who runs the warehouse where a week is late. Raises UnusableInputError."""
    return deliver(settings, telling.late(settings, recipients(settings), now()), now)


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
