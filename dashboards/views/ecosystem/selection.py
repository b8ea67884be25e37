"""Which KPIs a reader asked for, how each stands, and what needs a person first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

MONTHS, WEEKS = "Months", "Weeks"
KINDS = {MONTHS: "month", WEEKS: "week"}
EVERY_OWNER, EVERY_KPI = "All owners", "One KPI"

FAMILIES = {
    "growth": "Growth",
    "reliability": "Reliability",
    "quality": "Quality",
    "efficiency": "Efficiency",
}

ON_TARGET, WATCH, OFF_TARGET = "on_target", "watch", "off_target"
NO_TARGET, NOT_MEASURED = "no_target", "not_measured"

SEGMENTS = {"strategic": "Strategic", "growth": "Growth", "long_tail": "Long tail"}


@dataclass(frozen=True)
class Filters:
    """What a reader asked for."""

    by: str = MONTHS
    owner: str = EVERY_OWNER
    kpi: str = EVERY_KPI


@dataclass(frozen=True)
class Kpi:
    """One KPI: where it stands in the latest period, and its periods, the first first."""

    key: str
    now: Any
    """The latest period's row."""
    history: pd.DataFrame
    off_for: int
    """Periods in a row that it has been off its target; 0 where it is not."""

    @property
    def is_always_off(self) -> bool:
        """Whether it was off in every period that it was measured in, for longer than is known."""
        return self.off_for == int(self.history["status"].ne(NOT_MEASURED).sum())

    @property
    def distance(self) -> float:
        """How far it is from its target, as a share of it."""
        row = self.now
        value = float(row.value)
        lines = targets(row)
        gap = min(abs(value - line) for line in lines)
        return gap / max(abs(lines[0]), 1e-9)


def targets(row: Any) -> list[float]:
    """The line to reach, or the two to stay between; none without a target."""
    lines = (row.target, row.target_high)
    return [float(line) for line in lines if not pd.isna(line)]


def periods(kpis: pd.DataFrame, by: str) -> pd.DataFrame:
    """The rows by month or by week."""
    return kpis[kpis["period_kind"].eq(KINDS[by])]


def standing(kpis: pd.DataFrame) -> list[Kpi]:
    """Each KPI of rows of one kind of period, in the order of the programme.

    The latest period is the latest of all of them: a KPI without a row in it has none.
    """
    if kpis.empty:
        return []
    latest = kpis["period_end"].max()
    found = []
    for key, history in kpis.groupby("kpi_key", sort=False):
        ordered = history.sort_values("period_end", kind="stable", ignore_index=True)
        [*_, now] = ordered.itertuples(index=False)
        if now.period_end != latest:
            continue
        found.append(Kpi(str(key), now, ordered, _off_for(ordered["status"].tolist())))
    order = list(FAMILIES)
    return sorted(found, key=lambda kpi: (_place(order, kpi.now.family), kpi.now.position, kpi.key))


def _place(order: Sequence[str], family: str) -> int:
    return order.index(family) if family in order else len(order)


def _off_for(statuses: Sequence[str]) -> int:
    count = 0
    for status in reversed(statuses):
        if status != OFF_TARGET:
            break
        count += 1
    return count


def select(kpis: Sequence[Kpi], owner: str) -> list[Kpi]:
    """Those of one owner, or all."""
    return [kpi for kpi in kpis if owner in (EVERY_OWNER, kpi.now.owner)]


def pressing(kpis: Sequence[Kpi]) -> list[Kpi]:
    """What is off its target, the furthest first, and then what is to be watched."""
    judged = {
        status: [kpi for kpi in kpis if kpi.now.status == status] for status in (OFF_TARGET, WATCH)
    }
    return [
        kpi
        for status in (OFF_TARGET, WATCH)
        for kpi in sorted(judged[status], key=lambda kpi: (-kpi.distance, kpi.key))
    ]
