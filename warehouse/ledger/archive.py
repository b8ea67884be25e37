"""The whole ledger as a file of JSON lines, for either database, and back into an empty one."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, func, insert, inspect, select
from sqlalchemy.exc import IntegrityError

from warehouse.files import write_atomically
from warehouse.ledger.database import reading, writing
from warehouse.ledger.tables import metadata
from warehouse.settings import Settings

FORMAT = 1
"""Of the file; its first line says so and its last how many entries it holds."""


class NotRestorableError(Exception):
    """The file is no whole backup, or the ledger is not empty; says which in a line."""


def backup(settings: Settings, file: Path) -> dict[str, int]:
    """Write every entry, as of one moment, to `file`; returns how many of each table.

    An older file of that name is replaced once the new one is whole.
    Raises LedgerUnavailableError.
    """
    counts = dict.fromkeys(_TABLES, 0)
    lines = [json.dumps({"ledger": FORMAT})]
    with reading(settings) as connection:
        if connection is not None:
            for name, row in _entries(connection):
                counts[name] += 1
                lines.append(json.dumps({name: row}, default=str))
    lines.append(json.dumps({"end": counts}))
    write_atomically(file, "\n".join(lines) + "\n")
    return counts


def restore(settings: Settings, file: Path) -> dict[str, int]:
    """Put a backup's entries into a ledger without any, all or none; returns how many of each.

    Raises NotRestorableError, LedgerUnavailableError, OSError.
    """
    rows = _read(file)
    with writing(settings) as connection:
        for table in _TABLES.values():
            if connection.scalar(select(func.count()).select_from(table)):
                raise NotRestorableError(
                    f"{table.name} has entries; a backup is restored into an empty ledger only"
                )
        try:
            for name, entries in rows.items():
                if entries:
                    connection.execute(insert(_TABLES[name]), entries)
        except IntegrityError as error:
            raise NotRestorableError(f"{file}: holds what no ledger would: {error.orig}") from error
    return {name: len(entries) for name, entries in rows.items()}


_TABLES = {table.name: table for table in metadata.sorted_tables}


def _entries(connection: Connection) -> Iterator[tuple[str, dict[str, Any]]]:
    present = inspect(connection).get_table_names()
    for name, table in _TABLES.items():
        if name not in present:
            continue  # of a ledger that nobody wrote in since the product has it
        for row in connection.execute(select(table).order_by(*table.primary_key.columns)):
            yield name, dict(row._mapping)


def _read(file: Path) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in _TABLES}
    try:
        first, *entries, last = map(json.loads, file.read_text("utf-8").splitlines())
        if first != {"ledger": FORMAT}:
            raise NotRestorableError(f"{file}: is no backup of a ledger in format {FORMAT}")
        for entry in entries:
            [(name, row)] = entry.items()
            rows[name].append(_typed(name, row))
        # A file of an older product does not know of every table.
        counted = dict.fromkeys(_TABLES, 0) | last["end"] if set(last) == {"end"} else {}
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise NotRestorableError(f"{file}: is not a whole backup of a ledger") from error
    if counted != {name: len(entries) for name, entries in rows.items()}:
        raise NotRestorableError(f"{file}: breaks off; its last line does not count its entries")
    return rows


def _typed(name: str, row: dict[str, Any]) -> dict[str, Any]:
    columns = _TABLES[name].columns
    if set(row) != set(columns.keys()):
        raise ValueError(f"{name}: other columns")
    return {key: _value(columns[key], value) for key, value in row.items()}


def _value(column: "Column[Any]", value: Any) -> Any:
    if value is None or column.type.python_type not in (date, datetime):
        return value
    return column.type.python_type.fromisoformat(value)
