"""Refusals that are still to be told: kept in the home until everybody was told or given up."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from warehouse.files import write_atomically
from warehouse.settings import Settings


@dataclass(frozen=True)
class Refusal:
    """A refresh that was refused; `at` bears a zone."""

    at: datetime
    reasons: tuple[str, ...]

    @property
    def about(self) -> str:
        """The event: the same reasons are one on a day."""
        reasons = sha256("\n".join(self.reasons).encode(errors="replace")).hexdigest()[:12]
        return f"{self.at.astimezone(UTC):%Y-%m-%d}-{reasons}"


def keep(settings: Settings, refusal: Refusal) -> None:
    """Keep it for a later look. Raises OSError."""
    file = _file(settings, refusal)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(
        file, json.dumps({"at": refusal.at.isoformat(), "reasons": refusal.reasons}) + "\n"
    )


def kept(settings: Settings) -> list[Refusal]:
    """What was kept and not forgotten, the first one first."""
    found = []
    for file in _folder(settings).glob("*.json"):
        try:
            told = json.loads(file.read_text("utf-8"))
        except FileNotFoundError:
            continue  # somebody else has just told it
        found.append(Refusal(datetime.fromisoformat(told["at"]), tuple(told["reasons"])))
    return sorted(found, key=lambda refusal: (refusal.at, refusal.about))


def forget(settings: Settings, refusal: Refusal) -> None:
    """Keep it no longer."""
    _file(settings, refusal).unlink(missing_ok=True)


def _file(settings: Settings, refusal: Refusal) -> Path:
    return _folder(settings) / f"{refusal.about}.json"


def _folder(settings: Settings) -> Path:
    return settings.warehouse / "refusals"
