"""Published versions: immutable DuckDB files, and a pointer to the one that is served."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from warehouse.connections import open_in_memory, open_read_only
from warehouse.files import TEMPORARY, commit, write_atomically
from warehouse.identity import version_name
from warehouse.scoring import ScoringModel, write_scoring
from warehouse.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = 2
"""Shape of a published file; newer pages open every shape that was ever released."""

_POINTER = "current.json"
_PUBLISHED_SCHEMAS = ("marts", "policy", "quality")
HISTORY_COLUMNS = (
    "version",
    "as_of",
    "system",
    "entity",
    "path",
    "content_hash",
    "rows_accepted",
)
"""What `load_history` tells of each file."""


class NotPublishedError(Exception):
    """The version asked for is not there."""


@dataclass(frozen=True)
class Version:
    """One published version."""

    name: str
    as_of: date
    published_at: datetime
    path: Path


@dataclass(frozen=True)
class Definition:
    """What a column of a mart means; `column_name` is empty for the mart itself."""

    mart: str
    column_name: str
    description: str


@dataclass(frozen=True)
class Publication:
    """What publishing came to."""

    version: Version
    is_new: bool
    """False where the same inputs were published before: that file stands."""
    is_current: bool
    """False where a version with a later as-of is served and stays so."""


def current(settings: Settings) -> Version | None:
    """The version that is served, or None while nothing is published (or its file was removed)."""
    pointer = settings.published / _POINTER
    if not pointer.exists():
        return None
    name = json.loads(pointer.read_text(encoding="utf-8"))["version"]
    path = settings.published / f"{name}.duckdb"
    return _describe(path) if path.exists() else None


def versions(settings: Settings) -> list[Version]:
    """Every version kept, the latest as-of first; of one as-of, the last published first."""
    described = (_describe(path.resolve()) for path in settings.published.glob("*.duckdb"))
    return sorted(
        described,
        key=lambda version: (version.as_of, version.published_at, version.name),
        reverse=True,
    )


def open_version(settings: Settings, version: str | None = None) -> duckdb.DuckDBPyConnection:
    """Open a published version, by default the served one, to read.

    The caller closes the connection; until then it sees this version, whatever is published.
    Raises NotPublishedError where there is no such version.
    """
    if version is None:
        served = current(settings)
        if served is None:
            raise NotPublishedError(
                f"{settings.home}: nothing is published yet; run `scorecards refresh`"
            )
        return open_read_only(served.path)
    return open_read_only(version_file(settings, version))


def version_file(settings: Settings, version: str) -> Path:
    """The file of a published version. Raises NotPublishedError where there is none."""
    path = settings.published / f"{version}.duckdb"
    if path not in set(settings.published.glob("*.duckdb")):
        raise NotPublishedError(
            f"{settings.home}: no version {version}; `scorecards status --history` lists them"
        )
    return path


def publish(
    settings: Settings,
    build: Path,
    *,
    published_at: datetime,
    definitions: Iterable[Definition],
    scoring: Iterable[ScoringModel] = (),
) -> Publication:
    """Publish what the build database holds: marts, policy and quality, as one version.

    With `scoring` go the rules themselves, so that others can be tried (see `warehouse.whatif`).

    The version's file appears whole or not at all, and before the pointer names it. A version
    that is there already is kept as it is. An as-of earlier than the served one's is kept
    without being served. `published_at` is UTC without a zone. Versions that the policy's
    `snapshot_weeks_kept` does not keep (see `retained`) are removed.
    """
    settings.published.mkdir(parents=True, exist_ok=True)
    with open_read_only(build) as connection:
        name = version_name(connection)
        kept_weeks = _weeks_kept(connection)
    path = settings.published / f"{name}.duckdb"
    is_new = not path.exists()
    if is_new:
        _write_version(build, path, published_at, definitions, scoring)
    version = _describe(path)
    served = current(settings)
    is_current = served is None or version.as_of >= served.as_of
    if is_current:
        pointer = {"version": version.name, "as_of": version.as_of.isoformat()}
        write_atomically(settings.published / _POINTER, json.dumps(pointer) + "\n")
        served = version
    _retire(settings, kept_weeks, {version, served})
    return Publication(version, is_new, is_current)


def retained(published: Iterable[Version], kept_weeks: int) -> set[Version]:
    """The versions to keep: the last of each ISO week of as-of, for `kept_weeks` weeks back.

    Weeks are counted back from the latest as-of, that of the latest included.
    """
    by_time = sorted(
        published, key=lambda version: (version.as_of, version.published_at, version.name)
    )
    last_of_week = {_monday(version.as_of): version for version in by_time}
    return {
        version
        for monday, version in last_of_week.items()
        if (_monday(by_time[-1].as_of) - monday) // 7 < kept_weeks
    }


def load_history(settings: Settings, limit: int = 4, before: date | None = None) -> "pd.DataFrame":
    """The files that landed in the last `limit` published versions, newest version first.

    One version per as-of (the last published), none with an as-of later than `before`.
    Columns: version, as_of, system, entity, path, content_hash, rows_accepted; empty where
    nothing is published.
    """
    import pandas as pd  # noqa: PLC0415 - who only opens a version need not wait for it

    last_of_day: dict[date, Version] = {}
    for version in versions(settings):
        if before is None or version.as_of <= before:
            last_of_day.setdefault(version.as_of, version)
    rows: list[tuple[object, ...]] = []
    for version in list(last_of_day.values())[:limit]:
        with open_read_only(version.path) as connection:
            rows += connection.execute(
                """
                select ?, ?::date, system, entity, path, content_hash, rows_accepted
                from quality.loads
                where state = 'landed'
                order by system, entity, path
                """,
                [version.name, version.as_of],
            ).fetchall()
    return pd.DataFrame(rows, columns=list(HISTORY_COLUMNS))


def _write_version(
    build: Path,
    path: Path,
    published_at: datetime,
    definitions: Iterable[Definition],
    scoring: Iterable[ScoringModel],
) -> None:
    temporary = path.with_name(path.name + TEMPORARY)
    with open_in_memory() as connection:
        connection.execute(f"attach '{_quoted(temporary)}' as target")
        # Under the name it was built with: by that one its views find what they read.
        connection.execute(f"attach '{_quoted(build)}' as \"{build.stem}\" (read_only)")
        for schema in _PUBLISHED_SCHEMAS:
            connection.execute(f'create schema target."{schema}"')
            for table in _tables(connection, build.stem, schema):
                connection.execute(
                    f'create table target."{schema}"."{table}" as '
                    f'select * from "{build.stem}"."{schema}"."{table}" order by all'
                )
        write_scoring(connection, scoring, build=build.stem, target="target")
        _write_definitions(connection, definitions)
        _write_snapshot_row(connection, path.stem, published_at)
        connection.execute(f'detach "{build.stem}"')
        connection.execute("checkpoint target")
        connection.execute("detach target")
    commit(temporary, path)


def _tables(connection: duckdb.DuckDBPyConnection, catalog: str, schema: str) -> list[str]:
    rows = connection.execute(
        """
        select table_name from information_schema.tables
        where table_catalog = ? and table_schema = ?
        order by table_name
        """,
        [catalog, schema],
    ).fetchall()
    return [name for (name,) in rows]


def _write_definitions(
    connection: duckdb.DuckDBPyConnection, definitions: Iterable[Definition]
) -> None:
    connection.execute(
        "create table target.quality.definitions "
        "(mart varchar, column_name varchar, description varchar)"
    )
    rows = [(entry.mart, entry.column_name, entry.description) for entry in definitions]
    if rows:
        connection.executemany("insert into target.quality.definitions values (?, ?, ?)", rows)


def _write_snapshot_row(
    connection: duckdb.DuckDBPyConnection, version: str, published_at: datetime
) -> None:
    connection.execute(
        """
        create table target.quality.snapshot as
        with latest_week as (
            select max(period_start) as period_start, max(period_end) as period_end
            from target.marts.mart_scorecard_weekly
        ),
        latest_policy as (
            select max(policy_version) as policy_version
            from target.marts.fct_tier_score
            join latest_week using (period_end)
            where period_kind = 'week'
        )
        select
            ?::varchar as version,
            ?::integer as schema_version,
            as_of,
            period_start,
            period_end,
            ?::timestamp as published_at,
            policy_hash,
            policy_version,
            code_version
        from target.quality.run, latest_week, latest_policy
        """,
        [version, SCHEMA_VERSION, published_at],
    )


def _describe(path: Path) -> Version:
    return _read_description(path.resolve())


@cache
def _read_description(path: Path) -> Version:
    # Cached for good: a published file never changes under its name.
    with open_read_only(path) as connection:
        [(name, as_of, published_at)] = connection.execute(
            "select version, as_of, published_at from quality.snapshot"
        ).fetchall()
    return Version(name, as_of, published_at, path)


def _weeks_kept(build: duckdb.DuckDBPyConnection) -> int:
    [(weeks,)] = build.execute(
        """
        select value::integer
        from policy.settings, quality.run
        where
            setting = 'snapshot_weeks_kept'
            and valid_from <= as_of
            and (valid_to is null or as_of < valid_to)
        """
    ).fetchall()
    return int(weeks)


def _retire(settings: Settings, kept_weeks: int, needed: set[Version | None]) -> None:
    published = versions(settings)
    for version in set(published) - retained(published, kept_weeks) - needed:
        version.path.unlink(missing_ok=True)


def _monday(day: date) -> int:
    """The ordinal of the Monday of the day's ISO week."""
    return day.toordinal() - day.weekday()


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
