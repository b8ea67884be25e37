"""A real PostgreSQL in a folder of its own, reached by a socket in it, gone with the tests."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg

PATIENCE = 60
OWNER = "nobody"
"""Who runs the server where the tests are root: PostgreSQL refuses to be root."""


@dataclass(frozen=True)
class Server:
    folder: Path
    numbers: Iterator[int] = field(default_factory=count)

    def address(self, database: str) -> str:
        return f"postgresql://scorecards@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """The address of an empty database."""
        name = f"ledger_{next(self.numbers)}"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f"create database {name}")
        return self.address(name)


@contextmanager
def serving() -> Iterator[Server]:
    is_root = os.geteuid() == 0
    programs = _programs()
    # Not below pytest's folder, which nobody else may enter; and a socket's path is short.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    who = {"user": OWNER, "group": _group(OWNER), "extra_groups": []} if is_root else {}
    if is_root:
        shutil.chown(folder, OWNER, _group(OWNER))
    data = folder / "data"
    quiet = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, **who}
    subprocess.run(
        [
            *(programs / "initdb", "--pgdata", data, "--username", "scorecards"),
            *("--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync"),
        ],
        check=True,
        **quiet,
    )
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [
            *(programs / "postgres", "-D", data, "-k", folder, "-F"),
            *("-c", "listen_addresses=", "-c", "shared_buffers=16MB"),
        ],
        **{**quiet, "stdout": log, "stderr": log},
    )
    try:
        server = Server(folder)
        _wait_until_it_answers(server, process)
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        log.close()
        shutil.rmtree(folder)


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_release)
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        raise FileNotFoundError("PostgreSQL's initdb; `apt-get install postgresql` on Debian")
    return found[-1].parent if found else Path(str(on_path)).parent


def _release(initdb: Path) -> int:
    return int(initdb.parent.parent.name)


def _group(user: str) -> int:
    import pwd  # noqa: PLC0415 - not on every system, and only root needs it

    return pwd.getpwnam(user).pw_gid


def _wait_until_it_answers(server: Server, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(server.address("postgres")).close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
