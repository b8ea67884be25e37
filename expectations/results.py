from collections.abc import Iterable
from dataclasses import astuple, dataclass

import duckdb

from expectations.suites import Stage


@dataclass(frozen=True)
class CheckResult:
    """What one check of one dataset came to; the columns of `quality.checks`."""

    stage: Stage
    dataset: str
    """Schema and table: `raw.crm__opportunities`."""
    check_name: str
    column_name: str
    is_blocking: bool
    passed: bool
    observed: str
    message: str
    """One line: dataset, rule, expected, observed."""


def blocking_failures(results: Iterable[CheckResult]) -> list[str]:
    """The messages of the checks that keep the build from being published, in order."""
    return sorted(each.message for each in results if each.is_blocking and not each.passed)


def record(connection: duckdb.DuckDBPyConnection, results: Iterable[CheckResult]) -> None:
    """Write the results to `quality.checks` in place of what their stages had there."""
    rows = [astuple(each) for each in results]
    for stage in sorted({row[0] for row in rows}):
        connection.execute("delete from quality.checks where stage = ?", [stage])
    if rows:
        connection.executemany("insert into quality.checks values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
