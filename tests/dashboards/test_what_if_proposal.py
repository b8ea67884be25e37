"""What the fields of the what-if page come to: rows of policy, and who moves by them."""

from datetime import date
from decimal import Decimal

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from dashboards.queries.tiers import with_costs
from dashboards.views.what_if.selection import (
    DOWN,
    SAME,
    UP,
    Subject,
    banded,
    changes,
    counted,
    drafted,
    from_below,
    in_proportion,
    moving,
    with_direction,
)
from dashboards.views.what_if.view import next_quarter
from warehouse.policy.drafting import plain

RANKS = {"registered": 1, "silver": 2, "gold": 3}


@given(st.lists(st.decimals(0, 100, places=2), min_size=1, max_size=6))
def test_weights_are_taken_in_proportion_and_add_up_to_exactly_one(entered: list[Decimal]) -> None:
    shares = in_proportion({str(n): weight for n, weight in enumerate(entered)})

    if not any(entered):
        assert shares is None
    else:
        assert shares is not None
        assert sum(map(Decimal, shares.values())) == 1
        for n, weight in enumerate(entered):
            off = Decimal(shares[str(n)]) - weight / sum(entered)
            assert abs(off) < Decimal("1e-9")


def test_weights_that_add_up_stay_as_entered() -> None:
    entered = {"a": Decimal(40), "b": Decimal(25), "c": Decimal(35)}
    assert in_proportion(entered) == {"a": "0.4", "b": "0.25", "c": "0.35"}
    thirds = in_proportion(dict.fromkeys("abc", Decimal(1)))
    assert thirds == {"a": "0.333333334", "b": "0.333333333", "c": "0.333333333"}


def band(score: str, lower: str, upper: str, is_from: str = "true") -> dict[str, str]:
    return {
        "metric_key": "m",
        "score": score,
        "score_at_upper_bound": "",
        "lower_bound": lower,
        "lower_is_inclusive": is_from if lower else "false",
        "upper_bound": upper,
        "upper_is_inclusive": "false",
        "valid_from": "2000-01-01",
        "valid_to": "",
    }


def test_other_lines_move_both_bands_that_meet_there() -> None:
    bands = from_below([band("2", "10", ""), band("0", "", "-5"), band("1", "-5", "10")])
    assert [row["score"] for row in bands] == ["0", "1", "2"]

    rows = banded(bands, ["-4", "12"], [("0", ""), ("1", "1.5"), ("3", "")])

    assert [(r["lower_bound"], r["upper_bound"]) for r in rows] == [
        ("", "-4"),
        ("-4", "12"),
        ("12", ""),
    ]
    assert [(r["score"], r["score_at_upper_bound"]) for r in rows] == [
        ("0", ""),
        ("1", "1.5"),
        ("3", ""),
    ]
    assert bands[1]["upper_bound"] == "10"


def test_a_proposal_ends_what_held_until_its_day_and_begins_then() -> None:
    weight = {"archetype": "si", "criterion": "c", "weight": "1", "valid_from": "2000-01-01"}
    other = weight | {"archetype": "oem", "valid_to": ""}
    held = weight | {"valid_to": ""}
    later = weight | {"weight": "0.5", "valid_from": "2027-01-01", "valid_to": ""}
    policy = {"criterion_weights": [held, other, later], "tiers": []}
    proposal = {Subject("criterion_weights", "archetype", "si"): [held | {"weight": "0.7"}]}

    assert changes(policy, proposal, date(2026, 10, 1)) == {
        "criterion_weights": [
            held | {"valid_to": "2026-10-01"},
            other,
            held | {"weight": "0.7", "valid_from": "2026-10-01"},
        ]
    }
    # From its own first day on there is nothing left of what held, and what is kept goes on.
    assert changes(policy, proposal, date(2000, 1, 1))["criterion_weights"] == [
        other,
        held | {"weight": "0.7"},
    ]
    same = {Subject("criterion_weights", "archetype", "si"): [held]}
    assert changes(policy, same, date(2026, 10, 1))["criterion_weights"] == [held, other]
    assert drafted(policy, proposal, date(2026, 10, 1))["tiers"] == []


def test_who_moves_qualifies_for_another_tier_or_is_recommended_otherwise() -> None:
    rows = pd.DataFrame(
        [
            ("falls", "gold", "silver", "hold", "warn", "gold", "gold"),
            ("stays", "gold", "gold", "hold", "hold", "gold", "gold"),
            ("rises", "silver", "gold", "hold", "hold", "silver", "silver"),
            ("to none", "registered", None, "hold", "hold", "silver", "silver"),
            ("from none", None, "registered", "hold", "hold", "silver", "silver"),
            ("warned no more", "gold", "gold", "warn", "hold", "gold", "gold"),
            ("to another tier", "gold", "gold", "promote", "promote", "silver", "gold"),
        ],
        columns=[
            "partner_id",
            "qualified_tier",
            "proposed_qualified_tier",
            "action",
            "proposed_action",
            "recommended_tier",
            "proposed_recommended_tier",
        ],
    )

    told = with_direction(rows, RANKS)

    assert told["direction"].tolist() == [DOWN, SAME, UP, DOWN, UP, SAME, SAME]
    assert moving(told)["partner_id"].tolist() == [
        "rises",
        "from none",
        "falls",
        "to none",
        "warned no more",
        "to another tier",
    ]
    assert counted(told, list(RANKS)) == ([1, 1, 4, 1], [1, 1, 4, 1])


def test_a_proposal_begins_by_default_with_the_next_fiscal_quarter() -> None:
    def policy(month: int) -> dict[str, list[dict[str, str]]]:
        row = {"setting": "fiscal_year_start_month", "value": str(month)}
        return {"settings": [row | {"valid_from": "2000-01-01", "valid_to": ""}]}

    assert next_quarter(policy(1), date(2026, 11, 15)) == date(2027, 1, 1)
    assert next_quarter(policy(2), date(2026, 10, 31)) == date(2026, 11, 1)
    assert next_quarter(policy(2), date(2026, 11, 1)) == date(2027, 2, 1)


def test_numbers_stand_in_a_policy_file_without_zeros_to_no_purpose() -> None:
    assert [plain(Decimal(n)) for n in ("500000", "0.400000000", "0", "-1.50")] == [
        "500000",
        "0.4",
        "0",
        "-1.5",
    ]


def test_what_a_proposal_costs_is_the_tiers_it_leads_to_less_those_of_today() -> None:
    rows = pd.DataFrame(
        [("a", "gold", "silver"), ("b", None, "silver"), ("c", "gold", "gold"), ("d", "gold", "x")],
        columns=["partner_id", "qualified_tier", "proposed_qualified_tier"],
    )
    at_tiers = [("silver", 10, 1, 100), ("gold", 30, 2, 500)]
    costs = pd.DataFrame(
        [(partner, tier, *parts, sum(parts)) for partner in "abcd" for tier, *parts in at_tiers],
        columns=[
            *("partner_id", "tier", "commission_cents", "margin_cents", "mdf_cents", "cost_cents")
        ],
    )

    told = with_costs(rows, costs, "qualified_tier", "proposed_qualified_tier")

    assert told["cost_change_cents"].tolist()[:3] == [-421, 111, 0]
    assert told["mdf_change_cents"].tolist()[:3] == [-400, 100, 0]
    assert told["cost_change_cents"].isna().tolist() == [False, False, False, True]
