"""The quarter's list of a small invented company, beside `snapshot_factory`: a case of each kind.

The first partners of the company each have one; all others are on hold as they are.
"""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from partner_rows import MARTS

QUARTER_END = date(2026, 9, 30)
PROMOTED, FRAGILE, DEMOTED, PAUSED, EXITED, WARNED, UNCOVERED = (
    f"P-{number:05d}" for number in range(1, 8)
)

_SURE: dict[str, Any] = {"robustness": 74 / 81, "weight_sets_kept": 74, "weight_sets": 81}
CASES: dict[str, dict[str, Any]] = {
    PROMOTED: _SURE
    | {
        "action": "promote",
        "current_tier": "gold",
        "qualified_tier": "platinum",
        "previous_qualified_tier": "platinum",
        "recommended_tier": "platinum",
        "reason": "qualified_twice",
        "sentences": "Qualified for Platinum at both quarter ends.\n"
        "Score 4.12 against 4.00, sourced ARR $612,000 against $500,000.",
        "cost_delta_cents": 7_731_250,
        "concentration": 0.23,
        "largest_account_id": "A-0042",
        "coverage": 0.94,
        "demotion_risk_on": date(2027, 1, 31),
        "demotion_risk": "The deal O-418 leaves the 12 months.",
    },
    FRAGILE: {
        "action": "promote",
        "current_tier": "silver",
        "qualified_tier": "gold",
        "previous_qualified_tier": "gold",
        "recommended_tier": "gold",
        "reason": "qualified_twice",
        "sentences": "Qualified for Gold at both quarter ends.",
        "robustness": 42 / 81,
        "weight_sets_kept": 42,
        "weight_sets": 81,
        "cost_delta_cents": 3_280_000,
        "concentration": 0.61,
        "coverage": 0.88,
        "restated_action": "hold",
    },
    DEMOTED: _SURE
    | {
        "action": "demote",
        "current_tier": "gold",
        "qualified_tier": "silver",
        "previous_qualified_tier": "silver",
        "recommended_tier": "silver",
        "reason": "misses",
        "sentences": "Missed Gold at two quarter ends in a row.\nScore 2.71 against 3.00.",
        "cost_delta_cents": -2_260_000,
        "coverage": 0.97,
        "cheapest_path": "Cheapest way to Gold: one step in CSAT and one more certified person.",
    },
    PAUSED: {
        "action": "pause",
        "current_tier": "silver",
        "reason": "no_active_contract",
        "sentences": "No active contract on 30 Sep 2026.",
        "coverage": 0.91,
    },
    EXITED: {
        "action": "exit",
        "current_tier": "registered",
        "reason": "inactive",
        "sentences": "No opportunity and no touch in 12 months.",
        "coverage": 0.7,
    },
    WARNED: _SURE
    | {
        "action": "warn",
        "current_tier": "gold",
        "qualified_tier": "silver",
        "previous_qualified_tier": "gold",
        "recommended_tier": "gold",
        "reason": "first_miss",
        "cost_delta_cents": 0,
        "sentences": "Missed Gold for the first time: pipeline $322,000 against $500,000.",
        "coverage": 0.9,
    },
    UNCOVERED: {
        "action": "hold",
        "current_tier": "silver",
        "recommended_tier": "silver",
        "reason": "coverage",
        "sentences": "Not enough data: coverage 45% against 60%.",
        "coverage": 0.45,
    },
}
_GROUPS = ("score", "criteria", "performance", "pipeline", "people", "contract")
_GATES = dict(
    zip(
        _GROUPS,
        ("weighted_score", "every_criterion", "sourced_arr", "pipeline_created"),
        strict=False,
    )
) | {"people": "certified_people", "contract": "active_contract"}


_TIER_COST = (
    "partner_id varchar, quarter_end date, tier varchar, commission_cents bigint, "
    "margin_cents bigint, mdf_cents bigint, cost_cents bigint"
)
COSTS = {
    (PROMOTED, "gold"): (1_000_000, 100_000, 2_500_000),
    (PROMOTED, "platinum"): (1_131_250, 200_000, 10_000_000),
    (FRAGILE, "silver"): (0, 500_000, 500_000),
    (FRAGILE, "gold"): (0, 600_000, 2_500_000),
    (DEMOTED, "gold"): (4_520_000, 0, 0),
    (DEMOTED, "silver"): (2_260_000, 0, 0),
}
"""Commission, margin and MDF of a year at a tier; those of the fragile have changed since."""


def add_tier_costs(path: Path) -> None:
    """Give a published file what partners cost at each tier."""
    with duckdb.connect(path) as connection:
        connection.execute(f"create or replace table marts.fct_tier_cost ({_TIER_COST})")
        for (partner, tier), parts in COSTS.items():
            connection.execute(
                "insert into marts.fct_tier_cost values (?, ?, ?, ?, ?, ?, ?)",
                [partner, QUARTER_END, tier, *parts, sum(parts)],
            )


ENDED, LONG_GONE = (FRAGILE, "P-00008"), "P-00010"
CUSTOMER = "Ochre & <b>Co</b>"


def add_ended_contracts(path: Path) -> None:
    """Let contracts of two partners end after the quarter, and one's that had none by then."""
    with duckdb.connect(path) as connection:
        connection.execute(
            f"create or replace table marts.fct_partner_term ({MARTS['fct_partner_term']})"
        )
        terms = [
            *((partner, date(2026, 11, 7)) for partner in ENDED),
            (ENDED[0], date(2025, 11, 7)),
            (LONG_GONE, date(2026, 9, 1)),
            (PROMOTED, date(2026, 12, 1)),
        ]
        for partner, until in terms:
            connection.execute(
                "insert into marts.fct_partner_term (partner_id, kind, until_on) "
                "values (?, 'contract', ?)",
                [partner, until],
            )
        connection.execute(
            """
            insert into marts.fct_tier_gate
            select
                * replace (
                    'week' as period_kind,
                    date '2026-11-09' as period_start,
                    date '2026-11-16' as period_end,
                    not list_contains($gone, partner_id) as is_met
                )
            from marts.fct_tier_gate
            where gate = 'active_contract'
            """,
            {"gone": [*ENDED, LONG_GONE]},
        )
        connection.execute(
            "update marts.fct_tier_gate set is_met = false where gate = 'active_contract' "
            "and period_kind = 'quarter' and partner_id = ?",
            [LONG_GONE],
        )
        connection.execute(
            "create or replace table marts.dim_account as "
            "select 'A-0042' as account_id, ? as account_name",
            [CUSTOMER],
        )


def add_tier_changes(path: Path) -> None:
    """Give a published file the quarter's recommendations and their gates."""
    with duckdb.connect(path) as connection:
        for mart in ("fct_tier_recommendation", "fct_tier_gate"):
            connection.execute(f"create or replace table marts.{mart} ({MARTS[mart]})")
        connection.execute("alter table policy.metrics add column unit varchar")
        partners = connection.execute("select partner_id from marts.dim_partner").fetchall()
        rows = [_row(partner) for (partner,) in sorted(partners)]
        for mart, values in {
            "fct_tier_recommendation": rows,
            "fct_tier_gate": [gate for row in rows for gate in _gates(row)],
        }.items():
            connection.register("rows", pd.DataFrame(values))
            connection.execute(f"insert into marts.{mart} by name select * from rows")
            connection.unregister("rows")


def _row(partner: str) -> dict[str, Any]:
    held = {
        "action": "hold",
        "current_tier": "silver",
        "qualified_tier": "silver",
        "recommended_tier": "silver",
        "reason": "in_place",
        "sentences": "Silver, as it is.",
        "coverage": 1.0,
        "cost_delta_cents": 0,
    }
    key = {"partner_id": partner, "quarter_end": QUARTER_END}
    identity = {"recommendation_id": f"{partner}@{QUARTER_END}"}
    return key | identity | CASES.get(partner, held | _SURE)


def _gates(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Promotions meet all six groups, by 0.12 in the score; the others are short in two."""
    promoted = row["action"] == "promote"
    tier = row["recommended_tier"] if promoted else row["current_tier"]
    return [
        {
            "partner_id": row["partner_id"],
            "period_kind": "quarter",
            "period_start": date(2026, 7, 1),
            "period_end": date(2026, 10, 1),
            "tier": tier,
            "gate": gate,
            "gate_group": group,
            "comparison": "at_least",
            "required": 4,
            "actual": 4 + (0.12 if group == "score" else 2),
            "is_met": promoted or group not in {"score", "pipeline"},
            "gap": 0.12 if group == "score" else 2,
            "status": "measured",
        }
        for group, gate in _GATES.items()
    ]
