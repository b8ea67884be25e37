"""Text files as record batches: every value as text, every record with its place.

Well-quoted files go through Arrow's reader; a file with a quote out of place through Python's
strict one, which loses no more than the broken line. Both yield the same: columns c0, c1, … in the
file's order, `_position` counting the sound records from 0, and the broken records aside. Blank
lines are no records.
"""

import csv
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from orchestration.landing.files import RefusedFileError, is_well_quoted

BLOCK_BYTES = 1 << 23
BATCH_ROWS = 50_000


@dataclass(frozen=True)
class Broken:
    """A record that has not the header's fields."""

    record: int
    """Its number; the header is record 1."""
    reason: str
    text: str


@dataclass
class Records:
    """A text file being read once; `sound` and `broken` are whole when `batches` has ended."""

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]
    broken: list[Broken] = field(default_factory=list)
    sound: int = 0
    failure: RefusedFileError | None = None

    def reader(self) -> pa.RecordBatchReader:
        """The batches, each with its `_position`, for one scan."""
        schema = self.schema.append(pa.field("_position", pa.int64()))
        return pa.RecordBatchReader.from_batches(schema, self._placed(schema))

    def _placed(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        try:
            for batch in self.batches:
                places = pa.array(
                    np.arange(self.sound, self.sound + batch.num_rows, dtype=np.int64)
                )
                self.sound += batch.num_rows
                yield pa.RecordBatch.from_arrays([*batch.columns, places], schema=schema)
        except pa.ArrowInvalid as error:
            self.failure = RefusedFileError(f"cannot be read: {first_line(error)}")
            raise


def csv_records(path: Path, delimiter: str, width: int) -> Records:
    """The records of a UTF-8 CSV file after its header of `width` columns."""
    schema = pa.schema([(f"c{position}", pa.string()) for position in range(width)])
    broken: list[Broken] = []
    if is_well_quoted(path, delimiter):
        return Records(schema, _arrow_batches(path, delimiter, schema, broken, header=1), broken)
    return Records(schema, _careful_batches(path, delimiter, schema, broken), broken)


def line_records(path: Path) -> Records:
    """The lines of a UTF-8 text file as the one column c0; the first is record 1."""
    schema = pa.schema([("c0", pa.string())])
    broken: list[Broken] = []
    return Records(schema, _arrow_batches(path, "\x1f", schema, broken, header=0), broken)


def first_line(error: Exception) -> str:
    """The first line of an error's text."""
    return str(error).strip().partition("\n")[0]


def ragged(fields: int, width: int) -> str:
    """Why a record of `fields` fields is refused under a header of `width`."""
    return f"has {fields} field{'' if fields == 1 else 's'} where the header has {width}"


def _arrow_batches(
    path: Path, delimiter: str, schema: pa.Schema, broken: list[Broken], header: int
) -> Iterator[pa.RecordBatch]:
    def refuse(row: pyarrow.csv.InvalidRow) -> str:
        broken.append(
            Broken(row.number, ragged(row.actual_columns, row.expected_columns), row.text)
        )
        return "skip"

    if not path.stat().st_size:
        return
    # One thread: only then are the numbers of broken records known.
    reader = pyarrow.csv.open_csv(
        path,
        read_options=pyarrow.csv.ReadOptions(
            use_threads=False,
            block_size=BLOCK_BYTES,
            column_names=schema.names,
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=delimiter,
            quote_char='"' if header else False,
            newlines_in_values=bool(header),
            invalid_row_handler=refuse,
        ),
        convert_options=pyarrow.csv.ConvertOptions(column_types=schema),
    )
    for batch in reader:
        yield batch.slice(header)
        header = 0


def _careful_batches(
    path: Path, delimiter: str, schema: pa.Schema, broken: list[Broken]
) -> Iterator[pa.RecordBatch]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        records = _sound_records(strict_records(file, delimiter), len(schema), broken)
        while rows := list(islice(records, BATCH_ROWS)):
            columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _sound_records(
    records: Iterable[tuple[list[str] | None, str]], width: int, broken: list[Broken]
) -> Iterator[list[str]]:
    for number, (row, text) in enumerate(records, start=1):
        if row is None:
            broken.append(Broken(number, "has a quote out of place", text))
        elif len(row) != width:
            broken.append(Broken(number, ragged(len(row), width), text))
        elif number > 1:
            yield row


def strict_records(lines: Iterable[str], delimiter: str) -> Iterator[tuple[list[str] | None, str]]:
    """The records of CSV lines with their text; None where quotes are out of place.

    Reading goes on with the line after the broken one, so a quote never closed costs one record.
    """
    csv.field_size_limit(sys.maxsize)
    source, again = iter(lines), deque[str]()

    def feed(consumed: list[str]) -> Iterator[str]:
        while again or (line := next(source, None)) is not None:
            consumed.append(again.popleft() if again else line)  # type: ignore[arg-type]
            yield consumed[-1]

    while True:
        consumed: list[str] = []
        try:
            for row in csv.reader(feed(consumed), delimiter=delimiter, strict=True):
                if row:
                    yield row, "".join(consumed).rstrip("\r\n")
                consumed.clear()
        except csv.Error:
            again.extendleft(reversed(consumed[1:]))
            yield None, consumed[0].rstrip("\r\n")
        else:
            return
