"""Which partners a reader asked for, and in which order."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

NOTABLE_FALL = 0.5
"""A fall over 13 weeks that is worth a line on the page: half a rubric step, a whole sparkline."""

CRITERIA = (
    "revenue_influence",
    "delivery_quality",
    "security_posture",
    "support_maturity",
)

EVERYONE = "All partners"
UNDER_FLOOR = "Under the coverage floor"
UNSCORED = "Not scored"
FELL = f"Fell {NOTABLE_FALL} or more in 13 weeks"
INCOMPLETE = "A criterion not measured"
FELL_IN_HEALTH = "Fell a health band this week"
STALE = "On stale data"
STUCK = "Stuck in onboarding"
LAPSED = "Contract ended, undecided"


def fell_in_health(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Whether a partner's health stands in a lower band than a week ago."""
    is_lower = rows["health_score"].astype("float64") < rows["health_score_last_week"].astype(
        "float64"
    )
    before = rows["health_band_last_week"]
    return is_lower & before.notna() & rows["health_band"].ne(before)


SHOWS: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    EVERYONE: lambda rows: pd.Series(True, index=rows.index),
    UNDER_FLOOR: lambda rows: rows["is_below_coverage_floor"].eq(True),
    UNSCORED: lambda rows: rows["weighted_score"].isna(),
    FELL: lambda rows: rows["change_13w"].le(-NOTABLE_FALL),
    INCOMPLETE: lambda rows: rows[[f"{c}_score" for c in CRITERIA]].isna().any(axis=1),
    FELL_IN_HEALTH: fell_in_health,
    STALE: lambda rows: rows["stale_sources"].fillna("").ne(""),
    LAPSED: lambda rows: rows["is_lapsed"].eq(True),
    STUCK: lambda rows: rows["is_stuck"].eq(True),
}

MOVEMENTS = ("promote", "demote", "pause", "exit", "warn", "hold")
"""In the order in which they ask for somebody: decisions, then warnings, then none."""
DECISIONS = MOVEMENTS[:4]

SORTS: dict[str, tuple[tuple[str, bool], ...]] = {
    "Decisions first": (("urgency", True), ("weighted_score", False)),
    "Score, highest first": (("weighted_score", False),),
    "Score, lowest first": (("weighted_score", True),),
    "Fell most in 13 weeks": (("change_13w", True),),
    "Rose most in 13 weeks": (("change_13w", False),),
    "Health, lowest first": (("health_score", True),),
    "Coverage, lowest first": (("coverage", True),),
    "Name": (("partner_name", True),),
}
"""By name, the columns to sort by and whether upwards."""
DEFAULT_SORT = "Decisions first"
FELL_MOST = "Fell most in 13 weeks"


@dataclass(frozen=True)
class Filters:
    """What the filters say. Empty tiers, types, health or movements mean all of them."""

    search: str = ""
    tiers: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    movements: list[str] = field(default_factory=list)
    show: str = EVERYONE
    sort: str = DEFAULT_SORT

    @property
    def said(self) -> list[str]:
        """The filters that leave something out, in words."""
        return [
            *([f"“{self.search.strip()}”"] if self.search.strip() else []),
            *([" or ".join(self.tiers)] if self.tiers else []),
            *(
                " or ".join(chosen)
                for chosen in (self.types, self.health, self.movements)
                if chosen
            ),
            *([self.show.lower()] if self.show != EVERYONE else []),
        ]


def with_shown_scores(rows: pd.DataFrame) -> pd.DataFrame:
    """The frame plus `score` and `score_then`, truncated to two decimals, and `change_13w` of them.

    The change is of the scores as shown, so that what is shown adds up. `urgency` is the place of
    its movement among MOVEMENTS.
    """
    shown = _truncated(rows["weighted_score"])
    then = _truncated(rows["weighted_score_13_weeks_ago"])
    urgency = rows["movement"].map({key: place for place, key in enumerate(MOVEMENTS)})
    return rows.assign(
        score=shown,
        score_then=then,
        change_13w=(shown - then).round(2),
        urgency=urgency.astype("float64"),
    )


def select(
    rows: pd.DataFrame, filters: Filters, *, tiers: pd.Series, types: pd.Series
) -> pd.DataFrame:
    """The rows that pass every filter, in order; those without the sorted value come last.

    `tiers` and `types` are the words of each row's tier and type, as the filters offer them.
    """
    keep = SHOWS[filters.show](rows)
    if filters.tiers:
        keep &= tiers.isin(filters.tiers)
    if filters.types:
        keep &= types.isin(filters.types)
    if filters.health:
        keep &= rows["health_band"].isin(filters.health)
    if filters.movements:
        keep &= rows["movement"].isin([key.lower() for key in filters.movements])
    needle = filters.search.strip().casefold()
    if needle:
        found = pd.Series(False, index=rows.index)
        for column in ("partner_name", "partner_manager", "partner_id"):
            found |= rows[column].fillna("").str.casefold().str.contains(needle, regex=False)
        keep &= found
    order = (*SORTS[filters.sort], ("partner_name", True), ("partner_id", True))
    return rows[keep].sort_values(
        [column for column, _ in order],
        ascending=[is_upwards for _, is_upwards in order],
        na_position="last",
        key=_caseless,
        ignore_index=True,
    )


def _truncated(scores: pd.Series) -> pd.Series:
    """Scores cut to two decimals; nine places first, for 4.35 as a double lies below 4.35."""
    return pd.Series(np.trunc((scores.astype("float64") * 100).round(7)) / 100)


def _caseless(column: pd.Series) -> pd.Series:
    return (
        column if pd.api.types.is_numeric_dtype(column) else column.astype("string").str.casefold()
    )
