"""A mart of a published version as a file to take away, rows sorted, text harmless."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

import duckdb

from warehouse.files import TEMPORARY, commit

Format = Literal["csv", "parquet", "xlsx"]

FORMULA = r"^\s*[=+\-@＝＋－＠]|^[\t\r\n]"
"""How text begins that a spreadsheet may run as a formula; full-width forms count."""

_XLSX_ROWS = 1_048_575
_XLSX_BATCH = 10_000


class NotExportableError(Exception):
    """What was asked for cannot be exported; the message says why in one line."""


def export_mart(
    connection: duckdb.DuckDBPyConnection, mart: str, file_format: Format, out: Path
) -> int:
    """Write the mart to `out`, sorted by all its columns from the left; return its rows.

    CSV is UTF-8 with a header and empty nulls. In CSV an apostrophe stands before text that a
    spreadsheet would take for a formula; in XLSX such text is a quoted text cell. Parquet, which
    runs nothing, keeps text as it is. The file appears whole or not at all.
    Raises NotExportableError for an unknown mart, or more rows than a sheet holds.
    """
    columns = _columns(connection, mart)
    if not out.parent.is_dir():
        raise NotExportableError(f"{out.parent}: no such folder to write {out.name} to")
    temporary = out.with_name(out.name + TEMPORARY)
    writers: dict[Format, Callable[[], None]] = {
        "csv": lambda: _copy(connection, _neutralised(mart, columns), temporary, "csv, header"),
        "parquet": lambda: _copy(connection, _sorted(mart, "*"), temporary, "parquet"),
        "xlsx": lambda: _write_xlsx(connection, mart, columns, temporary),
    }
    try:
        writers[file_format]()
        commit(temporary, out)
    finally:
        temporary.unlink(missing_ok=True)
    return _rows(connection, mart)


def marts(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The marts of a published version, in name order."""
    rows = connection.execute(
        "select table_name from information_schema.tables where table_schema = 'marts' order by all"
    ).fetchall()
    return [name for (name,) in rows]


def _columns(connection: duckdb.DuckDBPyConnection, mart: str) -> dict[str, str]:
    known = marts(connection)
    if mart not in known:
        raise NotExportableError(f"{mart}: no such mart; there are {', '.join(known)}")
    described = connection.execute(f'describe marts."{mart}"').fetchall()
    return {name: type_name for name, type_name, *_ in described}


def _rows(connection: duckdb.DuckDBPyConnection, mart: str) -> int:
    [(rows,)] = connection.execute(f'select count(*) from marts."{mart}"').fetchall()
    return int(rows)


def _sorted(mart: str, columns: str) -> str:
    return f'select {columns} from (from marts."{mart}" order by all)'


def _neutralised(mart: str, columns: dict[str, str]) -> str:
    cells = (
        f"""if(regexp_matches("{name}", '{FORMULA}'), '''' || "{name}", "{name}") as "{name}\""""
        if type_name == "VARCHAR"
        else f'"{name}"'
        for name, type_name in columns.items()
    )
    return _sorted(mart, ", ".join(cells))


def _copy(connection: duckdb.DuckDBPyConnection, query: str, out: Path, options: str) -> None:
    place = str(out).replace("'", "''")
    connection.execute(f"copy ({query}) to '{place}' (format {options})")


def _write_xlsx(
    connection: duckdb.DuckDBPyConnection, mart: str, columns: dict[str, str], out: Path
) -> None:
    import xlsxwriter  # noqa: PLC0415 - most exports need none

    rows = _rows(connection, mart)
    if rows > _XLSX_ROWS:
        raise NotExportableError(
            f"{mart}: {rows} rows, and a sheet holds {_XLSX_ROWS}; take csv or parquet"
        )
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(str(out), options) as workbook:
        # Bytes must not depend on when they were written.
        workbook.set_properties({"created": datetime(2000, 1, 1)})
        heading = workbook.add_format({"bold": True})
        quoted = workbook.add_format({"quote_prefix": True})
        instant = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet = workbook.add_worksheet(mart[:31])
        sheet.freeze_panes(1, 0)
        for position, name in enumerate(columns):
            sheet.write_string(0, position, name, heading)
        result = connection.execute(_sorted(mart, "*"))
        row = 0
        while batch := result.fetchmany(_XLSX_BATCH):
            for cells in batch:
                row += 1
                for position, cell in enumerate(cells):
                    match cell:
                        case None:
                            pass
                        case bool():
                            sheet.write_boolean(row, position, cell)
                        case int() | float() | Decimal():
                            sheet.write_number(row, position, cell)
                        case datetime():
                            sheet.write_datetime(row, position, cell, instant)
                        case date():
                            sheet.write_datetime(row, position, cell)
                        case _:
                            # write_string never makes a formula or a link of it
                            sheet.write_string(row, position, str(cell), quoted)
