"""Lands one entity: from the extract's files to typed Parquet, quarantine and receipts.

A row's place is its file and its record number: in CSV the header is record 1, Parquet and JSON
lines have none and their first row is record 1. Blank lines are no records.
"""

import gzip
import hashlib
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa

from orchestration.landing.checks import Input, Rule, checked_query, rules, typed_query
from orchestration.landing.files import (
    Header,
    RefusedFileError,
    content_hash,
    discover,
    format_of,
    read_header,
    require_utf8,
    resolve,
)
from orchestration.landing.loads import ControlTotal, Landed, Load
from orchestration.landing.records import Broken, Records, csv_records, first_line, line_records
from orchestration.landing.store import (
    quarantine_file,
    raw_file,
    raw_folder,
    read_receipt,
    write_receipt,
    written_whole,
)
from orchestration.landing.types import identifier, literal
from orchestration.landing.usage import rollup_queries
from warehouse.contracts import Contract, currencies

MEMORY_LIMIT = "2GB"
LINK = "source.parquet"
PARQUET = "(format parquet, compression zstd)"
UNREADABLE_PARQUET = (
    duckdb.IOException,
    duckdb.InvalidInputException,
    duckdb.SerializationException,
)


@dataclass(frozen=True)
class Arrived:
    """A file opened for the checks: a relation of `_position` and c0, c1, …, and its meaning."""

    relation: str
    header: Header
    types: Sequence[str]
    first_record: int
    """The record number of `_position` 0."""
    row_json: str
    refused_before: Rule | None = None
    records: Records | None = None
    """What is being read as text; None for Parquet, which can be scanned again."""

    def inputs(self, positions: Mapping[str, int]) -> dict[str, Input]:
        """Where columns at `positions` of the file are found in the relation."""
        return {
            name: Input(f"c{position}", self.types[position])
            for name, position in positions.items()
        }


def land_entity(contract: Contract, extracts: Path, store: Path) -> Landed:
    """Land every file of one entity; what has been landed before is taken from the store.

    The result is a function of the extracts folder as it stands: a file that is gone is no longer
    part of it. A file that cannot be taken is a load of state 'refused' and does not keep the
    others from landing (spec 1, What happens to bad input).
    """
    with ExitStack() as stack:
        # One bench for all the entity's files, and none where nothing is to be landed.
        bench = cache(lambda: stack.enter_context(_bench(raw_folder(store, contract))))
        return Landed(
            contract,
            store,
            tuple(
                _land_file(contract, extracts, path, store, bench)
                for path in discover(contract, extracts)
            ),
        )


@dataclass(frozen=True)
class Bench:
    """Where one file at a time is worked on: a DuckDB in memory and a folder to spill to."""

    connection: duckdb.DuckDBPyConnection
    scratch: Path

    def clear(self) -> None:
        """Let go of what the last file left."""
        for name in ("arriving", "gaps", "broken"):
            self.connection.unregister(name)
        self.connection.execute(
            "drop view if exists checked; drop table if exists placed; drop table if exists lines"
        )


@contextmanager
def _bench(folder: Path) -> Iterator[Bench]:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".landing-", dir=folder) as scratch:
        spill = str(Path(scratch, "spill"))
        with duckdb.connect(
            config={"memory_limit": MEMORY_LIMIT, "temp_directory": spill}
        ) as connection:
            connection.execute("set TimeZone = 'UTC'; set enable_progress_bar = false")
            yield Bench(connection, Path(scratch))


def load_key(contract: Contract, path: str, hashed: str) -> str:
    """Name of a load in the store: what it holds follows from these and the engine alone."""
    rules_of_contract = contract.model_dump_json(
        exclude={"description": True, "freshness": True, "columns": {"__all__": {"description"}}}
    )
    parts = (path, hashed, rules_of_contract, repr(sorted(currencies().items())), _engine())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


@cache
def _engine() -> str:
    """A change of this package, or of DuckDB, lands every file anew."""
    digest = hashlib.sha256(duckdb.__version__.encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _land_file(
    contract: Contract, extracts: Path, path: Path, store: Path, bench: Callable[[], Bench]
) -> Load:
    relative = path.relative_to(extracts).as_posix()
    load = Load(path=relative, content_hash="", size_bytes=0, key="", state="landed")
    try:
        before = path.stat()
        hashed = content_hash(path)
        key = load_key(contract, relative, hashed)
        known = read_receipt(store, contract, key)
        if known:
            return known
        load = load.model_copy(
            update={"content_hash": hashed, "size_bytes": before.st_size, "key": key}
        )
        loaded = _land_content(contract, store, load, path, bench())
        after = path.stat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            return _refused(load, "changed while it was read")
    except RefusedFileError as error:
        loaded = _refused(load, str(error))
    except OSError as error:
        if error.filename is None or Path(error.filename) != path:
            raise
        return _refused(load, f"cannot be read: {error.strerror}")
    write_receipt(store, contract, loaded)
    return loaded


def _refused(load: Load, reason: str) -> Load:
    return load.model_copy(update={"state": "refused", "reason": f"{load.path} {reason}"})


def _land_content(contract: Contract, store: Path, load: Load, path: Path, bench: Bench) -> Load:
    connection = bench.connection
    try:
        arrived = _open(connection, contract, path, bench.scratch)
        if contract.load == "append_by_file":
            return _land_rollups(connection, contract, store, load, arrived)
        _check(connection, contract, arrived)
        return _land_rows(connection, contract, store, load, arrived)
    except UNREADABLE_PARQUET as error:
        if format_of(path.name) != ".parquet":
            raise
        reason = first_line(error).replace(str(bench.scratch / LINK), path.name)
        raise RefusedFileError(f"cannot be read: {reason}") from error
    finally:
        bench.clear()


def _open(
    connection: duckdb.DuckDBPyConnection, contract: Contract, path: Path, scratch: Path
) -> Arrived:
    form = format_of(path.name)
    if form == ".parquet":
        # Under a name of ours, as DuckDB takes brackets and stars in a path for a pattern.
        link = scratch / LINK
        link.unlink(missing_ok=True)
        link.symlink_to(path.resolve())
        return _open_parquet(connection, contract, link)
    if form in (".csv.gz", ".jsonl.gz"):
        path = _unzipped(path, scratch / "plain")
    require_utf8(path)
    if form in (".csv", ".csv.gz"):
        return _open_csv(connection, contract, path)
    return _open_lines(connection, contract, path)


def _unzipped(path: Path, plain: Path) -> Path:
    try:
        with gzip.open(path) as packed, plain.open("wb") as file:
            shutil.copyfileobj(packed, file, 1 << 20)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise RefusedFileError(f"is not a whole gzip file: {first_line(error)}") from error
    return plain


def _open_parquet(connection: duckdb.DuckDBPyConnection, contract: Contract, path: Path) -> Arrived:
    source = f"read_parquet({literal(str(path))}"
    described = connection.execute(f"describe select * from {source})").fetchall()
    header = resolve(contract, [row[0] for row in described])
    columns = [f"{identifier(row[0])} as c{place}" for place, row in enumerate(described)]
    return Arrived(
        f"(select file_row_number as _position, {', '.join(columns)} "
        f"from {source}, file_row_number = true))",
        header,
        [row[1] for row in described],
        first_record=1,
        row_json=_row_json(header),
    )


def _open_csv(connection: duckdb.DuckDBPyConnection, contract: Contract, path: Path) -> Arrived:
    header, delimiter = read_header(path, contract)
    records = csv_records(path, delimiter, len(header.names))
    connection.register("arriving", records.reader())
    return Arrived(
        "arriving",
        header,
        ["VARCHAR"] * len(header.names),
        first_record=2,
        row_json=_row_json(header),
        records=records,
    )


def _open_lines(connection: duckdb.DuckDBPyConnection, contract: Contract, path: Path) -> Arrived:
    records = line_records(path)
    connection.register("arriving", records.reader())
    _run(
        connection,
        """
        create temp table lines as
        select
            _position, c0 as line,
            case when json_valid(c0) then json_type(c0) = 'OBJECT' else false end as is_object
        from arriving
        """,
        records,
    )
    objects = "(select line from lines where is_object)"
    names = [
        row[0]
        for row in connection.execute(
            f"select distinct unnest(json_keys(line)) as name from {objects} order by name"
        ).fetchall()
    ]
    anything = _number(connection, f"select count(*) from {objects}")
    header = resolve(contract, names) if anything else Header((), {}, {})
    places = ", ".join(literal(_pointer(name)) for name in names)
    columns = "".join(f", fields[{place + 1}] as c{place}" for place in range(len(names)))
    return Arrived(
        f"""(
            select _position, line, is_object {columns}
            from (
                select *, case when is_object then json_extract_string(line, [{places}]) end
                    as fields
                from lines
            )
        )"""
        if names
        else "lines",
        header,
        ["VARCHAR"] * len(names),
        first_record=1,
        row_json="case when is_object then line else to_json({'_text': line})::varchar end",
        refused_before=Rule("is not a JSON object", "not is_object"),
        records=records,
    )


def _pointer(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _row_json(header: Header) -> str:
    fields = ", ".join(
        f"{literal(name or f'column_{place + 1}')}: c{place}::varchar"
        for place, name in enumerate(header.names)
    )
    return f"to_json({{{fields}}})::varchar"


def _run(connection: duckdb.DuckDBPyConnection, query: str, records: Records | None) -> None:
    """Run a query that reads `records`; what reading them found comes before DuckDB's words."""
    try:
        connection.execute(query)
    except duckdb.Error:
        if records and records.failure:
            raise records.failure from None
        raise


def _check(connection: duckdb.DuckDBPyConnection, contract: Contract, arrived: Arrived) -> None:
    """Create the temporary table `checked`: every sound record typed, with reasons and number."""
    query = checked_query(
        contract,
        arrived.inputs(arrived.header.canonical),
        arrived.inputs(arrived.header.extra),
        arrived.relation,
        row_json=arrived.row_json,
        refused_before=arrived.refused_before,
    )
    _run(connection, f"create temp table placed as {query}", arrived.records)
    broken = arrived.records.broken if arrived.records else []
    connection.register("gaps", _gaps(broken, arrived.first_record))
    connection.execute(
        f"""
        create temp view checked as
        select placed.*, _position + {arrived.first_record} + coalesce(shift, 0) as _record
        from placed asof left join gaps on placed._position >= gaps.since
        """
        if broken
        else f"""
        create temp view checked as
        select *, _position + {arrived.first_record} as _record from placed
        """
    )


def _gaps(broken: Sequence[Broken], first_record: int) -> pa.Table:
    """By how much broken records shift the numbers of sound ones, from which position on."""
    shifts = {one.record - first_record - before: before + 1 for before, one in enumerate(broken)}
    return pa.table(
        {
            "since": pa.array(shifts.keys(), pa.int64()),
            "shift": pa.array(shifts.values(), pa.int64()),
        }
    )


def _land_rows(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    store: Path,
    load: Load,
    arrived: Arrived,
) -> Load:
    columns = [identifier(column.name) for column in contract.columns]
    columns += [f"{literal(load.path)} as _file", "_record"]
    columns += [identifier(name) for name in arrived.header.extra]
    accepted = _write(
        connection,
        f"select {', '.join(columns)} from checked where _reasons is null",
        raw_file(store, contract, load.key),
    )
    return _counted(
        load,
        arrived,
        rows_in=_rows_in(connection, arrived),
        accepted=accepted,
        refused=_write_quarantine(connection, contract, store, load, arrived),
        control_totals=_control_totals(connection, contract, arrived),
    )


def _land_rollups(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    store: Path,
    load: Load,
    arrived: Arrived,
) -> Load:
    """Roll a file of calls up straight from where it lies, or from its checked rows.

    Parquet whose every row keeps the contract is never copied; what has refused rows, and text,
    which can be read only once, goes through a temporary table that may spill to disk.
    """
    inputs = arrived.inputs(arrived.header.canonical)
    relation = f"({typed_query(contract, inputs, arrived.relation)})"
    broken = " or ".join(f"coalesce({rule.broken}, false)" for rule in rules(contract, inputs))
    refused = 0
    if arrived.records or _number(connection, f"select count(*) from {relation} where {broken}"):
        _check(connection, contract, arrived)
        relation = "(select * from checked where _reasons is null)"
        refused = _write_quarantine(connection, contract, store, load, arrived)
    for rollup, query in rollup_queries(relation, load.path).items():
        _write(connection, query, raw_file(store, contract, load.key, rollup))
    accepted, from_at, until_at = connection.execute(
        f"select count(*), min(occurred_at), max(occurred_at) from {relation}"
    ).fetchall()[0]
    return _counted(
        load,
        arrived,
        rows_in=_rows_in(connection, arrived),
        accepted=accepted,
        refused=refused,
        from_at=from_at,
        until_at=until_at,
    )


def _rows_in(connection: duckdb.DuckDBPyConnection, arrived: Arrived) -> int:
    """Records of the file by its reader's or its footer's count, not by what the checks let out."""
    if arrived.records:
        return arrived.records.sound + len(arrived.records.broken)
    return _number(connection, f"select count(*) from {arrived.relation}")


def _counted(
    load: Load, arrived: Arrived, rows_in: int, accepted: int, refused: int, **more: object
) -> Load:
    if rows_in != accepted + refused:
        raise RuntimeError(
            f"{load.path}: {rows_in} rows in, but {accepted} accepted and {refused} refused"
        )
    return load.model_copy(
        update={
            "rows_in": rows_in,
            "rows_accepted": accepted,
            "rows_refused": refused,
            "columns": tuple(arrived.header.canonical),
            "new_columns": tuple(arrived.header.extra),
            **more,
        }
    )


def _write_quarantine(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    store: Path,
    load: Load,
    arrived: Arrived,
) -> int:
    """Write the refused rows, typed or broken, in record order; their number."""
    broken = arrived.records.broken if arrived.records else []
    if not broken and not _number(
        connection, "select count(*) from placed where _reasons is not null"
    ):
        return 0
    connection.register(
        "broken",
        pa.table(
            {
                "_record": pa.array([one.record for one in broken], pa.int64()),
                "reasons": pa.array([one.reason for one in broken], pa.string()),
                "text": pa.array([one.text for one in broken], pa.string()),
            }
        ),
    )
    return _write(
        connection,
        f"""
        select {literal(load.path)} as _file, _record, reasons, row_json
        from (
            select _record, _reasons as reasons, _row_json as row_json
            from checked where _reasons is not null
            union all
            select _record, reasons, to_json({{'_text': text}})::varchar from broken
        )
        order by _record
        """,
        quarantine_file(store, contract, load.key),
    )


def _control_totals(
    connection: duckdb.DuckDBPyConnection, contract: Contract, arrived: Arrived
) -> tuple[ControlTotal, ...]:
    totals = []
    currency = contract.currency_column or "null::varchar"
    for column in contract.columns:
        if column.type != "money" or column.name not in arrived.header.canonical:
            continue
        name = identifier(column.name)
        sums = ", ".join(
            f"count({name}) filter ({which}), coalesce(sum({name}) filter ({which}), 0)"
            for which in (
                "_reasons is null",
                f"_reasons is null and {name} < 0",
                "_reasons is not null",
            )
        )
        totals += [
            ControlTotal(
                column=column.name,
                currency=row[0],
                accepted_rows=row[1],
                accepted_total=row[2],
                negative_rows=row[3],
                negative_total=row[4],
                refused_rows=row[5],
                refused_total=row[6],
            )
            for row in connection.execute(
                f"select {currency} as currency, {sums} from placed where {name} is not null "
                "group by currency order by currency"
            ).fetchall()
        ]
    return tuple(totals)


def _write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    """Write a query's rows as Parquet, whole or not at all; their number."""
    with written_whole(path) as temporary:
        return _number(connection, f"copy ({query}) to {literal(str(temporary))} {PARQUET}")


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0])
