"""Where each recommendation stands between those who decide, and which a reader asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from warehouse.ledger import Decision

WAITING, APPROVED, REJECTED, DEFERRED = "Waiting", "Approved", "Rejected", "Deferred"
WARN, HOLD = "Warn", "Hold"
STATES = (WAITING, APPROVED, REJECTED, DEFERRED, WARN, HOLD)

MOVES = ("promote", "demote", "pause", "exit")
"""Actions that somebody decides, in the order they are listed."""

FRAGILE = 0.75
"""Under this share of weight sets a tier depends on the choice of weights."""

_ACTIONS = (*MOVES, "warn", "hold")
_OF_VERDICT = {"approved": APPROVED, "rejected": REJECTED, "deferred": DEFERRED}

DEFAULT_SORT = "By action"
FRAGILE_FIRST = "Least robust first"
SORTS: dict[str, tuple[str, bool]] = {
    DEFAULT_SORT: ("action_order", True),
    FRAGILE_FIRST: ("robustness", True),
    "Most concentrated first": ("concentration", False),
    "Largest cost first": ("cost_delta_cents", False),
    "Least covered first": ("coverage", True),
    "Partner": ("partner_name", True),
}


@dataclass(frozen=True)
class Ledger:
    """The decisions that a page shows, in order of writing."""

    entries: tuple[Decision, ...]

    def verdict_on(self, recommendation: str) -> Decision | None:
        """The final verdict on a recommendation, or the last deferral while there is none."""
        verdicts = [
            entry
            for entry in self.entries
            if entry.recommendation == recommendation and entry.verdict in _OF_VERDICT
        ]
        final = [entry for entry in verdicts if entry.is_final]
        return next(iter(final or verdicts[-1:]), None)

    def lapsing(self) -> list[Decision]:
        """Exceptions that lapse, the first to lapse first."""
        dated = [e for e in self.entries if e.verdict == "exception" and e.expires_on is not None]
        return sorted(dated, key=lambda entry: (str(entry.expires_on), entry.decision_id))

    def exceptions(self, as_of: date) -> dict[str, Decision]:
        """By partner, the exception granted last that has not lapsed."""
        return {
            entry.partner_id: entry
            for entry in self.entries
            if entry.verdict == "exception"
            and (entry.expires_on is None or as_of < entry.expires_on)
        }


def with_states(rows: pd.DataFrame, entries: Sequence[Decision]) -> pd.DataFrame:
    """The rows plus `state` and `verdict`, the decision on each or None."""
    by_recommendation: dict[str, list[Decision]] = {}
    for entry in entries:
        if entry.recommendation is not None:
            by_recommendation.setdefault(entry.recommendation, []).append(entry)
    verdicts = [
        Ledger(tuple(by_recommendation.get(key, ()))).verdict_on(key)
        for key in rows["recommendation_id"]
    ]
    states = [
        _state(str(action), verdict)
        for action, verdict in zip(rows["action"], verdicts, strict=True)
    ]
    return rows.assign(
        state=states,
        verdict=pd.Series(verdicts, index=rows.index, dtype=object),
        action_order=rows["action"].map(_ACTIONS.index),
    )


def _state(action: str, verdict: Decision | None) -> str:
    if verdict is not None:
        return _OF_VERDICT[verdict.verdict]
    return {"warn": WARN, "hold": HOLD}.get(action, WAITING)


def select(rows: pd.DataFrame, state: str, needle: str, sort: str) -> pd.DataFrame:
    """The rows of one state that hold `needle`, in order; rows without the value come last."""
    keep = rows["state"].eq(state)
    wanted = needle.strip().casefold()
    if wanted:
        found = pd.Series(False, index=rows.index)
        for column in ("partner_name", "partner_manager", "partner_id"):
            found |= rows[column].fillna("").str.casefold().str.contains(wanted, regex=False)
        keep &= found
    column, ascending = SORTS[sort]
    return rows[keep].sort_values(
        list(dict.fromkeys([column, "robustness", "partner_name", "partner_id"])),
        ascending=[ascending, *[True] * (3 if column not in {"robustness", "partner_name"} else 2)],
        na_position="last",
        key=lambda values: (
            values
            if pd.api.types.is_numeric_dtype(values)
            else values.astype("string").str.casefold()
        ),
        ignore_index=True,
    )


def undecided_ends(without_contract: pd.DataFrame, entries: Sequence[Decision]) -> pd.DataFrame:
    """Of partners without a contract those that had one when the quarter ended, and on whom nobody
    decided since: a deferral is no decision, an exception is one."""
    last: dict[str, date] = {}
    for entry in entries:
        if entry.is_final or entry.verdict == "exception":
            last[entry.partner_id] = entry.decided_at.date()
    decided = pd.to_datetime(without_contract["partner_id"].map(last))
    ended = without_contract["ended_on"]
    is_done = decided.notna() & (ended.isna() | decided.ge(ended))
    return without_contract[without_contract["is_since_the_quarter"] & ~is_done]


def is_fragile(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Whether the tier would be another under many of the weight sets tried."""
    return rows["robustness"].lt(FRAGILE)
