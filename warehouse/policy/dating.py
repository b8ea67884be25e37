"""Rows in force: from `valid_from` until before `valid_to`, for ever where that is empty."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from typing import Any

import pandas as pd


def rows_of(frame: pd.DataFrame) -> list[Any]:
    """The rows as named tuples; `Index` is the record number in the file."""
    return list(frame.itertuples(name="Row"))


def by(rows: Iterable[Any], *columns: str) -> Iterator[tuple[tuple[Any, ...], list[Any]]]:
    """The rows in groups of equal `columns`, in the order of their values, empty ones first."""

    def values_of(row: Any) -> tuple[Any, ...]:
        return tuple(getattr(row, column) for column in columns)

    def order(row: Any) -> list[Any]:
        return [(value is not None, value) for value in values_of(row)]

    for values, group in groupby(sorted(rows, key=order), values_of):
        yield values, list(group)


def until(row: Any) -> date:
    """The day before which a row is in force."""
    end: date | None = row.valid_to
    return end or date.max


def in_force(rows: Iterable[Any], day: date) -> list[Any]:
    """The rows that hold on `day`."""
    return [row for row in rows if row.valid_from <= day < until(row)]


def change_dates(rows: Iterable[Any]) -> list[date]:
    """Every day on which a row begins or ceases to hold, in order."""
    rows = list(rows)
    return sorted({row.valid_from for row in rows} | {row.valid_to for row in rows if row.valid_to})


def states(rows: Iterable[Any]) -> Iterator[tuple[date, list[Any]]]:
    """The days on which something changes, each with the rows that hold from then on."""
    rows = list(rows)
    for day in change_dates(rows):
        yield day, in_force(rows, day)
