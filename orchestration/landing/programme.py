"""The schema `programme` of a build: what people decided, and what was already published."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import duckdb
import pyarrow as pa

from warehouse.ledger import (
    Decision,
    FindingState,
    FrozenRecommendation,
    PublishedFinding,
    ReviewEvent,
)

PROGRAMME_TABLES = {
    "decisions": {
        "decision_id": "bigint",
        "recommendation": "varchar",
        "partner_id": "varchar",
        "verdict": "varchar",
        "action": "varchar",
        "from_tier": "varchar",
        "to_tier": "varchar",
        "effective_on": "date",
        "decided_by": "varchar",
        "decided_at": "timestamp",
        "note": "varchar",
        "expires_on": "date",
    },
    "frozen_recommendations": {
        "partner_id": "varchar",
        "quarter_end": "date",
        "version": "varchar",
        "recommendation_id": "varchar",
        "action": "varchar",
        "current_tier": "varchar",
        "qualified_tier": "varchar",
        "previous_qualified_tier": "varchar",
        "recommended_tier": "varchar",
        "reason": "varchar",
        "sentences": "varchar",
        "robustness": "decimal(28,9)",
        "weight_sets_kept": "integer",
        "weight_sets": "integer",
        "concentration": "decimal(28,9)",
        "largest_account_id": "varchar",
        "coverage": "decimal(28,9)",
        "cost_delta_cents": "bigint",
        "demotion_risk_on": "date",
        "demotion_risk": "varchar",
        "cheapest_path": "varchar",
        "path_length": "integer",
    },
    "finding_states": {
        "entry_id": "bigint",
        "finding_id": "varchar",
        "state": "varchar",
        "decided_by": "varchar",
        "decided_at": "timestamp",
        "note": "varchar",
        "amount_cents": "bigint",
    },
    "first_seen_findings": {
        "finding_id": "varchar",
        "check_key": "varchar",
        "first_seen_on": "date",
        "version": "varchar",
    },
    "review_events": {
        "event_id": "bigint",
        "review_id": "varchar",
        "item_id": "varchar",
        "event": "varchar",
        "decided_by": "varchar",
        "decided_at": "timestamp",
        "note": "varchar",
    },
}


def mount_programme(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the tables of `programme`, empty, in a build's DuckDB."""
    connection.execute("create schema programme")
    for table, columns in PROGRAMME_TABLES.items():
        typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        connection.execute(f"create table programme.{table} ({typed})")


def fill_programme(
    connection: duckdb.DuckDBPyConnection,
    decisions: Sequence[Decision],
    frozen: Sequence[FrozenRecommendation],
    finding_states: Sequence[FindingState] = (),
    first_seen_findings: Sequence[PublishedFinding] = (),
    *,
    review_events: Sequence[ReviewEvent] = (),
) -> None:
    """Put what the ledger holds into the tables of `programme`, which have no row yet."""
    _insert(connection, "decisions", [asdict(row) for row in decisions], "select *")
    recommended = {
        name: kind
        for name, kind in PROGRAMME_TABLES["frozen_recommendations"].items()
        if name not in FrozenRecommendation._fields
    }
    typed = f"from_json(row_json, '{json.dumps(recommended)}')"
    _insert(
        connection,
        "frozen_recommendations",
        [row._asdict() for row in frozen],
        f"select partner_id, quarter_end, version, unnest({typed})",
    )
    _insert(connection, "finding_states", [asdict(row) for row in finding_states], "select *")
    _insert(
        connection,
        "first_seen_findings",
        [row._asdict() for row in first_seen_findings],
        "select *",
    )
    _insert(connection, "review_events", [asdict(row) for row in review_events], "select *")


def _insert(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    rows: Sequence[Mapping[str, object]],
    query: str,
) -> None:
    if rows:
        connection.register("arriving", pa.Table.from_pylist(list(rows)))
        connection.execute(f"insert into programme.{table} by name {query} from arriving")
        connection.unregister("arriving")
