"""One thing to tell, and how many of a kind are told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Literal, get_args

from dashboards import words
from dashboards.access import ROLES, Role

Part = Literal["waits", "changed", "reviews", "data"]
PARTS: tuple[Part, ...] = get_args(Part)
Tone = Literal["good", "watch", "bad", "none"]

EVERYONE = frozenset(ROLES)


@dataclass(frozen=True)
class Item:
    """One line: what it is about, what is so, the figure to it and the day it is true for."""

    part: Part
    subject: str
    """What the line stands among: Scores, Tiers, Leaks."""
    lead: str
    """A count with its noun, or a name: what the link says."""
    rest: str
    path: str
    """The page that shows the rows; with `filters`, those alone."""
    audience: frozenset[Role] = EVERYONE
    filters: Mapping[str, str] = field(default_factory=dict)
    count: int = 1
    """How many rows it speaks of."""
    tail: str = ""
    """Words from data that end the line: a deal's name."""
    value: str = ""
    on: date | None = None
    since: str = ""
    """What the day is: since, due, by."""
    tone: Tone = "none"
    partner_id: str | None = None
    is_name: bool = False
    """Whether `lead` is a name from data rather than words of ours."""

    @property
    def sentence(self) -> str:
        """The line as text."""
        return " ".join(filter(None, [self.lead, self.rest, self.tail]))


def of_part(items: Iterable[Item], part: Part) -> list[Item]:
    """The items of one part, in their order."""
    return [item for item in items if item.part == part]


def by_subject(items: Iterable[Item]) -> list[tuple[str, list[Item]]]:
    """Items under their subjects, both in order; those of a subject stand together."""
    return [(subject, list(found)) for subject, found in groupby(items, lambda i: i.subject)]


def shortened(items: Sequence[Item], most: int) -> tuple[list[Item], str]:
    """The first of a subject, and how many more there are in words; empty where that is all."""
    left = sum(item.count for item in items[most:])
    return list(items[:most]), f"and {words.count(left)} more" if left else ""
