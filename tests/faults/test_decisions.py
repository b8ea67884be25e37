"""What was approved is in force with the next refresh, and what was recommended stays as it was."""

import csv
import io

import pytest
from refreshing import Undisturbed

pytestmark = pytest.mark.faults


def rows(exported: dict[str, bytes], mart: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exported[mart].decode())))


def test_an_approved_change_is_the_current_tier_after_the_next_refresh(
    undisturbed: Undisturbed,
) -> None:
    decided = undisturbed.decided

    def tier(exported: dict[str, bytes]) -> str:
        [partner] = [
            row for row in rows(exported, "dim_partner") if row["partner_id"] == decided.partner_id
        ]
        return partner["current_tier"]

    assert (tier(undisturbed.before), tier(undisturbed.after)) == (decided.from_tier, "platinum")
    [now] = [
        row
        for row in rows(undisturbed.after, "fct_tier_history")
        if row["partner_id"] == decided.partner_id and not row["until_on"]
    ]
    assert (now["tier"], now["decided_by"], now["from_on"]) == (
        "platinum",
        "Ana Brandt",
        "2026-11-09",
    )


def test_recommendations_stand_as_they_were_published_first(undisturbed: Undisturbed) -> None:
    def published(exported: dict[str, bytes]) -> dict[str, dict[str, str]]:
        return {
            row["recommendation_id"]: {**row, "restated_action": ""}
            for row in rows(exported, "fct_tier_recommendation")
            if row["reason"] not in {"stale", "source_missing", "coverage"}
        }

    before, after = published(undisturbed.before), published(undisturbed.after)
    assert before
    assert {key: after[key] for key in before} == before


def test_a_leak_keeps_the_day_it_was_first_seen_on_and_shows_what_was_made_of_it(
    undisturbed: Undisturbed,
) -> None:
    def leaks(exported: dict[str, bytes]) -> dict[str, dict[str, str]]:
        return {
            row["finding_id"]: row
            for row in rows(exported, "fct_leakage_check")
            if row["state"] == "leak"
        }

    before, after = leaks(undisturbed.before), leaks(undisturbed.after)
    assert {row["first_seen_on"] for row in before.values()} == {"2026-11-08"}
    assert {key: row["first_seen_on"] for key, row in after.items()} == {
        key: "2026-11-08" if key in before else "2026-11-15" for key in after
    }
    states = {key: row["finding_state"] for key, row in after.items()}
    judged = undisturbed.judged.finding_id
    assert set(before) & set(after)
    assert states == {key: "acknowledged" if key == judged else "open" for key in after}
    assert (after[judged]["decided_by"], after[judged]["note"]) == ("Ana Brandt", "Asked billing.")
