"""Which span of time and which deals a reader asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pandas as pd

from dashboards import words
from dashboards.frames import records
from dashboards.queries.attribution import DISAGREEING, WIDEST

Span = tuple[date | None, date | None]

LAST_FOUR = "This quarter and the three before"
ALL_TIME = "All time"
_QUARTERS_OFFERED = 8


def quarter_name(start: date, as_of: date) -> str:
    """A quarter by its months: Jul–Sep 2026; the running one says so."""
    end = pd.Timestamp(start) + pd.DateOffset(months=2)
    months = [words.day(each).split()[1] for each in (start, end)]
    years = "" if start.year == end.year else f" {start.year}"
    name = f"{months[0]}{years}–{months[1]} {end.year}"
    following = pd.Timestamp(start) + pd.DateOffset(months=3)
    return f"{name} so far" if pd.Timestamp(as_of) < following - pd.Timedelta(days=1) else name


def spans(quarters: pd.DataFrame, as_of: date, first_month: int) -> dict[str, Span]:
    """The spans on offer by name, both ends included; the first is what a page begins with."""
    running = pd.Timestamp(as_of).replace(day=1)
    running -= pd.DateOffset(months=(running.month - first_month) % 3)
    offered: dict[str, Span] = {
        LAST_FOUR: ((running - pd.DateOffset(months=9)).date(), as_of),
    }
    for row in records(quarters.dropna(subset=["quarter_start"]).head(_QUARTERS_OFFERED)):
        start = row.quarter_start.date()
        offered[quarter_name(start, as_of)] = (start, row.quarter_end.date())
    return offered | {ALL_TIME: (None, None)}


def within(quarters: pd.DataFrame, span: Span) -> pd.DataFrame:
    """The quarters of a span; deals closed on no day belong to all time alone."""
    from_on, until_on = span
    keep = pd.Series(True, index=quarters.index)
    if from_on is not None:
        keep &= pd.to_datetime(quarters["quarter_start"]) >= pd.Timestamp(from_on)
    if until_on is not None:
        keep &= pd.to_datetime(quarters["quarter_start"]) <= pd.Timestamp(until_on)
    return quarters[keep]


def shares(parts: Sequence[int]) -> list[Decimal]:
    """What each part is of all of them, to a tenth of a percent; together they are the whole.

    The largest remainders are rounded up, of equals the first. Wants a sum above 0.
    """
    whole = sum(parts)
    cut = [divmod(part * 1000, whole) for part in parts]
    left = 1000 - sum(thousandths for thousandths, _ in cut)
    by_rest = sorted(range(len(parts)), key=lambda place: -cut[place][1])
    up = set(by_rest[:left])
    return [Decimal(cut[place][0] + (place in up)).scaleb(-3) for place in range(len(parts))]


@dataclass(frozen=True)
class Filters:
    """What a reader asked for."""

    span: str
    search: str = ""
    kind: str = DISAGREEING
    order: str = WIDEST

    @property
    def said(self) -> list[str]:
        """The filters that leave something out, in words."""
        needle = [f"“{self.search.strip()}”"] if self.search.strip() else []
        return [*needle, f"“{self.kind.lower()}”", self.span.lower()]


def known_quarters(quarters: pd.DataFrame, at_most: int) -> Sequence[object]:
    """The latest quarters, and what was won on no known day at the end."""
    dated = quarters[quarters["quarter_start"].notna()].head(at_most)
    return list(records(pd.concat([dated, quarters[quarters["quarter_start"].isna()]])))
