"""Audits: is this load plausible at all, and are these marts fit to be seen?"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Thread

import duckdb
import pandas as pd

from expectations.docs import write_docs
from expectations.frames import Frames, mart_frames, raw_frames
from expectations.results import CheckResult, blocking_failures, record
from expectations.suites import Stage, Suite, load_suites
from warehouse.snapshots import HISTORY_COLUMNS

__all__ = ["CheckResult", "audit", "blocking_failures", "preload", "record"]


def audit(
    stage: Stage,
    connection: duckdb.DuckDBPyConnection,
    *,
    docs_dir: Path,
    history: pd.DataFrame | None = None,
    previous: duckdb.DuckDBPyConnection | None = None,
) -> list[CheckResult]:
    """Judge every dataset of a stage and write the Data Docs of it under `docs_dir`.

    `connection` is to the build database and only read. Raw loads are held against `history`,
    the files of versions published up to this as-of (`load_volumes` says which columns); marts
    against `previous`, the last such version. Absent extracts are left out. Sorted by dataset,
    checks in the order of their suite.
    """
    ((run_id, as_of),) = connection.execute(
        "select run_id, as_of::varchar from quality.run"
    ).fetchall()
    if stage == "raw":
        known = pd.DataFrame(columns=HISTORY_COLUMNS) if history is None else history
        judged = _extracts(connection, known)
    else:
        judged = _marts(connection, previous)
    results = list(_import_judge()(judged))
    write_docs(docs_dir, run_id, stage, as_of, results)
    return results


def preload() -> None:
    """Begin to import Great Expectations, so that the seconds it takes pass beside other work."""
    Thread(target=_import_judge, name="import great_expectations").start()


def _import_judge() -> Callable[[Iterable[tuple[Suite, Frames]]], Iterator[CheckResult]]:
    from expectations.judging import judge  # noqa: PLC0415

    return judge


def _extracts(
    connection: duckdb.DuckDBPyConnection, history: pd.DataFrame
) -> Iterator[tuple[Suite, Frames]]:
    for suite in load_suites("raw").values():
        frames = raw_frames(connection, suite, history)
        if frames is not None:
            yield suite, frames


def _marts(
    connection: duckdb.DuckDBPyConnection, previous: duckdb.DuckDBPyConnection | None
) -> Iterator[tuple[Suite, Frames]]:
    for suite in load_suites("marts").values():
        yield suite, mart_frames(connection, suite, previous)
