"""DuckDB connections: in UTC, without downloads."""

from pathlib import Path

import duckdb

BUILD_FILE = "scorecards.duckdb"
"""The database in a build's folder; one name, so that its catalog is named alike in every run."""

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "TimeZone": "UTC",
    "autoinstall_known_extensions": False,
}


def open_for_build(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a database to write it, creating it and its folder where they are not there.

    Raises duckdb.IOException where another process has it open.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    return duckdb.connect(path, config=_CONFIG)


def open_read_only(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a finished database to read it; any number of processes may."""
    return duckdb.connect(path, read_only=True, config=_CONFIG)


def open_in_memory() -> duckdb.DuckDBPyConnection:
    """Open an empty database that goes with the connection."""
    return duckdb.connect(config=_CONFIG)
