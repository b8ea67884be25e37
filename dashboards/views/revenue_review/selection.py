"""Which month is reviewed, and the numbers of it and of the month before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd

from dashboards import words

COSTS = ("cogs", "commissions", "support", "mdf", "partner_team", "onboarding", "tooling")
LINES = {
    "gross": "Gross",
    "refunds_credits": "Refunds, credits",
    "cogs": "COGS",
    "commissions": "Commissions",
    "support": "Support",
    "mdf": "MDF",
    "partner_team": "Partner team",
    "onboarding": "Onboarding",
    "tooling": "Tooling",
}
"""The lines between gross revenue and contribution margin, as the page calls them."""

_FROM = {
    "billing.costs": ("cogs", "partner_team", "onboarding", "tooling"),
    "support.tickets": ("support",),
    "crm.mdf_requests": ("mdf",),
}
"""The costs that rest on an extract."""

HISTORY = 13
_LAST = ("direct", "unknown")


@dataclass(frozen=True)
class Month:
    """A month to review."""

    first: date
    as_of: date

    @property
    def last(self) -> date:
        """Its last day."""
        return (self.first + timedelta(days=31)).replace(day=1) - timedelta(days=1)

    @property
    def is_closed(self) -> bool:
        """Whether all of its days are in the version."""
        return self.last <= self.as_of

    @property
    def name(self) -> str:
        """Oct 2026, as the address has it."""
        return words.day(self.first).removeprefix("1 ")

    @property
    def before(self) -> "Month":
        """The month before."""
        return Month((self.first - timedelta(days=1)).replace(day=1), self.as_of)


def months_of(firsts: Sequence[pd.Timestamp], as_of: date) -> list[Month]:
    """The months to choose from, the latest first."""
    return [Month(first.date(), as_of) for first in sorted(firsts, reverse=True)]


def latest_closed(months: Sequence[Month]) -> Month:
    """The month to open with: the latest that is closed, else the latest."""
    return next((month for month in months if month.is_closed), months[0])


def of_month(rows: pd.DataFrame, first: date) -> pd.DataFrame:
    """The rows of one month."""
    return rows[rows["month"].eq(pd.Timestamp(first))]


def row_of(rows: pd.DataFrame, first: date) -> Any | None:
    """The one row of a month, or None."""
    found = of_month(rows, first)
    return None if found.empty else next(found.itertuples(index=False))


def change(now: float | None, then: float | None) -> Decimal | None:
    """By what percentage an amount changed; of nothing and of a loss there is no percentage."""
    if words.is_absent(now) or words.is_absent(then) or now is None or not then or then <= 0:
        return None
    return (words.decimal(now) / words.decimal(then) - 1) * 100


def points_change(now: float | None, then: float | None) -> Decimal | None:
    """By how many points a percentage changed."""
    if words.is_absent(now) or words.is_absent(then) or now is None or then is None:
        return None
    return (words.decimal(now) - words.decimal(then)) * 100


def types_in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Partner types by margin, the highest first; direct and unknown come after them."""
    rank = rows["partner_type"].map({key: place for place, key in enumerate(_LAST, start=1)})
    return (
        rows.assign(rank=rank.fillna(0))
        .sort_values(
            ["rank", "contribution_margin_cents", "partner_type"], ascending=[True, False, True]
        )
        .drop(columns="rank")
    )


def rates_by_type(types: pd.DataFrame, month: Month) -> pd.DataFrame:
    """Margins of the last months to the one chosen: a column per partner type, gaps kept."""
    window = types[types["month"].le(pd.Timestamp(month.first))]
    wide = window.pivot(index="month", columns="partner_type", values="margin_rate")
    return wide.sort_index().tail(HISTORY).astype(float)


def of_quarter(rows: pd.DataFrame, month: Month) -> pd.DataFrame:
    """The rows of the latest quarter that had ended by the month's end."""
    ended = rows[rows["quarter_end"].le(pd.Timestamp(min(month.last, month.as_of)))]
    return ended[ended["quarter_end"].eq(ended["quarter_end"].max())]


def motions_of(motions: pd.DataFrame, month: Month) -> pd.DataFrame:
    """The motions that lost money in the latest quarter, those listed first."""
    latest = of_quarter(motions, month)
    below = latest["contribution_margin_cents"].lt(0)
    return latest[below | latest["is_listed"]].sort_values(
        ["is_listed", "contribution_margin_cents"], ascending=[False, True], kind="stable"
    )


def tiers_of(economics: pd.DataFrame, month: Month, tiers: Sequence[str]) -> pd.DataFrame:
    """The tiers of the latest quarter, the highest first; one of another programme comes last."""
    latest = of_quarter(economics, month)
    places = {tier: place for place, tier in enumerate(tiers)}
    order = latest["tier"].map(places).fillna(-1).sort_values(ascending=False, kind="stable")
    return latest.loc[order.index]


def absent_lines(missing: Sequence[str]) -> frozenset[str]:
    """The costs that nothing tells, as the extract they rest on is missing."""
    return frozenset(line for extract in missing for line in _FROM.get(extract, ()))


def new_in(leaks: pd.DataFrame, day: date) -> pd.DataFrame:
    """The leaks first seen in the month of a day; none where all are, for then none is new."""
    is_new = leaks["first_seen_on"].ge(pd.Timestamp(day.replace(day=1)))
    return leaks[is_new & (not is_new.all())]


def dearest_to_support(partners: pd.DataFrame) -> pd.DataFrame:
    """The partners that cost support, their roles together, the dearest first."""
    sums = partners.groupby(["partner_id", "partner_name"], as_index=False)[
        ["support_cents", "net_cents", "contribution_margin_cents"]
    ].sum()
    costing = sums[sums["support_cents"].gt(0) & ~sums["partner_id"].isin(_LAST)]
    return costing.sort_values(["support_cents", "partner_id"], ascending=[False, True])
