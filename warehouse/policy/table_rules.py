"""What every policy table must keep to, by its properties alone."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import pandas as pd

from warehouse.contracts import load_contracts
from warehouse.policy.dating import by, rows_of, states, until
from warehouse.policy.errors import PolicyError
from warehouse.policy.reading import value_of, words
from warehouse.policy.schema import PolicyColumn, PolicyTable

Policy = Mapping[str, pd.DataFrame]
"""Typed tables by name; the index is the record number in the file."""


def dates_in_order(table: PolicyTable, frame: pd.DataFrame) -> Iterator[PolicyError]:
    """A row ceases to hold after it began."""
    for row in rows_of(frame):
        if not row.valid_from < until(row):
            message = f"valid_to {row.valid_to} is not after valid_from {row.valid_from}"
            yield PolicyError(table.file, row.Index, "dates", message)


def settings_known(table: PolicyTable, frame: pd.DataFrame) -> Iterator[PolicyError]:
    """Each row of a file of settings names a setting we read and gives it a value it can take."""
    if not table.settings:
        return
    for row in rows_of(frame):
        if row.setting not in table.settings:
            known = ", ".join(sorted(table.settings))
            message = f"setting is {row.setting!r}, not one of {known}"
            yield PolicyError(table.file, row.Index, "allowed", message)
            continue
        _, wrong = value_of(row.value or "", table.settings[row.setting])
        for rule, message in wrong:
            yield PolicyError(table.file, row.Index, rule, message)


def references_known(
    table: PolicyTable, frame: pd.DataFrame, known: Policy
) -> Iterator[PolicyError]:
    """Each referring value stands in the table it refers to, when that one is in `known`."""
    for column in table.columns.values():
        if column.references is None or column.references[0] not in known:
            continue
        target, target_column = column.references
        values = set(known[target][target_column])
        for number, cell in _cells(frame, column):
            for word in words(cell, column):
                if word not in values:
                    message = f"{column.name} names {word!r}, which {target}.csv does not know"
                    yield PolicyError(table.file, number, "reference", message)


def requirements_known(table: PolicyTable, frame: pd.DataFrame) -> Iterator[PolicyError]:
    """What a row requires is an entity that has a contract, or a column of one."""
    column = table.columns.get("requires")
    if column is None:
        return
    known = {
        name
        for contract in load_contracts().values()
        for name in (contract.name, *(f"{contract.name}.{each.name}" for each in contract.columns))
    }
    for number, cell in _cells(frame, column):
        for word in words(cell, column):
            if word not in known:
                message = f"requires names {word!r}, which no contract knows"
                yield PolicyError(table.file, number, "reference", message)


def dates_do_not_overlap(table: PolicyTable, frame: pd.DataFrame) -> Iterator[PolicyError]:
    """At most one row per key holds on a day; the later row is the one in error."""
    for key, rows in by(rows_of(frame), *table.key):
        spans = sorted(rows, key=lambda row: (row.valid_from, row.Index))
        for earlier, later in pairwise(spans):
            if later.valid_from < until(earlier):
                name = " ".join(str(part) for part in key if part is not None)
                message = (
                    f"{name} is in force from {later.valid_from} as well as by row {earlier.Index}"
                )
                yield PolicyError(table.file, later.Index, "overlap", message)


def every_value_has_a_row(table: PolicyTable, frame: pd.DataFrame) -> Iterator[PolicyError]:
    """From the table's first day on, each value of its `complete` column is ruled on."""
    if table.complete is None:
        return
    needed = {name for name, value in table.settings.items() if not value.may_be_absent}
    missing = needed or set(table.columns[table.complete].allowed)
    for day, rows in states(rows_of(frame)):
        present = {getattr(row, table.complete) for row in rows}
        for value in sorted(missing - present):
            message = f"{table.complete} {value} has no row in force from {day}"
            yield PolicyError(table.file, None, "missing", message)
        missing &= present


def _cells(frame: pd.DataFrame, column: PolicyColumn) -> Iterator[tuple[int, Any]]:
    """The cells of a column, each with its record number."""
    return zip(frame.index.tolist(), frame[column.name], strict=True)
