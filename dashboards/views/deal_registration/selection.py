"""Which claims a reader asked for, and in which order."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

PENDING = "pending"
IN_FORCE = ("approved", "renewed", "reopened")
STATUSES = (
    PENDING,
    *IN_FORCE,
    "expired",
    "expired_inactive",
    "invalid_reopen",
    "rejected",
)
STATUS_WORDS = {
    "pending": "Pending",
    "approved": "Approved",
    "renewed": "Renewed",
    "reopened": "Reopened",
    "expired": "Expired",
    "expired_inactive": "Expired by silence",
    "invalid_reopen": "Reopened wrongly",
    "rejected": "Rejected",
}
EXPIRES_SOON = timedelta(days=30)

_LONG = 1e6
"""Hours longer than any claim waits or holds, to order within a stage."""

EVERY_CLAIM = "All claims"
LATE = "Past the response target"
EXPIRING = f"Expires in {EXPIRES_SOON.days} days"
DISPUTED = "In conflict"
WRONGLY_REOPENED = "Reopened wrongly"
WITHOUT_DEAL = "In force without a deal"
SHOWS = (EVERY_CLAIM, LATE, EXPIRING, DISPUTED, WRONGLY_REOPENED, WITHOUT_DEAL)
EVERYBODY = "All owners"

URGENT = "Needs somebody first"
SORTS: dict[str, tuple[str, bool]] = {
    URGENT: ("urgency", True),
    "Latest submission first": ("submitted_at", False),
    "First to expire": ("valid_until", True),
    "Slowest answer first": ("waited_hours", False),
    "Partner, A to Z": ("partner_name", True),
}


@dataclass(frozen=True)
class Filters:
    """What a reader asked for."""

    search: str = ""
    statuses: tuple[str, ...] = ()
    """In words, as the address has them."""
    owner: str = EVERYBODY
    show: str = EVERY_CLAIM
    sort: str = URGENT

    @property
    def said(self) -> list[str]:
        """The filters that leave something out, in words."""
        needle = [f"“{self.search.strip()}”"] if self.search.strip() else []
        owner = [f"owner {self.owner}"] if self.owner != EVERYBODY else []
        shown = [self.show.lower()] if self.show != EVERY_CLAIM else []
        return [*needle, *(status.lower() for status in self.statuses), *owner, *shown]


def judged(claims: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The claims plus what the page asks of them.

    is_in_force; is_late (answered past the target, or still waiting past it); is_waiting_late;
    is_expiring (in force, and its last day is within 30 days); is_disputed; waited_hours (until
    the answer, else until the end of the as-of date); urgency (waiting past the target, waiting,
    about to expire, in force, ended; of those that wait the longest first, of those in force the
    first to end).
    """
    end = pd.Timestamp(as_of) + timedelta(days=1)
    status = claims["status"]
    missed = claims["is_within_target"].eq(False).fillna(False).astype(bool)
    in_force = status.isin(IN_FORCE)
    until = pd.to_datetime(claims["valid_until"])
    waiting = (end - pd.to_datetime(claims["submitted_at"])).dt.total_seconds() / 3600
    expiring = in_force & (until >= end) & (until <= end + EXPIRES_SOON)
    pending = status.eq(PENDING)
    stage = np.select([missed & pending, pending, expiring, in_force], [0, 1, 2, 3], 4)
    left = (until - end).dt.total_seconds() / 3600
    return claims.assign(
        is_in_force=in_force,
        is_late=missed,
        is_waiting_late=missed & pending,
        is_expiring=expiring,
        is_disputed=claims["ruling"].notna(),
        waited_hours=claims["response_hours"].fillna(waiting.where(pending)),
        urgency=stage + np.select([pending, in_force], [-waiting, left], 0) / _LONG,
    )


_KEPT: dict[str, Callable[[pd.DataFrame], "pd.Series[bool]"]] = {
    EVERY_CLAIM: lambda rows: pd.Series(True, index=rows.index),
    LATE: lambda rows: rows["is_late"],
    EXPIRING: lambda rows: rows["is_expiring"],
    DISPUTED: lambda rows: rows["is_disputed"],
    WRONGLY_REOPENED: lambda rows: rows["status"].eq("invalid_reopen"),
    WITHOUT_DEAL: lambda rows: rows["is_in_force"] & ~rows["has_deal"],
}


def select(claims: pd.DataFrame, filters: Filters) -> pd.DataFrame:
    """The claims asked for; those without what is sorted by come last, equal ones as they were."""
    keep = _KEPT[filters.show](claims)
    if filters.statuses:
        keep &= claims["status"].map(STATUS_WORDS).isin(filters.statuses)
    if filters.owner != EVERYBODY:
        keep &= claims["routed_to"].eq(filters.owner)
    needle = filters.search.strip().casefold()
    if needle:
        found = pd.Series(False, index=claims.index)
        for column in (
            "registration_id",
            "partner_name",
            "partner_manager",
            "partner_id",
            "account_name",
            "account_id",
            "opportunity_name",
            "opportunity_id",
        ):
            texts = claims[column].fillna("").astype(str).str.casefold()
            found |= texts.str.contains(needle, regex=False)
        keep &= found
    column, ascending = SORTS[filters.sort]
    return claims[keep].sort_values(
        column, ascending=ascending, na_position="last", kind="stable", ignore_index=True
    )
