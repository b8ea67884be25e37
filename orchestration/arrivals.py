"""Whether extracts have arrived: the folder looked at again and again, and taken when it rests."""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter

_UNDER_WAY = (".tmp", ".part", ".partial", ".crdownload", ".filepart", ".swp", "~")
"""How the names of files end that somebody is still writing."""


@dataclass(frozen=True)
class Watch:
    """Fingerprints: of what the last look saw, and of what a refresh was last asked for."""

    seen: str = ""
    requested: str = ""

    def to_cursor(self) -> str:
        """The watch as the text Dagster keeps between two looks."""
        return TypeAdapter(dict[str, str]).dump_json(asdict(self)).decode()

    @classmethod
    def from_cursor(cls, cursor: str | None) -> "Watch":
        """The watch of that text; a new one where there is none yet."""
        return cls(**TypeAdapter(dict[str, str]).validate_json(cursor)) if cursor else cls()


def fingerprint(extracts: Path) -> str:
    """Hash of path, size and time of every finished file; empty where there is none."""
    lines = [
        f"{path.relative_to(extracts).as_posix()}\0{stat.st_size}\0{stat.st_mtime_ns}\n"
        for path in sorted(extracts.rglob("*"))
        if _is_finished(path, extracts) and (stat := path.stat())
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest() if lines else ""


def look(watch: Watch, now: str) -> tuple[Watch, bool]:
    """The watch after a look that saw the fingerprint `now`, and whether to refresh.

    A refresh is asked for once per state of the folder, and only when two looks running saw the
    same state: a file that still grows holds it back.
    """
    rests = bool(now) and now == watch.seen
    if rests and now != watch.requested:
        return Watch(seen=now, requested=now), True
    return Watch(seen=now, requested=watch.requested), False


def _is_finished(path: Path, extracts: Path) -> bool:
    is_hidden = any(part.startswith(".") for part in path.relative_to(extracts).parts)
    return path.is_file() and not is_hidden and not path.name.endswith(_UNDER_WAY)
