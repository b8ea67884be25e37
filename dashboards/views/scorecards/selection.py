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
STALE = "On stale data"

SHOWS: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    EVERYONE: lambda rows: pd.Series(True, index=rows.index),
    UNDER_FLOOR: lambda rows: rows["is_below_coverage_floor"].eq(True),
    UNSCORED: lambda rows: rows["weighted_score"].isna(),
    FELL: lambda rows: rows["change_13w"].le(-NOTABLE_FALL),
    INCOMPLETE: lambda rows: rows[[f"{c}_score" for c in CRITERIA]].isna().any(axis=1),
    STALE: lambda rows: rows["stale_sources"].fillna("").ne(""),
}

SORTS: dict[str, tuple[str, bool]] = {
    "Score, highest first": ("weighted_score", False),
    "Score, lowest first": ("weighted_score", True),
    "Fell most in 13 weeks": ("change_13w", True),
    "Rose most in 13 weeks": ("change_13w", False),
    "Coverage, lowest first": ("coverage", True),
    "Name": ("partner_name", True),
}
DEFAULT_SORT = "Score, highest first"
FELL_MOST = "Fell most in 13 weeks"


@dataclass(frozen=True)
class Filters:
    """What the filters say. Empty tiers or types mean all of them."""

    search: str = ""
    tiers: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    show: str = EVERYONE
    sort: str = DEFAULT_SORT

    @property
    def said(self) -> list[str]:
        """The filters that leave something out, in words."""
        return [
            *([f"“{self.search.strip()}”"] if self.search.strip() else []),
            *([" or ".join(self.tiers)] if self.tiers else []),
            *([" or ".join(self.types)] if self.types else []),
            *([self.show.lower()] if self.show != EVERYONE else []),
        ]


def with_shown_scores(rows: pd.DataFrame) -> pd.DataFrame:
    """The frame plus `score` and `score_then`, truncated to two decimals, and `change_13w` of them.

    The change is of the scores as shown, so that what is shown adds up.
    """
    shown = _truncated(rows["weighted_score"])
    then = _truncated(rows["weighted_score_13_weeks_ago"])
    return rows.assign(score=shown, score_then=then, change_13w=(shown - then).round(2))


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
    needle = filters.search.strip().casefold()
    if needle:
        found = pd.Series(False, index=rows.index)
        for column in ("partner_name", "partner_manager", "partner_id"):
            found |= rows[column].fillna("").str.casefold().str.contains(needle, regex=False)
        keep &= found
    column, ascending = SORTS[filters.sort]
    return rows[keep].sort_values(
        [column, "partner_name", "partner_id"],
        ascending=[ascending, True, True],
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
