"""What the tables of credit, commission and leakage must keep to."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

from warehouse.policy.dating import by, rows_of, states
from warehouse.policy.errors import PolicyError
from warehouse.policy.table_rules import Policy


def pools_sum_to_one(policy: Policy) -> Iterator[PolicyError]:
    """The pools of the roles add up to 1 on every day."""
    for day, pools in states(rows_of(policy["role_pools"])):
        total = sum((row.share for row in pools), Decimal(0))
        if pools and total != 1:
            message = f"the shares sum to {total} from {day}, not to 1"
            yield PolicyError("role_pools.csv", pools[0].Index, "weights", message)


def first_and_last_touch_leave_no_debt(policy: Policy) -> Iterator[PolicyError]:
    """The first and the last touch of the position-based split get no more than the whole."""
    names = ("position_first_share", "position_last_share")
    ends = [row for row in rows_of(policy["attribution_settings"]) if row.setting in names]
    for day, rows in states(ends):
        total = sum((Decimal(row.value) for row in rows), Decimal(0))
        if total > 1:
            message = f"{' and '.join(names)} sum to {total} from {day}, more than 1"
            yield PolicyError("attribution_settings.csv", rows[0].Index, "weights", message)


def shared_revenue_has_a_term(policy: Policy) -> Iterator[PolicyError]:
    """Revenue is shared for so many months; no other rate has a term."""
    for row in rows_of(policy["commission_rates"]):
        is_shared = row.kind == "revenue_share"
        if (row.months is None) is is_shared:
            message = f"{row.kind} {'needs' if is_shared else 'has no use for'} months"
            yield PolicyError("commission_rates.csv", row.Index, "numbers", message)


def commission_bands_hold_every_amount(policy: Policy) -> Iterator[PolicyError]:
    """On every day the bands of a partner type touch, from 0 without end."""
    told: set[int] = set()
    rows = rows_of(policy["commission_bands"])
    for partner_type, day, bands in _stretches(rows, "partner_type", "lower_bound"):
        for what, band in _gaps(bands):
            if band.Index not in told:
                told.add(band.Index)
                message = f"{partner_type} from {day}: {what}"
                yield PolicyError("commission_bands.csv", band.Index, "bands", message)


def no_amount_is_in_two_bands(policy: Policy) -> Iterator[PolicyError]:
    """A band ends after it begins, and before the next one of its day begins."""
    for table, key, lower, upper in (
        ("commission_bands", "partner_type", "lower_bound", "upper_bound"),
        ("volume_rebates", "partner_type", "lower_bound", "upper_bound"),
        ("clawback", "reason", "from_day", "until_day"),
    ):
        rows = rows_of(policy[table])
        for row in rows:
            end = getattr(row, upper)
            if end is not None and end <= getattr(row, lower):
                message = f"{upper} {end} is not above {lower} {getattr(row, lower)}"
                yield PolicyError(f"{table}.csv", row.Index, "bands", message)
        told: set[int] = set()
        for name, day, bands in _stretches(rows, key, lower):
            for before, after in pairwise(bands):
                end = getattr(before, upper)
                overlaps = end is None or end > getattr(after, lower)
                if overlaps and after.Index not in told:
                    told.add(after.Index)
                    message = f"{name} from {day}: the band overlaps that of row {before.Index}"
                    yield PolicyError(f"{table}.csv", after.Index, "bands", message)


def clawback_runs_straight_to_an_end(policy: Policy) -> Iterator[PolicyError]:
    """A share that changes within a stretch of days has a day by which it has changed."""
    for row in rows_of(policy["clawback"]):
        if row.until_day is None and row.share_from != row.share_until:
            message = f"{row.reason} runs from {row.share_from} to {row.share_until} without end"
            yield PolicyError("clawback.csv", row.Index, "slopes", message)


def every_phase_has_an_owner(policy: Policy) -> Iterator[PolicyError]:
    """From the first day on, each phase is owned whatever the segment."""
    missing = {"open", "qualified", "won", "lost"}
    for day, rows in states(rows_of(policy["routing"])):
        present = {row.phase for row in rows if row.segment == "any"}
        for phase in sorted(missing - present):
            message = f"nobody owns {phase} deals of any segment from {day}"
            yield PolicyError("routing.csv", None, "missing", message)
        missing &= present


def checks_have_their_own_place(policy: Policy) -> Iterator[PolicyError]:
    """No two checks share a rank on any day: a payout's cents go to the first."""
    told: set[int] = set()
    for day, checks in states(rows_of(policy["leakage_checks"])):
        for (rank,), (first, *others) in by(checks, "rank"):
            for row in others:
                if row.Index not in told:
                    told.add(row.Index)
                    message = (
                        f"{row.check_key} has rank {rank} from {day}, as {first.check_key} has"
                    )
                    yield PolicyError("leakage_checks.csv", row.Index, "ranks", message)


def a_quarter_takes_no_more_than_the_year(policy: Policy) -> Iterator[PolicyError]:
    """The funds of a quarter are part of those of the year."""
    for row in rows_of(policy["mdf_budgets"]):
        if row.quarterly_maximum > row.annual:
            message = f"{row.tier} has {row.quarterly_maximum} a quarter of {row.annual} a year"
            yield PolicyError("mdf_budgets.csv", row.Index, "range", message)


def _stretches(rows: Iterable[Any], key: str, lower: str) -> Iterator[tuple[str, Any, list[Any]]]:
    """For each value of `key` and day of change, the bands in force from the lowest up."""
    for (name,), own in by(rows, key):
        for day, bands in states(own):
            if bands:
                yield name, day, sorted(bands, key=lambda band: getattr(band, lower))


def _gaps(ascending: list[Any]) -> Iterator[tuple[str, Any]]:
    """The amounts from 0 up that no band holds, and the band to look at."""
    if ascending[0].lower_bound != 0:
        yield f"no band below {ascending[0].lower_bound}", ascending[0]
    for lower, upper in pairwise(ascending):
        if lower.upper_bound is not None and lower.upper_bound < upper.lower_bound:
            yield f"no band between {lower.upper_bound} and {upper.lower_bound}", upper
    if ascending[-1].upper_bound is not None:
        yield f"no band above {ascending[-1].upper_bound}", ascending[-1]
