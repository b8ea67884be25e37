"""Whether the data can be trusted: checks that failed, extracts stale or missing, files refused."""

from collections.abc import Iterator
from datetime import timedelta

import pandas as pd

from dashboards import words
from dashboards.frames import records
from dashboards.news.item import Item
from dashboards.queries.today import Before, Week

_CHECK = ["stage", "dataset", "check_name", "column_name"]


def failed_checks(checks: pd.DataFrame, before: Before | None) -> Iterator[Item]:
    """Each check that failed, and whether it did so before."""
    known = set() if before is None else {_key(row) for row in records(before.checks)}
    for row in records(checks):
        again = (
            "" if before is None else (" again" if _key(row) in known else " for the first time")
        )
        yield Item(
            "data",
            "Checks",
            row.message.removeprefix(f"{row.dataset}: "),
            "failed" if before is None else f"failed{again}",
            "data-trust",
            value=row.dataset.removeprefix("raw.").replace("__", "."),
            tone="watch",
            is_name=True,
        )


def extracts(rows: pd.DataFrame) -> Iterator[Item]:
    """Extracts past their limit of age, then those that are needed and missing."""
    for row in records(rows[rows["is_stale"]]):
        yield Item(
            "data",
            "Freshness",
            f"{words.title(row.system)} {words.spelled(row.entity)}",
            f"{words.counted(int(row.age_days), 'day')} old, limit {row.freshness_window_days}",
            "data-trust",
            filters={"state": "Stale"},
            on=row.newest_at.date(),
            since="newest of",
            tone="watch",
        )
    for row in records(rows[~rows["is_present"] & rows["is_needed"]]):
        yield Item(
            "data",
            "Freshness",
            f"{words.title(row.system)} {words.spelled(row.entity)}",
            "missing, though figures need it",
            "data-trust",
            filters={"state": "Missing"},
            tone="bad",
        )


def refused(week: Week) -> Iterator[Item]:
    """Files and rows that were refused."""
    files, rows = len(week.refused_files), int(week.refused["rows_refused"].sum())
    if files:
        yield Item(
            "data",
            "Refused",
            words.counted(files, "file"),
            "refused whole",
            "data-trust",
            count=files,
            tone="bad",
        )
    if rows:
        yield Item(
            "data",
            "Refused",
            words.counted(rows, "row"),
            f"refused in {words.counted(len(week.refused), 'extract')}",
            "data-trust",
            count=rows,
        )


def state_of_data(week: Week, before: Before | None) -> Iterator[Item]:
    """Everything there is to say of the data."""
    yield from failed_checks(week.checks, before)
    yield from extracts(week.extracts)
    yield from refused(week)


def day_after(week: Week) -> pd.Timestamp:
    """The midnight that ends the as-of date."""
    return pd.Timestamp(week.imprint.as_of) + timedelta(days=1)


def _key(row: object) -> tuple[object, ...]:
    return tuple(str(getattr(row, name)) for name in _CHECK)
