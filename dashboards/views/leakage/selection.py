"""What was made of each leak, how old it is, and which a reader asked for."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from warehouse.ledger import FindingState

OPEN, ACKNOWLEDGED, RESOLVED = "Open", "Acknowledged", "Resolved"
STATES = (OPEN, ACKNOWLEDGED, RESOLVED)
EVERY_CHECK = "All checks"

LARGEST, OLDEST, NEWEST = "Largest first", "Oldest first", "Newest first"
SORTS: dict[str, tuple[str, bool]] = {
    LARGEST: ("amount_cents", False),
    OLDEST: ("first_seen_on", True),
    NEWEST: ("first_seen_on", False),
    "Partner, A to Z": ("partner_name", True),
}

AGES: tuple[tuple[str, int | None], ...] = (
    ("Over 90 days", None),
    ("31 to 90 days", 90),
    ("8 to 30 days", 30),
    ("Up to 7 days", 7),
)
"""Ages by the last day they hold, the oldest first."""

NEW_DAYS, OLD_DAYS = 7, 30

_SEARCHED = (
    "finding_id",
    "partner_id",
    "partner_name",
    "partner_manager",
    "account_id",
    "account_name",
    "entity_id",
    "evidence",
)


@dataclass(frozen=True)
class Filters:
    """What a reader asked for."""

    state: str = OPEN
    search: str = ""
    check: str = EVERY_CHECK
    """In words, as the address has it."""
    sort: str = LARGEST

    @property
    def said(self) -> list[str]:
        """The filters that leave something out of a list, in words."""
        needle = [f"“{self.search.strip()}”"] if self.search.strip() else []
        return needle + ([self.check.lower()] if self.check != EVERY_CHECK else [])


def with_states(leaks: pd.DataFrame, in_force: Mapping[str, FindingState] | None) -> pd.DataFrame:
    """The leaks plus `state`, and `entry`: who made that of it, None where nobody did.

    Without a ledger to ask (`None`) states are those the version was published with.
    """
    if in_force is None:
        published = leaks["finding_state"].fillna("open").str.capitalize()
        return leaks.assign(state=published, entry=None)
    entries = [in_force.get(key) for key in leaks["finding_id"]]
    states = [
        OPEN if entry is None or entry.state == "reopened" else entry.state.capitalize()
        for entry in entries
    ]
    return leaks.assign(
        state=pd.Series(states, index=leaks.index, dtype="object"),
        entry=pd.Series(entries, index=leaks.index, dtype="object"),
    )


def select(leaks: pd.DataFrame, filters: Filters) -> pd.DataFrame:
    """The leaks asked for; of equals the larger first, then the older."""
    keep = leaks["state"].eq(filters.state)
    if filters.check != EVERY_CHECK:
        keep &= leaks["label"].eq(filters.check)
    needle = filters.search.strip().casefold()
    if needle:
        found = pd.Series(False, index=leaks.index)
        for column in _SEARCHED:
            texts = leaks[column].fillna("").astype(str).str.casefold()
            found |= texts.str.contains(needle, regex=False)
        keep &= found
    column, ascending = SORTS[filters.sort]
    chosen = leaks[keep].sort_values(
        ["amount_cents", "first_seen_on", "finding_id"],
        ascending=[False, True, True],
        kind="stable",
    )
    return chosen.sort_values(
        column,
        ascending=ascending,
        na_position="last",
        kind="stable",
        ignore_index=True,
        key=lambda values: (
            values.astype("string").str.casefold() if column == "partner_name" else values
        ),
    )


def unresolved(leaks: pd.DataFrame) -> pd.DataFrame:
    """The leaks that nobody resolved."""
    return leaks[leaks["state"].ne(RESOLVED)]


def ages(leaks: pd.DataFrame) -> "pd.Series[int]":
    """The place of each leak's age in AGES."""
    place = pd.Series(0, index=leaks.index)
    for number, (_, last) in enumerate(AGES):
        if last is not None:
            place = place.mask(leaks["age_days"].le(last), number)
    return place


def by_age(leaks: pd.DataFrame) -> list[int]:
    """The minor units of leaks at each place of AGES."""
    sums = leaks["amount_cents"].groupby(ages(leaks)).sum()
    return [int(sums.get(place, 0)) for place in range(len(AGES))]


def by_partner(leaks: pd.DataFrame) -> pd.DataFrame:
    """A row per partner with leaks: leaks, amount_cents; the largest amount first.

    What belongs to no partner has a row of its own, without an id.
    """
    known = leaks.assign(
        partner_id=leaks["partner_id"].fillna(""),
        partner_name=leaks["partner_name"].where(leaks["partner_id"].notna(), "No partner"),
    )
    return (
        known.groupby("partner_id", sort=True)
        .agg(
            partner_name=("partner_name", "first"),
            has_partner=("has_partner", "first"),
            leaks=("finding_id", "size"),
            amount_cents=("amount_cents", "sum"),
        )
        .reset_index()
        .sort_values(["amount_cents", "leaks"], ascending=False, kind="stable", ignore_index=True)
    )
