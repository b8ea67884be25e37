"""Writing files so that a reader sees the old one or the new one, never half of one."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TEMPORARY = ".tmp"
"""Suffix of a file under way; nobody but its writer looks at it."""


def write_atomically(path: Path, text: str) -> None:
    """Replace `path` by a file holding `text` (UTF-8), durable once this returns."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file to write beside `path`, put in its place once the block ends, removed if it fails.

    No other writer has it: whoever of several ends last stands, and each file is whole.
    """
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}{TEMPORARY}")
    try:
        yield temporary
        commit(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def writing_into(folder: Path, *within: Path) -> Iterator[None]:
    """Let several processes write files into a folder and those `within` it at once.

    Who is alone there sweeps away what a writer left behind that was killed. The operating system
    ends a writer's part in the lock when it dies, however it dies.
    """
    with (folder / ".writing.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            for each in (folder, *within):
                for leftover in each.glob(f"*{TEMPORARY}"):
                    leftover.unlink(missing_ok=True)
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


def commit(temporary: Path, path: Path) -> None:
    """Move a finished file into place: flush it, rename it, flush the folder."""
    flush(temporary)
    temporary.replace(path)
    flush(path.parent)


def flush(path: Path) -> None:
    """Have the operating system put a file or a folder on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
