"""Writing files so that a reader sees the old one or the new one, never half of one."""

import os
from pathlib import Path

TEMPORARY = ".tmp"
"""Suffix of a file under way; nobody but its writer looks at it."""


def write_atomically(path: Path, text: str) -> None:
    """Replace `path` by a file holding `text` (UTF-8), durable once this returns."""
    temporary = path.with_name(path.name + TEMPORARY)
    temporary.write_text(text, encoding="utf-8")
    commit(temporary, path)


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
