"""Files of an extract: which there are, what is in them, and what their headers mean."""

import codecs
import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from warehouse.contracts import Contract

FORMATS = (".csv", ".csv.gz", ".parquet", ".jsonl", ".jsonl.gz")
UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".filepart")
DELIMITERS = (",", ";", "\t", "|")
RESERVED = ("_file", "_record", "_position", "_reasons", "_row_json")
CHUNK = 1 << 23
HEADER_BYTES = 1 << 20
QUOTE, LINE_FEED, CARRIAGE_RETURN = b'"'[0], b"\n"[0], b"\r"[0]
FOREIGN_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


class RefusedFileError(Exception):
    """A file that cannot be taken at all; its text is the one line that says why."""


@dataclass(frozen=True)
class Header:
    """What the columns of one file mean, in the order the file has them."""

    names: tuple[str, ...]
    """As the file has them."""
    canonical: dict[str, int]
    """Position by name of the contract's columns the file has."""
    extra: dict[str, int]
    """Position by name of the vendor's own columns."""


def discover(contract: Contract, extracts: Path) -> list[Path]:
    """The entity's files, in path order; hidden and unfinished ones are not taken."""
    folder = extracts / contract.system
    single = [folder / f"{contract.entity}{suffix}" for suffix in FORMATS]
    inside = folder / contract.entity
    files = [path for path in single if path.is_file()]
    if inside.is_dir():
        files += [path for path in inside.iterdir() if path.is_file() and is_taken(path.name)]
    return sorted(files, key=lambda path: path.relative_to(extracts).as_posix())


def is_taken(name: str) -> bool:
    """Whether a file of that name is a finished one of a format that is read."""
    lower = name.lower()
    return (
        format_of(name) is not None
        and not lower.startswith((".", "~"))
        and not any(f"{suffix}." in lower for suffix in UNFINISHED)
    )


def format_of(name: str) -> str | None:
    """The file's format by its name, e.g. `.csv.gz`; None if it is none that is read."""
    return next((suffix for suffix in FORMATS if name.lower().endswith(suffix)), None)


def content_hash(path: Path) -> str:
    """SHA-256 of the file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_utf8(path: Path) -> None:
    """Raise RefusedFileError unless the file is UTF-8 text, with or without a byte order mark."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset = 0
    with path.open("rb") as file:
        start = file.read(4)
        for mark, name in FOREIGN_MARKS.items():
            if start.startswith(mark):
                raise RefusedFileError(f"is {name}, not UTF-8")
        file.seek(0)
        while chunk := file.read(CHUNK):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                place = offset + error.start
                raise RefusedFileError(f"is not UTF-8: byte {place + 1} cannot be read") from None
            offset += len(chunk)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise RefusedFileError("is not UTF-8: it ends within a character") from None


def read_header(path: Path, contract: Contract) -> tuple[Header, str]:
    """Header and delimiter of a UTF-8 CSV file.

    The delimiter is the contract's, or the one that makes most names of the header line names of
    the contract. Raises RefusedFileError where no column is known or a required one is missing.
    """
    with path.open("rb") as file:
        text = file.read(HEADER_BYTES).decode("utf-8-sig", errors="ignore")
    if not text.strip():
        raise RefusedFileError("is empty: it has no header")
    candidates = [contract.delimiter] if contract.delimiter else DELIMITERS
    headers = {delimiter: _first_record(text, delimiter) for delimiter in candidates}
    known = {delimiter: len(_match(contract, names)) for delimiter, names in headers.items()}
    delimiter = max(candidates, key=lambda candidate: known[candidate])
    if not known[delimiter]:
        raise RefusedFileError("has no header: its first record names no column of the contract")
    return resolve(contract, headers[delimiter]), delimiter


def resolve(contract: Contract, names: Sequence[str]) -> Header:
    """What the columns `names` of a file mean by the contract.

    Letters' case, blanks around and within do not matter; a canonical name goes before an alias.
    Raises RefusedFileError for a column named twice or a required one that is missing.
    """
    normal = [_normal(name) for name in names]
    twice = sorted({name for name in normal if name and normal.count(name) > 1})
    if twice:
        raise RefusedFileError(f"names {', '.join(twice)} twice in its header")
    canonical = _match(contract, names)
    missing = [
        column.name
        for column in contract.columns
        if column.required and column.name not in canonical
    ]
    if missing:
        raise RefusedFileError(f"lacks the required {', '.join(missing)}")
    used = set(canonical.values())
    extra = {
        _extra_name(name, position): position
        for position, name in enumerate(names)
        if position not in used
    }
    return Header(tuple(names), canonical, extra)


def is_well_quoted(path: Path, delimiter: str) -> bool:
    """Whether every quote of a CSV file opens a field, closes one or is doubled inside one.

    False also for a quote within a bare field, which is no error: such a file is only to be read
    by the careful reader. Set-based: quotes at even places must open, at odd ones close.
    """
    if not path.stat().st_size:
        return True
    data = np.memmap(path, dtype=np.uint8, mode="r")
    begin = len(codecs.BOM_UTF8) if bytes(data[:3]) == codecs.BOM_UTF8 else 0
    edges = [ord(delimiter), LINE_FEED, CARRIAGE_RETURN, QUOTE]
    seen = 0
    for start in range(begin, len(data), CHUNK):
        quotes = np.flatnonzero(data[start : start + CHUNK] == QUOTE) + start
        opening, closing = quotes[seen % 2 :: 2], quotes[(seen + 1) % 2 :: 2]
        opening, closing = opening[opening > begin], closing[closing < len(data) - 1]
        if not (
            np.isin(data[opening - 1], edges).all() and np.isin(data[closing + 1], edges).all()
        ):
            return False
        seen += len(quotes)
    return seen % 2 == 0


def _first_record(text: str, delimiter: str) -> list[str]:
    return next((row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row), [])


def _normal(name: str) -> str:
    return name.strip().casefold().replace(" ", "_")


def _match(contract: Contract, names: Sequence[str]) -> dict[str, int]:
    positions = {_normal(name): position for position, name in reversed(list(enumerate(names)))}
    canonical = {
        column.name: positions[column.name]
        for column in contract.columns
        if column.name in positions
    }
    for column in contract.columns:
        if column.name in canonical:
            continue
        for alias in column.aliases:
            position = positions.get(_normal(alias))
            if position is not None and position not in canonical.values():
                canonical[column.name] = position
                break
    return canonical


def _extra_name(name: str, position: int) -> str:
    bare = name.strip() or f"column_{position + 1}"
    return f"{bare}_source" if bare.casefold() in RESERVED else bare
