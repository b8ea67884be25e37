"""The company under simulation: its size, its clock, and the verses written so far."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd

Frames = Mapping[str, pd.DataFrame]
"""What a verse returns: extracts named `system.entity`, and working tables without a dot."""


@dataclass(frozen=True)
class Scale:
    """How large a company, how long its history, and the day its extracts were taken."""

    partners: int
    weeks: int
    events: int
    seed: int
    until: date


@dataclass
class Company:
    """Writes each verse once, on demand, from random numbers of its own.

    A verse draws from a generator seeded by (seed, its name): neither the order in which verses
    are asked for nor a verse added later changes what the others say.
    """

    scale: Scale
    registry: Mapping[str, "Verse"]
    progress: Callable[[str], None] | None = None
    _written: dict[str, Frames] = field(default_factory=dict)

    @property
    def end(self) -> int:
        """The midnight that ends the last day, exclusive, in seconds since 1970."""
        return seconds(self.scale.until) + 86_400

    @property
    def start(self) -> int:
        """The first instant of the history."""
        return self.end - self.scale.weeks * 7 * 86_400

    def quarter_end(self, back: int = 0) -> int:
        """The first instant after the last whole calendar quarter, or after the one `back` ago."""
        ended = np.datetime64(self.end, "s").astype("datetime64[M]").astype(int) // 3 - back
        return int(np.datetime64(int(ended) * 3, "M").astype("datetime64[s]").astype(np.int64))

    @property
    def years(self) -> float:
        """Length of the history in years."""
        return self.scale.weeks / 52.1775

    def rng(self, name: str) -> np.random.Generator:
        """The random numbers that belong to `name` alone."""
        digest = hashlib.sha256(f"{self.scale.seed}/{name}".encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:16], "big"))

    def verse(self, name: str) -> Frames:
        """The frames of a verse; KeyError if the registry has no such verse."""
        if name not in self._written:
            make = self.registry[name]
            if self.progress is not None:
                self.progress(f"simulate {name.replace('_', ' ')}")
            self._written[name] = make(self, self.rng(name))
        return self._written[name]


Verse = Callable[[Company, np.random.Generator], Frames]


def seconds(day: date) -> int:
    """Midnight that begins `day`, in seconds since 1970 (UTC)."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
