"""What is proposed, as rows of policy, and who moves by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from itertools import pairwise

import pandas as pd

from dashboards import words
from dashboards.frames import records
from dashboards.reconciliation import in_units
from warehouse.policy.drafting import Draft, Row, plain, replaced_from

_NINE = Decimal("1e-9")
UP, DOWN, SAME = "up", "down", "same"


@dataclass(frozen=True)
class Subject:
    """The part of a policy table that one form changes: the rows of one archetype, metric, tier."""

    table: str
    column: str
    key: str

    @property
    def of(self) -> dict[str, str]:
        """The cells all its rows have."""
        return {self.column: self.key}


Proposal = Mapping[Subject, Sequence[Row]]
"""The rows proposed for each subject; only those that differ from today's."""


def in_proportion(entered: Mapping[str, Decimal]) -> dict[str, str] | None:
    """Weights as shares of 1 to nine places that add up to 1; None where all are 0.

    What rounding leaves goes to the largest remainders, of equal ones to the first.
    """
    whole = sum(entered.values(), Decimal(0))
    if not whole:
        return None
    exact = {key: value / whole for key, value in entered.items()}
    cut = {key: value.quantize(_NINE, rounding=ROUND_FLOOR) for key, value in exact.items()}
    left = int((1 - sum(cut.values(), Decimal(0))) / _NINE)
    for key in sorted(exact, key=lambda key: cut[key] - exact[key])[:left]:
        cut[key] += _NINE
    return {key: plain(value) for key, value in cut.items()}


def from_below(bands: Sequence[Row]) -> list[Row]:
    """Bands in the order of their values."""
    return sorted(
        bands, key=lambda band: (band["lower_bound"] != "", Decimal(band["lower_bound"] or 0))
    )


def banded(
    bands: Sequence[Row], lines: Sequence[str], scores: Sequence[tuple[str, str]]
) -> list[Row]:
    """Bands from below with other lines between them and other scores (at either bound).

    On which side a line itself lies stays as it is.
    """
    rows = [
        band | {"score": score, "score_at_upper_bound": at_upper}
        for band, (score, at_upper) in zip(bands, scores, strict=True)
    ]
    for (below, above), line in zip(pairwise(rows), lines, strict=True):
        below["upper_bound"] = above["lower_bound"] = line
    return rows


def drafted(policy: Draft, proposal: Proposal, day: date) -> Draft:
    """The whole policy with what is proposed in force from a day on."""
    draft = dict(policy)
    for subject, rows in proposal.items():
        draft[subject.table] = replaced_from(draft[subject.table], subject.of, rows, day)
    return draft


def changes(policy: Draft, proposal: Proposal, day: date) -> dict[str, list[Row]]:
    """The tables that the proposal changes, whole."""
    draft = drafted(policy, proposal, day)
    return {table: draft[table] for table in sorted({subject.table for subject in proposal})}


def with_direction(rows: pd.DataFrame, ranks: Mapping[str, int]) -> pd.DataFrame:
    """The partners with `direction`: do they qualify for a higher tier, a lower, the same?"""
    now = rows["qualified_tier"].map(ranks).fillna(0)
    then = rows["proposed_qualified_tier"].map(ranks).fillna(0)
    direction = pd.Series(SAME, index=rows.index).mask(then > now, UP).mask(then < now, DOWN)
    return rows.assign(direction=direction)


def moving(rows: pd.DataFrame) -> pd.DataFrame:
    """Those who qualify for another tier or are recommended another change; those up first."""
    is_recommended_else = (rows["action"] != rows["proposed_action"]) | (
        rows["recommended_tier"].fillna("") != rows["proposed_recommended_tier"].fillna("")
    )
    chosen = rows[(rows["direction"] != SAME) | is_recommended_else]
    order = chosen["direction"].map({UP: 0, DOWN: 1, SAME: 2})
    return chosen.loc[order.sort_values(kind="stable").index]


def counted(rows: pd.DataFrame, tiers: Sequence[str]) -> tuple[list[int], list[int]]:
    """How many qualify for each tier and, last, for none: as published, and as proposed."""
    both = []
    for column in ("qualified_tier", "proposed_qualified_tier"):
        known = rows[column].value_counts()
        both.append([*(int(known.get(tier, 0)) for tier in tiers), int(rows[column].isna().sum())])
    return both[0], both[1]


def export_rows(rows: pd.DataFrame, currency: str) -> pd.DataFrame:
    """The movers as a table to take away, with what they cost where the version says so."""
    table = pd.DataFrame(
        [
            {
                "partner_id": row.partner_id,
                "partner_name": row.partner_name,
                "current_tier": row.current_tier,
                "qualifies_for": row.qualified_tier,
                "would_qualify_for": row.proposed_qualified_tier,
                "recommended": words.movement(row.action, row.recommended_tier),
                "would_be_recommended": words.movement(
                    row.proposed_action, row.proposed_recommended_tier
                ),
                "score": row.weighted_score,
                "score_proposed": row.proposed_weighted_score,
            }
            for row in records(rows)
        ]
    )
    if "cost_change_cents" in rows:
        cost = in_units(rows["cost_change_cents"], currency)
        table[f"cost_a_year_{currency}"] = cost.to_numpy()
    return table
