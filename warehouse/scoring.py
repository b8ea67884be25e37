"""The scoring rules as a published version carries them: SQL to run again, and what it reads.

The schema `scoring` of a published file holds the compiled SQL of the models that follow from
policy alone (`models`) and the relations they read that are published nowhere else. A relation
goes by one name, `<schema>.<table>`, in the SQL as in the schema. Rows of a period are those of
the quarters and the latest week: what tiers are judged by.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

SCHEMA = "scoring"
"""Of a published file."""

PUBLISHED = ("marts", "policy", "quality")
"""Schemas of the build that a published file has as they are; what is in them is not copied."""


@dataclass(frozen=True)
class ScoringModel:
    """One model: its name, its query, and the relations that query reads."""

    name: str
    sql: str
    reads: tuple[str, ...]


def write_scoring(
    connection: duckdb.DuckDBPyConnection,
    models: Iterable[ScoringModel],
    *,
    build: str,
    target: str,
) -> None:
    """Write the models, in the order they run, and their inputs from one catalog to the other."""
    ordered = list(models)
    if not ordered:
        return
    connection.execute(f'create schema "{target}".{SCHEMA}')
    connection.execute(
        f'create table "{target}".{SCHEMA}.models '
        "(position integer, name varchar, sql varchar, reads varchar[])"
    )
    connection.executemany(
        f'insert into "{target}".{SCHEMA}.models values (?, ?, ?, ?)',
        [
            [position, model.name, model.sql, list(model.reads)]
            for position, model in enumerate(ordered)
        ],
    )
    [(latest_week,)] = connection.execute(
        f"select max(period_start) from \"{build}\".metrics.int_periods where period_kind = 'week'"
    ).fetchall()
    for name in sorted({model.name for model in ordered} | _read_by(ordered)):
        schema, _, table = name.partition(".")
        if schema in PUBLISHED:
            continue
        relation = f'"{build}"."{schema}"."{table}"'
        condition, parameters = judged_rows(connection, relation, latest_week)
        connection.execute(
            f'create table "{target}".{SCHEMA}."{name}" as '
            f"select * from {relation} where {condition} order by all",
            parameters,
        )


def judged_rows(
    connection: duckdb.DuckDBPyConnection, relation: str, latest_week: object
) -> tuple[str, list[object]]:
    """The condition, with its parameters, for the rows of a relation that tiers are judged by."""
    columns = {name for name, *_ in connection.execute(f"describe {relation}").fetchall()}
    if not {"period_kind", "period_start"} <= columns:
        return "true", []
    return "(period_kind = 'quarter' or period_start = ?)", [latest_week]


def _read_by(models: Iterable[ScoringModel]) -> set[str]:
    return {name for model in models for name in model.reads}
