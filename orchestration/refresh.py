"""One refresh from beginning to end, as the command runs it: Dagster's job, in this process."""

import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import uuid4

from orchestration.build import AS_OF_TAG
from orchestration.environment import enter
from orchestration.inputs import require_usable
from orchestration.progress import Reporter
from warehouse.lock import refresh_lock
from warehouse.settings import Settings


@dataclass(frozen=True)
class Outcome:
    """What a refresh came to: a version, or the reasons why there is none."""

    version: str | None
    is_new: bool = False
    is_served: bool = False
    reasons: tuple[str, ...] = ()
    is_interrupted: bool = False


def refresh(settings: Settings, as_of: date, report: Reporter, *, is_full: bool = False) -> Outcome:
    """Land, audit, build, audit and publish the extracts as they stand, as of the end of `as_of`.

    `is_full` lands every file again, whatever landed before. Whatever happens, what was served
    before is served until a new version is published whole.
    Raises UnusableInputError before anything is written, RefreshUnderWayError where another
    refresh holds the home.
    """
    require_usable(settings)
    settings = enter(settings)
    with refresh_lock(settings):
        if is_full:
            _forget_landings(settings)
        return _run(settings, as_of, report)


def _run(settings: Settings, as_of: date, report: Reporter) -> Outcome:
    # Imported here: they take seconds, and no other command needs them.
    from dagster import DagsterInstance  # noqa: PLC0415

    from expectations.runner import preload  # noqa: PLC0415
    from orchestration.definitions import load  # noqa: PLC0415
    from orchestration.defs.rhythm import REFRESH  # noqa: PLC0415
    from orchestration.run_events import RunDiary  # noqa: PLC0415

    preload()
    diary = RunDiary(report)
    run_id = str(uuid4())
    with _quiet(), DagsterInstance.get() as instance:
        job = load(settings).resolve_job_def(REFRESH)
        instance.add_event_listener(run_id, diary.take)
        job.execute_in_process(
            instance=instance,
            run_id=run_id,
            tags={AS_OF_TAG: as_of.isoformat()},
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            raise_on_error=False,
        )
    published = diary.published
    return Outcome(
        version=published.get("version"),
        is_new=bool(published.get("is new")),
        is_served=bool(published.get("is served")),
        reasons=tuple(diary.refusals or diary.failures),
        is_interrupted=diary.is_interrupted,
    )


def _forget_landings(settings: Settings) -> None:
    for folder in ("raw", "quarantine"):
        shutil.rmtree(settings.warehouse / folder, ignore_errors=True)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the tools' own chatter off our output; dbt's is in its log under home."""
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        redirect_stdout(nowhere),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield
