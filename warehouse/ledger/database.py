"""Connections to the ledger: one writer at a time, any number of readers, SQLite or PostgreSQL."""

import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.pool import NullPool

from warehouse.ledger.tables import metadata
from warehouse.settings import Settings

BUSY_SECONDS = 30
"""How long a writer of SQLite waits for the one before it."""

_NAME = "SCORECARDS_DECISIONS_URL"
_LOCK_OF_WRITERS = 7_211_003
"""The key of PostgreSQL's advisory lock: any number, always the same."""

_WRITES = "ledger_writes"


class LedgerUnavailableError(Exception):
    """The ledger cannot be opened, read or written; says why in a line."""


@contextmanager
def reading(settings: Settings, *tables: Table) -> Iterator[Connection | None]:
    """A connection that sees the ledger as it stands at one moment; None while it has no `tables`.

    It has none before its first entry; those of a newer product come with the next one.
    Raises LedgerUnavailableError.
    """
    engine = _engine(settings)
    path = _sqlite_file(engine.url)
    if path is not None and not path.exists():
        yield None
        return
    with _told_in_a_line(engine.url), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection if _holds(connection, tables) else None


@contextmanager
def writing(settings: Settings) -> Iterator[Connection]:
    """A transaction of the only writer; it is kept when the block ends without an error.

    Creates the tables that are not there. Raises LedgerUnavailableError; an IntegrityError is the
    caller's to understand.
    """
    engine = _engine(settings)
    if path := _sqlite_file(engine.url):
        path.parent.mkdir(parents=True, exist_ok=True)
    with _told_in_a_line(engine.url), engine.connect() as connection:
        connection.execution_options(**{_WRITES: True})
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(text(f"select pg_advisory_xact_lock({_LOCK_OF_WRITERS})"))
            if not _holds(connection, metadata.sorted_tables):
                metadata.create_all(connection)
            yield connection


def _holds(connection: Connection, tables: Iterable[Table]) -> bool:
    return {table.name for table in tables} <= set(inspect(connection).get_table_names())


def _engine(settings: Settings) -> Engine:
    return _engine_of(settings.decisions_url or f"sqlite:///{settings.home / 'decisions.sqlite'}")


@cache
def _engine_of(address: str) -> Engine:
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise LedgerUnavailableError(f"{_NAME}: {error}") from error
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in ("sqlite", "postgresql") or not url.database:
        raise LedgerUnavailableError(
            f"{_NAME}: expected sqlite:///<file> or postgresql://<user>@<host>/<database>"
        )
    try:
        # A connection lives for one transaction: no thread or process inherits another's.
        engine = create_engine(url, poolclass=NullPool)
    except ModuleNotFoundError as error:
        raise LedgerUnavailableError(
            f"{_NAME}: {error.name} is not installed; for PostgreSQL install "
            "partner-scorecards[postgres]"
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _sqlite_file(url: URL) -> Path | None:
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # we begin transactions, not the driver
    connection.execute(f"pragma busy_timeout = {BUSY_SECONDS * 1000}")
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("pragma journal_mode = wal")
        except sqlite3.OperationalError:  # changing the mode of a new file does not wait by itself
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    is_writer = connection.get_execution_options().get(_WRITES, False)
    # A transaction that turns writer halfway may be refused; one that begins as writer waits.
    connection.exec_driver_sql("begin immediate" if is_writer else "begin")


@contextmanager
def _told_in_a_line(url: URL) -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        reason = " ".join(str(error.orig).split())
        # Without its cause, of which a refused refresh would tell nothing but the driver's words.
        raise LedgerUnavailableError(
            f"the decisions ledger {url.render_as_string()}: {reason}"
        ) from None
