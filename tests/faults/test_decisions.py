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
