"""A proposed programme: the policy of a published version with rows changed from a day on."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import duckdb

from warehouse.policy.errors import PolicyError
from warehouse.policy.schema import load_schema
from warehouse.policy.validation import judge_texts

Row = dict[str, str]
"""A row of a policy file, each cell as its text; empty where there is none."""

Draft = dict[str, list[Row]]
"""Policy tables by name."""

_DATES = ("valid_from", "valid_to")


def published_policy(connection: duckdb.DuckDBPyConnection) -> Draft:
    """The policy that a published version was built with, as its files would hold it."""
    draft: Draft = {}
    for name, table in load_schema().items():
        columns = ", ".join(f'"{column}"' for column in table.columns)
        found = connection.execute(
            "select 1 from duckdb_tables() where schema_name = 'policy' and table_name = ?", [name]
        ).fetchall()
        if found:
            rows = connection.execute(
                f"select {columns} from policy.{name} order by all"
            ).fetchall()
            draft[name] = [dict(zip(table.columns, map(_text, row), strict=True)) for row in rows]
    return draft


def in_force(rows: Sequence[Row], day: date) -> list[Row]:
    """The rows that hold on a day."""
    return [
        row
        for row in rows
        if row["valid_from"] <= day.isoformat()
        and (not row["valid_to"] or day.isoformat() < row["valid_to"])
    ]


def replaced_from(
    rows: Sequence[Row], of: Mapping[str, str], proposed: Sequence[Row], day: date
) -> list[Row]:
    """A table in which, from a day on, the rows that are `of` something are those proposed.

    A row that holds until then ends on that day, one that was to begin later is gone, and one that
    is proposed as it stands goes on. The dates of `proposed` do not count.
    """
    start = day.isoformat()
    wanted = [_content(row) for row in proposed]
    kept: list[Row] = []
    going_on = []
    for row in rows:
        if not of.items() <= row.items() or (row["valid_to"] and row["valid_to"] <= start):
            kept.append(row)
        elif not row["valid_to"] and row["valid_from"] <= start and _content(row) in wanted:
            kept.append(row)
            going_on.append(_content(row))
        elif row["valid_from"] < start:
            kept.append(row | {"valid_to": start})
    new = [row for row in proposed if _content(row) not in going_on]
    return kept + [row | {"valid_from": start, "valid_to": ""} for row in new]


def breaches(draft: Draft) -> list[PolicyError]:
    """Everything that is wrong with a draft, as `validate_policy` would say of its files."""
    return judge_texts(_files(draft))


def as_zip(draft: Draft) -> bytes:
    """The draft as a folder of CSV files that `--policy` takes; equal drafts, equal bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, text in sorted(_files(draft).items()):
            archive.writestr(zipfile.ZipInfo(file, (2000, 1, 1, 0, 0, 0)), text)
    return packed.getvalue()


def _files(draft: Draft) -> dict[str, str]:
    schema = load_schema()
    files = {}
    for name, rows in draft.items():
        text = io.StringIO()
        writer = csv.DictWriter(text, list(schema[name].columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        files[schema[name].file] = text.getvalue()
    return files


def _content(row: Row) -> Row:
    return {column: cell for column, cell in row.items() if column not in _DATES}


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return plain(value) if isinstance(value, Decimal) else str(value)


def plain(value: Decimal) -> str:
    """A decimal without trailing zeros or an exponent, as a policy file has it."""
    return f"{value.normalize():f}"
