import json
from datetime import date, datetime
from decimal import Decimal

import duckdb

from orchestration.landing import Run, fill_programme, mount
from orchestration.landing.programme import PROGRAMME_TABLES
from warehouse.ledger import (
    Decision,
    FindingState,
    FrozenRecommendation,
    PublishedFinding,
    ReviewEvent,
)

DECISION = Decision(
    decision_id=7,
    recommendation="P1@2026-09-30",
    partner_id="P1",
    verdict="approved",
    action="promote",
    from_tier="silver",
    to_tier="gold",
    effective_on=date(2026, 11, 15),
    decided_by="Ana Brandt",
    decided_at=datetime(2026, 11, 20, 12, 0, 0, 123456),
    note=None,
    expires_on=None,
)
ROW = {
    "partner_id": "P1",
    "quarter_end": "2026-09-30",
    "action": "promote",
    "sentences": "Qualified for Gold.\nIts name is “O'Hara”.",
    "robustness": "0.913580247",
    "weight_sets": 81,
    "cost_delta_cents": None,
    "demotion_risk_on": "2027-01-31",
    "of_a_later_product": "left out",
}


def mounted() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    mount(connection, [], Run(date(2026, 11, 15)), {})
    return connection


def test_a_build_without_a_ledger_has_empty_tables_of_the_programme() -> None:
    connection = mounted()
    fill_programme(connection, [], [])
    for table in PROGRAMME_TABLES:
        assert connection.execute(f"from programme.{table}").fetchall() == []


def test_decisions_and_frozen_rows_arrive_typed_to_the_last_digit() -> None:
    connection = mounted()
    frozen = FrozenRecommendation("P1", date(2026, 9, 30), "v1", json.dumps(ROW))
    fill_programme(connection, [DECISION], [frozen])
    [decided] = connection.execute("from programme.decisions").fetchall()
    assert Decision(*decided) == DECISION
    [kept] = connection.execute(
        """
        select partner_id, quarter_end, version, action, sentences, robustness, weight_sets,
            cost_delta_cents, demotion_risk_on, reason
        from programme.frozen_recommendations
        """
    ).fetchall()
    assert kept == (
        *("P1", date(2026, 9, 30), "v1", "promote", ROW["sentences"]),
        *(Decimal("0.913580247"), 81, None, date(2027, 1, 31), None),
    )


def test_what_was_made_of_findings_and_when_they_were_first_seen_arrive_typed() -> None:
    connection = mounted()
    state = FindingState(
        entry_id=3,
        finding_id="f1",
        state="resolved",
        decided_by="Ana Brandt",
        decided_at=datetime(2026, 11, 20, 12, 0, 0, 123456),
        note="billed in November",
        amount_cents=9_007_199_254_740_993,
    )
    seen = PublishedFinding("f1", "unbilled_usage", date(2026, 11, 8), "v1")
    fill_programme(connection, [], [], [state], [seen])
    [kept] = connection.execute("from programme.finding_states").fetchall()
    assert FindingState(*kept) == state
    [known] = connection.execute("from programme.first_seen_findings").fetchall()
    assert PublishedFinding(*known) == seen


def test_what_was_made_of_reviews_arrives_typed() -> None:
    connection = mounted()
    sent = ReviewEvent(
        event_id=2,
        review_id="R1",
        item_id=None,
        event="pre_read_sent",
        decided_by="Ana Brandt",
        decided_at=datetime(2026, 11, 20, 12, 0, 0, 123456),
        note=None,
    )
    fill_programme(connection, [], [], review_events=[sent])
    [kept] = connection.execute("from programme.review_events").fetchall()
    assert ReviewEvent(*kept) == sent
