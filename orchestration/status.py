"""What is published, how fresh it is, and what was refused on the way."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any

import duckdb

from warehouse.settings import Settings
from warehouse.snapshots import Version, current, open_version, versions


def status(settings: Settings, today: date) -> dict[str, Any]:
    """The served version and the health of what it was made of; JSON types only.

    `published` is None while nothing is.
    """
    served = current(settings)
    if served is None:
        return {"home": str(settings.home), "published": None}
    with open_version(settings) as connection:
        return {
            "home": str(settings.home),
            "published": _row(connection, "from quality.snapshot")
            | {"age_days": (today - served.as_of).days},
            "rows": _row(
                connection,
                """
                select
                    count(*) filter (where is_present)::integer as entities,
                    sum(rows_in)::bigint as rows_in,
                    sum(rows_accepted)::bigint as rows_accepted,
                    sum(rows_refused)::bigint as rows_refused
                from quality.entities
                """,
            ),
            "refused_files": _rows(
                connection,
                """
                select path, reason from quality.loads where state = 'refused' order by all
                """,
            ),
            "refused_rows": _rows(
                connection,
                """
                select system || '.' || entity as entity, rows_refused
                from quality.entities where rows_refused > 0 order by all
                """,
            ),
            "stale": _rows(
                connection,
                """
                select
                    system || '.' || entity as entity,
                    newest_at,
                    age_days,
                    freshness_window_days
                from quality.entities where is_stale order by all
                """,
            ),
            "failed_checks": _rows(
                connection,
                "select message from quality.checks where not passed order by all",
            ),
        }


def history(settings: Settings) -> list[dict[str, Any]]:
    """Every version kept, newest first, and in what it differs from the next older one.

    JSON types only. `differs_in` has as_of, code, policy, loads and, where none of these explains
    another version, decisions; it is empty of the oldest.
    """
    served = current(settings)
    kept = versions(settings)
    inputs = [_inputs(settings, version) for version in kept]
    differences = [
        [name for name, value in later.items() if value != earlier[name]] or ["decisions"]
        for later, earlier in pairwise(inputs)
    ]
    return [
        {
            "version": version.name,
            "as_of": version.as_of.isoformat(),
            "published_at": version.published_at.isoformat(),
            "is_served": version == served,
            "differs_in": differs_in,
        }
        for version, differs_in in zip(kept, [*differences, []], strict=False)
    ]


def _inputs(settings: Settings, version: Version) -> dict[str, object]:
    with open_version(settings, version.name) as connection:
        [(code, policy)] = connection.execute(
            "select code_version, policy_hash from quality.snapshot"
        ).fetchall()
        loads = connection.execute(
            "select system, entity, path, content_hash from quality.loads order by all"
        ).fetchall()
    return {"as_of": version.as_of, "code": code, "policy": policy, "loads": loads}


def in_words(told: dict[str, Any]) -> Iterator[str]:
    """The status as lines to read."""
    published = told["published"]
    if published is None:
        yield f"{told['home']}: nothing is published yet; run `scorecards refresh`"
        return
    rows = told["rows"]
    age = published["age_days"]
    yield f"Served     {published['version']}"
    yield f"As of      {published['as_of']} ({age} {'day' if age == 1 else 'days'} ago)"
    yield f"Week       that began on {published['period_start']}"
    yield f"Published  {published['published_at'][:16]} UTC"
    yield (
        f"Loaded     {rows['entities']} entities, {rows['rows_accepted']:,} of "
        f"{rows['rows_in']:,} rows accepted, {rows['rows_refused']:,} refused"
    )
    for load in told["refused_files"]:
        yield f"Refused    {load['path']}: {load['reason']}"
    for entity in told["refused_rows"]:
        yield f"Refused    {entity['entity']}: {entity['rows_refused']:,} rows"
    for entity in told["stale"]:
        yield (
            f"Stale      {entity['entity']}: newest {entity['newest_at']}, {entity['age_days']} "
            f"days old, {entity['freshness_window_days']} allowed"
        )
    for check in told["failed_checks"]:
        yield f"Check      {check['message']}"


def history_in_words(kept: list[dict[str, Any]]) -> Iterator[str]:
    """The versions as lines to read; a star marks the served one."""
    for version in kept:
        mark = "*" if version["is_served"] else " "
        differs = ", ".join(part.replace("_", "-") for part in version["differs_in"])
        published = version["published_at"][:16].replace("T", " ")
        yield f"{mark} {version['version']}  published {published} UTC" + (
            f"  other {differs}" if differs else ""
        )


def _row(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, Any]:
    return _rows(connection, query)[0]


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    result = connection.execute(query)
    names = [name for name, *_ in result.description or []]
    return [dict(zip(names, map(_json, row), strict=True)) for row in result.fetchall()]


def _json(value: Any) -> Any:
    return value if value is None or isinstance(value, int | float | str) else str(value)
