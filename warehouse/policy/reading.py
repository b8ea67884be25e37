"""One policy file from text to typed rows, and what is wrong with its cells."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from warehouse.policy.errors import PolicyError
from warehouse.policy.schema import PolicyColumn, PolicyTable

_TRUTH = {"true": True, "false": False}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_INTEGER = re.compile(r"-?\d+")
_DECIMAL = re.compile(r"-?\d+(?:\.\d+)?")


def read_table(path: Path, table: PolicyTable) -> tuple[pd.DataFrame, list[PolicyError]]:
    """The sound rows of a policy file, typed, and one error for everything else.

    See `read_text`.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        error = PolicyError(table.file, None, "encoding", "is not UTF-8 text")
        return _frame(table, {}), [error]
    return read_text(text, table)


def read_text(text: str, table: PolicyTable) -> tuple[pd.DataFrame, list[PolicyError]]:
    """The sound rows of a policy file's text, typed, and one error for everything else.

    The frame has the columns of `table` as objects (str, int, Decimal, bool, date; None where
    empty) and the record number in the file as index, the header being 1. A file whose shape is
    wrong gives no rows.
    """
    header, *records = list(csv.reader(io.StringIO(text, newline=""))) or [[]]
    if errors := list(_header_errors(header, table)):
        return _frame(table, {}), errors
    rows: dict[int, dict[str, Any]] = {}
    for number, record in enumerate(records, start=2):
        if not record:
            continue
        if len(record) != len(header):
            message = f"has {len(record)} cells where the header has {len(header)}"
            errors.append(PolicyError(table.file, number, "columns", message))
            continue
        row, wrong = _typed_row(dict(zip(header, record, strict=True)), table)
        errors.extend(PolicyError(table.file, number, *what) for what in wrong)
        if not wrong:
            rows[number] = row
    return _frame(table, rows), errors


def value_of(text: str, column: PolicyColumn) -> tuple[Any, list[tuple[str, str]]]:
    """The value of a cell (None where empty or wrong), and (rule, message) of all that is wrong."""
    if text == "":
        return None, [] if column.may_be_empty else [("required", f"{column.name} is empty")]
    try:
        value = _parse(text, column.type)
    except ValueError as error:
        return None, [("type", f"{column.name} is {text!r}, not {error}")]
    return value, list(_value_errors(value, column))


def words(value: Any, column: PolicyColumn) -> list[Any]:
    """The single values of a cell: the words of a list, else the value itself."""
    if value is None:
        return []
    return value.split(" ") if column.is_list else [value]


def _frame(table: PolicyTable, rows: dict[int, dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(
        list(rows.values()), index=list(rows), columns=list(table.columns), dtype=object
    )
    return frame.rename_axis(index="row")


def _header_errors(header: list[str], table: PolicyTable) -> Iterator[PolicyError]:
    known = table.columns.keys()
    for name in sorted(known - set(header)):
        yield PolicyError(table.file, 1, "columns", f"column {name} is missing")
    for name in sorted(set(header) - known):
        yield PolicyError(table.file, 1, "columns", f"column {name!r} is not known")
    for name in sorted({name for name in header if header.count(name) > 1}):
        yield PolicyError(table.file, 1, "columns", f"column {name!r} appears more than once")


def _typed_row(
    cells: dict[str, str], table: PolicyTable
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    row: dict[str, Any] = {}
    wrong: list[tuple[str, str]] = []
    for column in table.columns.values():
        row[column.name], errors = value_of(cells[column.name], column)
        wrong.extend(errors)
    return row, wrong


def _value_errors(value: Any, column: PolicyColumn) -> Iterator[tuple[str, str]]:
    if column.allowed:
        for word in words(value, column):
            if word not in column.allowed:
                message = f"{column.name} is {word!r}, not one of {', '.join(column.allowed)}"
                yield "allowed", message
    if column.minimum is not None and value < column.minimum:
        yield "range", f"{column.name} is {value}, less than {column.minimum}"
    if column.maximum is not None and value > column.maximum:
        yield "range", f"{column.name} is {value}, more than {column.maximum}"


def _parse(text: str, type_: str) -> Any:
    """The value of a cell; ValueError says what the text would have to be."""
    name, _, arguments = type_.partition("(")
    if name == "decimal":
        return _decimal(text, scale=int(arguments.rstrip(")").split(",")[1]))
    return _PARSERS[name](text)


def _date(text: str) -> date:
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError("a date like 2026-01-31")


def _boolean(text: str) -> bool:
    if text not in _TRUTH:
        raise ValueError("true or false")
    return _TRUTH[text]


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError("a whole number")
    return int(text)


def _decimal(text: str, scale: int) -> Decimal:
    if not _DECIMAL.fullmatch(text) or len(text.partition(".")[2]) > scale:
        raise ValueError(f"a number of at most {scale} decimals")
    return Decimal(text)


_PARSERS: dict[str, Callable[[str], Any]] = {
    "bigint": _integer,
    "boolean": _boolean,
    "date": _date,
    "integer": _integer,
    "string": str,
}
