"""A version as a partner manager sees it: rows of the partners that are theirs, and of no others.

Nothing is shown unless it is known whose it is. A mart with a `partner_id` shows the rows of own
partners; a mart of things without one, those that own rows name; any other mart is empty. Of what
is known of the data, what holds rows or sums of all partners is empty too. The programme's rules
are everybody's.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from warehouse.connections import open_in_memory

REACHED: Mapping[str, str] = {"dim_opportunity": "opportunity_id", "dim_account": "account_id"}
"""Marts of things that several partners may share, and their keys."""

TOLD_TO_ALL = frozenset(
    {"checks", "columns", "definitions", "entities", "loads", "overlaps", "run", "snapshot"}
)
"""What is known of the data that is neither rows nor sums of other partners."""

NOT_OBSERVED = "null::varchar as observed, check_name as message"
"""In place of what `quality.checks` says in words: they tell sums over everybody's rows."""

Catalog = Mapping[tuple[str, str], frozenset[str]]
"""The columns of each published relation, by schema and name."""

_NAMED = re.compile(r'\b(marts|quality|policy)\."?(\w+)"?')


def open_own(
    version: Path, own: Sequence[str], catalog: Catalog, sql: str
) -> duckdb.DuckDBPyConnection:
    """A connection in which the relations that `sql` names are views of own partners' rows.

    Any other relation is not there at all. The caller closes it.
    """
    marts = {name: columns for (schema, name), columns in catalog.items() if schema == "marts"}
    connection = open_in_memory()
    try:
        quoted = str(version).replace("'", "''")
        connection.execute(f"attach '{quoted}' as everyone (read_only)")
        connection.execute("create schema roster")
        connection.execute("create table roster.own (partner_id varchar)")
        connection.execute("insert into roster.own select unnest(?::varchar[])", [list(own)])
        for schema in ("marts", "policy", "quality"):
            connection.execute(f"create schema {schema}")
        for schema, name in sorted(set(_NAMED.findall(sql)) & set(catalog)):
            rows = _rows(name, marts) if schema == "marts" else _known(schema, name)
            connection.execute(f'create view {schema}."{name}" as {rows}')
    except BaseException:
        connection.close()
        raise
    return connection


def _rows(mart: str, marts: Mapping[str, frozenset[str]]) -> str:
    columns = marts.get(mart, frozenset())
    if "partner_id" in columns:
        return _of_own(mart)
    if mart in REACHED:
        return _reached(mart, marts)
    return f'from everyone.marts."{mart}" where false'


def _known(schema: str, table: str) -> str:
    if (schema, table) == ("quality", "checks"):
        return f"select * replace ({NOT_OBSERVED}) from everyone.quality.checks"
    is_told = schema == "policy" or table in TOLD_TO_ALL
    return f'from everyone.{schema}."{table}"' + ("" if is_told else " where false")


def _of_own(mart: str) -> str:
    return f'from everyone.marts."{mart}" where partner_id in (from roster.own)'


def _reached(mart: str, marts: Mapping[str, frozenset[str]]) -> str:
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
