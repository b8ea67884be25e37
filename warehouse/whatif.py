"""What if the rules were others: the portfolio scored again in memory, from a published version.

There is one implementation of the rules, the SQL of the build: a published file carries it
compiled (see `warehouse.scoring`), and here it runs over changed policy tables. Only what follows
from the change runs; everything else is read as it was published.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from warehouse.connections import open_in_memory
from warehouse.scoring import SCHEMA, ScoringModel, judged_rows

CHANGEABLE = ("criterion_weights", "rubric_bands", "tier_gates", "tier_movement")
"""The policy tables that reach a score or a tier through these models alone."""


class NoScoringError(Exception):
    """The published file carries no rules: an older version wrote it."""


@dataclass(frozen=True)
class Scoring:
    """The rules and inputs of one version, in memory. Any number of threads may rescore from it."""

    connection: duckdb.DuckDBPyConnection
    models: tuple[ScoringModel, ...]


@dataclass(frozen=True)
class Rescored:
    """The portfolio under changed rules. Tables that follow from none of the changes are today's."""

    connection: duckdb.DuckDBPyConnection
    ran: tuple[str, ...]
    """The models that ran again, in order."""

    def frame(self, sql: str) -> pd.DataFrame:
        """The rows of a query; a relation is named `"<schema>.<table>"`."""
        return self.connection.execute(sql).df()


def load(path: Path) -> Scoring:
    """Read the rules of a published file and what they need into memory.

    Raises NoScoringError where the file carries none.
    """
    connection = open_in_memory()
    quoted = str(path).replace("'", "''")
    connection.execute(f"attach '{quoted}' as published (read_only)")
    tables = {
        f"{schema}.{table}"
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'published'"
        ).fetchall()
    }
    if f"{SCHEMA}.models" not in tables:
        connection.close()
        raise NoScoringError(f"{path.stem} carries no scoring rules")
    models = tuple(
        ScoringModel(name, sql, tuple(reads))
        for name, sql, reads in connection.execute(
            f"select name, sql, reads from published.{SCHEMA}.models order by position"
        ).fetchall()
    )
    [(latest_week,)] = connection.execute(
        "select period_start from published.quality.snapshot"
    ).fetchall()
    for name in {model.name for model in models} | {name for m in models for name in m.reads}:
        schema, _, table = name.partition(".")
        relation = f'published."{schema}"."{table}"'
        if f"{SCHEMA}.{name}" in tables:
            relation = f'published.{SCHEMA}."{name}"'
        condition, parameters = judged_rows(connection, relation, latest_week)
        connection.execute(
            f'create table "{name}" as select * from {relation} where {condition}', parameters
        )
    connection.execute("detach published")
    return Scoring(connection, models)


def policy_table(scoring: Scoring, table: str) -> pd.DataFrame:
    """A policy table as it was published, each cell as in its CSV: text, None where empty."""
    columns = _columns(scoring.connection, f"policy.{table}")
    cells = ", ".join(f'cast("{name}" as varchar) as "{name}"' for name in columns)
    relation = scoring.connection.cursor().execute(f'select {cells} from "policy.{table}"')
    return relation.df().astype(object).where(lambda frame: frame.notna(), None)


def rescore(scoring: Scoring, changes: Mapping[str, pd.DataFrame]) -> Rescored:
    """Score again with these policy tables in place of the published ones.

    `changes` are whole tables by name, of `CHANGEABLE`, with the columns of their CSV; cells are
    text or values, None where empty. They are taken to be sound (see `warehouse.policy`).
    """
    if unknown := changes.keys() - set(CHANGEABLE):
        raise ValueError(f"not to be changed here: {', '.join(sorted(unknown))}")
    connection = scoring.connection.cursor()
    # Temporary tables go with the cursor, and stand before those of the same name.
    for table, frame in changes.items():
        _replace(connection, f"policy.{table}", frame)
    changed = {f"policy.{table}" for table in changes}
    ran = []
    for model in scoring.models:
        if changed & set(model.reads):
            connection.execute(f'create temp table "{model.name}" as {model.sql}')
            changed.add(model.name)
            ran.append(model.name)
    return Rescored(connection, tuple(ran))


def _replace(connection: duckdb.DuckDBPyConnection, name: str, frame: pd.DataFrame) -> None:
    columns = _columns(connection, name)
    cells = pa.table(
        {column: pa.array(_texts(frame[column].tolist()), pa.string()) for column in columns}
    )
    connection.register("changed_cells", cells)
    typed = ", ".join(
        f'cast("{column}" as {type_}) as "{column}"' for column, type_ in columns.items()
    )
    connection.execute(f'create temp table "{name}" as select {typed} from changed_cells')
    connection.unregister("changed_cells")


def _columns(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, str]:
    described = connection.cursor().execute(f'describe "{name}"').fetchall()
    return {column: type_ for column, type_, *_ in described}


def _texts(cells: Sequence[object]) -> list[str | None]:
    return [None if pd.isna(cell) else str(cell) for cell in cells]  # type: ignore[call-overload]
