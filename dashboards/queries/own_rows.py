"""A version as a partner manager sees it: rows of the partners that are theirs, and of no others.

Nothing is shown unless it is known whose it is. A mart with a `partner_id` shows the rows of own
partners; a mart of things without one, those that own rows name; any other mart is empty. Of what
is known of the data, what holds rows or sums of all partners is empty too. The programme's rules
are everybody's.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import duckdb

from warehouse.connections import open_in_memory

REACHED: Mapping[str, str] = {"dim_opportunity": "opportunity_id", "dim_account": "account_id"}
"""Marts of things that several partners may share, and their keys."""

TOLD_TO_ALL = frozenset(
    {"checks", "columns", "definitions", "entities", "loads", "overlaps", "run", "snapshot"}
)
"""What is known of the data that is neither rows nor sums of other partners."""

Columns = Mapping[str, frozenset[str]]
"""The columns of each mart, by its name."""

_NAMED = re.compile(r'\b(marts|quality|policy)\."?(\w+)"?')


def open_own(
    version: Path, roster: Path, manager: str, marts: Columns, sql: str
) -> duckdb.DuckDBPyConnection:
    """A connection in which the relations that `sql` names are views of own rows.

    Own are the partners that the version at `roster` gives to the address `manager`, whatever its
    case. A relation outside the three published schemas is not there at all. The caller closes it.
    """
    connection = open_in_memory()
    try:
        connection.execute(f"attach {_literal(version)} as everyone (read_only)")
        _write_roster(connection, version, roster, manager)
        for schema in ("marts", "policy", "quality"):
            connection.execute(f"create schema {schema}")
        for schema, name in sorted(set(_NAMED.findall(sql)) & _relations(connection)):
            rows = _rows(name, marts) if schema == "marts" else _known(schema, name)
            connection.execute(f'create view {schema}."{name}" as {rows}')
    except BaseException:
        connection.close()
        raise
    return connection


def _write_roster(
    connection: duckdb.DuckDBPyConnection, version: Path, roster: Path, manager: str
) -> None:
    """Own partners by key; none where the version does not say whose partners are."""
    listed = "everyone"
    if roster != version:
        listed = "listed"
        connection.execute(f"attach {_literal(roster)} as listed (read_only)")
    connection.execute("create schema roster")
    connection.execute("create table roster.own (partner_id varchar)")
    [(says,)] = connection.execute(
        """
        select count(*)
        from duckdb_columns()
        where database_name = ?
            and schema_name = 'marts'
            and table_name = 'dim_partner'
            and column_name = 'partner_manager_email'
        """,
        [listed],
    ).fetchall()
    if says:
        connection.execute(
            f"""
            insert into roster.own
            select partner_id
            from {listed}.marts.dim_partner
            where lower(trim(partner_manager_email)) = nullif(lower(trim(?)), '')
            """,
            [manager],
        )
    if listed == "listed":
        connection.execute("detach listed")


def _relations(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    rows = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = 'everyone'"
    ).fetchall()
    return {(str(schema), str(name)) for schema, name in rows}


def _rows(mart: str, marts: Columns) -> str:
    columns = marts.get(mart, frozenset())
    if "partner_id" in columns:
        return _of_own(mart)
    if mart in REACHED:
        return _reached(mart, marts)
    return f'from everyone.marts."{mart}" where false'


def _known(schema: str, table: str) -> str:
    is_told = schema == "policy" or table in TOLD_TO_ALL
    return f'from everyone.{schema}."{table}"' + ("" if is_told else " where false")


def _of_own(mart: str) -> str:
    return f'from everyone.marts."{mart}" where partner_id in (from roster.own)'


def _reached(mart: str, marts: Columns) -> str:
    """Rows whose key stands in an own row of any mart; accounts also those of own deals."""
    key = REACHED[mart]
    named = [
        f"select {key} {_of_own(other)}"
        for other, columns in sorted(marts.items())
        if {"partner_id", key} <= columns
    ]
    named += [
        f"select {key} from ({_reached(other, marts)})"
        for other in REACHED
        if other != mart and key in marts.get(other, frozenset())
    ]
    union = " union all ".join(named) or f"select null::varchar as {key} where false"
    return f'from everyone.marts."{mart}" where {key} in ({union})'


def _literal(value: Path | str) -> str:
    quoted = str(value).replace("'", "''")
    return f"'{quoted}'"
