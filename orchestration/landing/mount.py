"""Puts what landed before a build: raw, quarantine, quality and programme of its DuckDB."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa

from orchestration.landing.loads import ControlTotal, Landed, Load
from orchestration.landing.programme import mount_programme
from orchestration.landing.store import quarantine_file, raw_file
from orchestration.landing.types import QUARANTINE_COLUMNS, identifier, literal, raw_columns
from orchestration.landing.usage import ROLLUPS
from warehouse.contracts import Contract, currencies, load_contracts

SAMPLES_PER_REASON = 50

QUALITY_TABLES = {
    "run": "as_of date, as_of_end timestamp, run_id varchar, policy_hash varchar, "
    "code_version varchar",
    "loads": "system varchar, entity varchar, path varchar, content_hash varchar, "
    "size_bytes bigint, rows_in bigint, rows_accepted bigint, rows_refused bigint, "
    "state varchar, reason varchar",
    "entities": "system varchar, entity varchar, is_present boolean, files bigint, "
    "rows_in bigint, rows_accepted bigint, rows_refused bigint, rows_superseded bigint, "
    "rows_orphaned bigint, newest_at timestamp, freshness_column varchar, "
    "freshness_window_days integer, age_days integer, is_stale boolean",
    "columns": "system varchar, entity varchar, column_name varchar, state varchar",
    "control_totals": "system varchar, entity varchar, column_name varchar, currency varchar, "
    "accepted_rows bigint, accepted_total decimal(28,3), negative_rows bigint, "
    "negative_total decimal(28,3), refused_rows bigint, refused_total decimal(28,3)",
    "refused_samples": "system varchar, entity varchar, path varchar, record bigint, "
    "reasons varchar, row_json varchar",
    "overlaps": "entity varchar, path varchar, other_path varchar, from_at timestamp, "
    "until_at timestamp",
    "checks": "stage varchar, dataset varchar, check_name varchar, column_name varchar, "
    "is_blocking boolean, passed boolean, observed varchar, message varchar",
}


@dataclass(frozen=True)
class Run:
    """What a build is made for and with; the one row of `quality.run`."""

    as_of: date
    run_id: str = ""
    policy_hash: str = ""
    code_version: str = ""

    @property
    def as_of_end(self) -> datetime:
        """The midnight that ends `as_of`: the first instant a build does not see."""
        return datetime.combine(self.as_of + timedelta(days=1), time())


def mount(
    connection: duckdb.DuckDBPyConnection,
    landed: Iterable[Landed],
    run: Run,
    contracts: Mapping[str, Contract] | None = None,
) -> None:
    """Create raw, quarantine, quality and programme in a build's DuckDB, which has none yet.

    raw and quarantine are views over the store's Parquet, one per contract (api_usage: one per
    rollup); an entity without a landed file is an empty relation of the same columns. The tables
    of quality say what was loaded, refused, superseded, orphaned, how fresh each entity is and
    what its columns did. `quality.checks` is left empty for the audits, the tables of programme for
    the ledger. `contracts` are all the product's unless a test brings its own.
    """
    contracts = load_contracts() if contracts is None else contracts
    by_name = {entity.contract.name: entity for entity in landed}
    entities = [
        by_name.get(name, Landed(contract, Path())) for name, contract in sorted(contracts.items())
    ]
    for schema in ("raw", "quarantine", "quality"):
        connection.execute(f"create schema {schema}")
    for table, columns in QUALITY_TABLES.items():
        connection.execute(f"create table quality.{table} ({columns})")
    _mount_currencies(connection)
    mount_programme(connection)
    for entity in entities:
        _mount_raw(connection, entity)
        _mount_quarantine(connection, entity)
    for entity in entities:
        _sample_refused(connection, entity)
    rows: dict[str, list[tuple[object, ...]]] = {
        "run": [(run.as_of, run.as_of_end, run.run_id, run.policy_hash, run.code_version)],
        "loads": [row for entity in entities for row in _load_rows(entity)],
        "entities": [_entity_row(connection, entity, run) for entity in entities],
        "columns": [_placed(entity, row) for entity in entities for row in column_states(entity)],
        "control_totals": [
            _placed(entity, row) for entity in entities for row in _control_totals(entity.landed)
        ],
        "overlaps": [
            (entity.contract.entity, *row) for entity in entities for row in overlaps(entity)
        ],
    }
    for table, values in rows.items():
        _insert(connection, table, values)


def latest_per_key(contract: Contract, relation: str) -> str:
    """SQL of the rows of `relation` in force: per key the latest `updated_at`, then record."""
    if not contract.key:
        return f"select * from {relation}"
    names = {column.name for column in contract.columns}
    order = (["updated_at desc nulls last"] if "updated_at" in names else []) + [
        "_file desc",
        "_record desc",
    ]
    return (
        f"select * from {relation} qualify row_number() over "
        f"(partition by {', '.join(contract.key)} order by {', '.join(order)}) = 1"
    )


def _mount_currencies(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("create table raw.currencies (currency varchar, minor_unit_digits integer)")
    rows = ", ".join(
        f"({literal(code)}, {digits})" for code, digits in sorted(currencies().items())
    )
    connection.execute(f"insert into raw.currencies values {rows}")


def _mount_raw(connection: duckdb.DuckDBPyConnection, entity: Landed) -> None:
    contract, relation = entity.contract, entity.contract.relation
    if contract.load == "append_by_file":
        for rollup, columns in ROLLUPS.items():
            paths = [raw_file(entity.store, contract, load.key, rollup) for load in entity.in_force]
            _view(connection, f"raw.{relation}_{rollup}", columns, paths)
        return
    # Names that differ in case alone are one column to DuckDB: the first spelling stands.
    extras: dict[str, str] = {}
    for load in entity.in_force:
        for name in load.new_columns:
            extras.setdefault(name.casefold(), name)
    columns = raw_columns(contract) | dict.fromkeys(extras.values(), "VARCHAR")
    paths = [raw_file(entity.store, contract, load.key) for load in entity.in_force]
    _view(connection, f"raw.{relation}", columns, paths)


def _mount_quarantine(connection: duckdb.DuckDBPyConnection, entity: Landed) -> None:
    contract = entity.contract
    paths = [
        quarantine_file(entity.store, contract, load.key)
        for load in entity.landed
        if load.rows_refused
    ]
    _view(connection, f"quarantine.{contract.relation}", QUARANTINE_COLUMNS, paths)


def _view(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    columns: Mapping[str, str],
    paths: Sequence[Path],
) -> None:
    names = ", ".join(identifier(column) for column in columns)
    if paths:
        files = ", ".join(literal(path.resolve().as_posix()) for path in paths)
        source = f"select {names} from read_parquet([{files}], union_by_name = true)"
    else:
        nulls = ", ".join(
            f"null::{kind} as {identifier(column)}" for column, kind in columns.items()
        )
        source = f"select {nulls} where false"
    connection.execute(f"create view {name} as {source}")


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[object]]
) -> None:
    if rows:
        columns = [pa.array(column) for column in zip(*rows, strict=True)]
        names = [str(place) for place in range(len(columns))]
        connection.register("arriving", pa.Table.from_arrays(columns, names=names))
        connection.execute(f"insert into quality.{table} from arriving")
        connection.unregister("arriving")


def _placed(entity: Landed, row: Sequence[object]) -> tuple[object, ...]:
    return (entity.contract.system, entity.contract.entity, *row)


def _load_rows(entity: Landed) -> list[tuple[object, ...]]:
    return [
        _placed(
            entity,
            (
                load.path,
                load.content_hash,
                load.size_bytes,
                load.rows_in,
                load.rows_accepted,
                load.rows_refused,
                load.state,
                load.reason,
            ),
        )
        for load in entity.loads
    ]


def _sample_refused(connection: duckdb.DuckDBPyConnection, entity: Landed) -> None:
    if not any(load.rows_refused for load in entity.landed):
        return
    connection.execute(
        f"""
        insert into quality.refused_samples
        select {literal(entity.contract.system)}, {literal(entity.contract.entity)}, *
        from quarantine.{entity.contract.relation}
        qualify row_number() over (partition by reasons order by _file, _record)
            <= {SAMPLES_PER_REASON}
        order by reasons, _file, _record
        """
    )


def _entity_row(
    connection: duckdb.DuckDBPyConnection, entity: Landed, run: Run
) -> tuple[object, ...]:
    contract, landed = entity.contract, entity.landed
    accepted = sum(load.rows_accepted for load in landed)
    newest_at, column = _newest(connection, entity, run)
    age = (run.as_of - newest_at.date()).days if newest_at else None
    window = contract.freshness.window_days if contract.freshness else None
    return _placed(
        entity,
        (
            bool(landed),
            len(entity.loads),
            sum(load.rows_in for load in landed),
            accepted,
            sum(load.rows_refused for load in landed),
            _superseded(connection, contract, accepted) if landed else 0,
            _orphaned(connection, contract) if landed else 0,
            newest_at,
            column,
            window,
            age,
            age is not None and window is not None and age > window,
        ),
    )


def _superseded(connection: duckdb.DuckDBPyConnection, contract: Contract, accepted: int) -> int:
    if not contract.key:
        return 0
    return accepted - _number(
        connection,
        f"select count(*) from (select distinct {', '.join(contract.key)} "
        f"from raw.{contract.relation})",
    )


def _orphaned(connection: duckdb.DuckDBPyConnection, contract: Contract) -> int:
    """Rows in force with a reference, not null, to a key its entity does not have."""
    relation, rows = f"raw.{contract.relation}", "count(*)"
    if contract.load == "append_by_file":
        relation, rows = f"{relation}_daily", "coalesce(sum(calls), 0)"
    unknown = [
        f"({column.name} is not null and {column.name} not in "
        f"(select {target.key[0]} from raw.{target.relation}))"
        for column in contract.columns
        if column.references
        for target in (load_contracts()[column.references],)
    ]
    if not unknown:
        return 0
    return _number(
        connection,
        f"select {rows} from ({latest_per_key(contract, relation)}) where {' or '.join(unknown)}",
    )


def _newest(
    connection: duckdb.DuckDBPyConnection, entity: Landed, run: Run
) -> tuple[datetime | None, str | None]:
    """The latest freshness value before the run's end, and the first column that has one."""
    contract = entity.contract
    if not entity.landed or contract.freshness is None:
        return None, None
    rolled_up = contract.load == "append_by_file"
    relation = f"raw.{contract.relation}" + ("_hourly" if rolled_up else "")
    for column in contract.freshness.columns:
        value = "hour_at" if rolled_up else column
        newest_at: datetime | None = connection.execute(
            f"select max({value})::timestamp from {relation} where {value} < ?::timestamp",
            [run.as_of_end],
        ).fetchall()[0][0]
        if newest_at:
            return newest_at, column
    return None, None


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0])


def column_states(entity: Landed) -> list[tuple[str, str]]:
    """Each column's name and what became of it: present, absent, vanished or new.

    Vanished: an earlier file, in path order, had it and the newest has not (spec 1, Drift).
    """
    described = [load for load in entity.landed if load.columns]
    newest = set(described[-1].columns) if described else set()
    ever = {name for load in described for name in load.columns}
    states = [
        (
            column.name,
            "present" if column.name in newest else "vanished" if column.name in ever else "absent",
        )
        for column in entity.contract.columns
    ]
    new = sorted({name for load in entity.landed for name in load.new_columns})
    return states + [(name, "new") for name in new]


def overlaps(entity: Landed) -> list[tuple[str, str, datetime, datetime]]:
    """Pairs of append_by_file loads whose time ranges overlap, and the span they share."""
    spans = sorted(
        (load.from_at, load.until_at, load.path)
        for load in entity.landed
        if load.from_at and load.until_at
    )
    shared = []
    for index, (_, until_at, path) in enumerate(spans):
        for other_from, other_until, other_path in spans[index + 1 :]:
            if other_from > until_at:
                break
            shared.append((path, other_path, other_from, min(until_at, other_until)))
    return sorted(shared)


def _control_totals(loads: Iterable[Load]) -> list[tuple[object, ...]]:
    """Sums over the loads per column and currency, in that order."""
    groups: dict[tuple[str, str | None], list[ControlTotal]] = {}
    for load in loads:
        for total in load.control_totals:
            groups.setdefault((total.column, total.currency), []).append(total)
    return [
        (
            *group,
            sum(total.accepted_rows for total in totals),
            sum((total.accepted_total for total in totals), Decimal(0)),
            sum(total.negative_rows for total in totals),
            sum((total.negative_total for total in totals), Decimal(0)),
            sum(total.refused_rows for total in totals),
            sum((total.refused_total for total in totals), Decimal(0)),
        )
        for group, totals in sorted(groups.items(), key=lambda item: (item[0][0], item[0][1] or ""))
    ]
