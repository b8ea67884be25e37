"""Which integrators a reader asked for, and in which order."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

NO_RUNG = "none"
LOWEST_FIRST = "Lowest score first"
SORTS: dict[str, tuple[str, bool]] = {
    LOWEST_FIRST: ("si_quality_score", True),
    "Highest score first": ("si_quality_score", False),
    "Fell most in 13 weeks": ("change", True),
    "Most projects late": ("projects_late", False),
    "Most live projects": ("live_projects", False),
    "Partner, A to Z": ("partner_name", True),
}
EVERYONE = "All integrators"
ABOUT_TO_CLIMB = "Below the line, on no rung"
WITH_LATE = "With late projects"
WITHOUT_SCORE = "Without a score"


def shows(line: float | None) -> dict[str, Callable[[pd.DataFrame], "pd.Series[bool]"]]:
    """What can be shown, by name; `line` is the score the ladder begins below."""
    return {
        EVERYONE: lambda rows: pd.Series(True, index=rows.index),
        ABOUT_TO_CLIMB: lambda rows: (
            rows["rung"].eq(NO_RUNG)
            & rows["si_quality_score"].lt(float("-inf") if line is None else line)
        ),
        WITH_LATE: lambda rows: rows["projects_late"].gt(0),
        WITHOUT_SCORE: lambda rows: rows["si_quality_score"].isna(),
    }


@dataclass(frozen=True)
class Filters:
    """What a reader asked for."""

    search: str = ""
    rungs: tuple[str, ...] = ()
    show: str = EVERYONE
    sort: str = LOWEST_FIRST

    @property
    def said(self) -> list[str]:
        """The filters that leave something out, in words."""
        needle = [f"“{self.search.strip()}”"] if self.search.strip() else []
        shown = [self.show.lower()] if self.show != EVERYONE else []
        return [*needle, *self.rungs, *shown]


def select(
    rows: pd.DataFrame, filters: Filters, line: float | None, rung_words: "pd.Series[str]"
) -> pd.DataFrame:
    """The rows asked for; those without what is sorted by come last, equal ones by name."""
    keep = shows(line)[filters.show](rows)
    if filters.rungs:
        keep &= rung_words.isin(filters.rungs)
    needle = filters.search.strip().casefold()
    if needle:
        found = pd.Series(False, index=rows.index)
        for column in ("partner_name", "partner_manager", "partner_id"):
            texts = rows[column].fillna("").str.casefold()
            found |= texts.str.contains(needle, regex=False)
        keep &= found
    column, ascending = SORTS[filters.sort]
    chosen = rows[keep].sort_values(["partner_name", "partner_id"], kind="stable")
    return chosen.sort_values(column, ascending=ascending, na_position="last", kind="stable")
