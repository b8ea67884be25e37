"""A build DuckDB that holds many portfolios, and dbt's models over it."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

import duckdb
import pandas as pd
from attribution_oracle import Portfolio
from running_dbt import dbt

from orchestration.landing import Run, mount

MODELS = (
    "+fct_attribution_outcome",
    "+fct_deal_registration",
    "+fct_sourcing_test",
    "+int_pipeline__claims",
)


def build(folder: Path, portfolios: Sequence[Portfolio], as_of_end, *, has_events: bool) -> Path:
    """Load the portfolios' rows and run the models of attribution once; the DuckDB's path."""
    path = folder / "scorecards.duckdb"
    with duckdb.connect(path) as connection:
        mount(connection, [], Run((as_of_end - timedelta(days=1)).date(), run_id="oracle"))
        load(connection, portfolios, has_events=has_events)
    # Of tests between two models only those whose both ends are built.
    cautious = ("--indirect-selection", "cautious")
    dbt(path, "build", "--select", *MODELS, *cautious, "--exclude-resource-type", "unit_test")
    return path


def load(
    connection: duckdb.DuckDBPyConnection, portfolios: Sequence[Portfolio], *, has_events: bool
) -> None:
    """Write portfolios as raw rows; without events, the last of each kind as bare timestamps."""
    partners = [
        {
            "partner_id": p.partner_id,
            "initial_tier": p.tier,
            "tier_since": p.tier_since and p.tier_since.date(),
        }
        for portfolio in portfolios
        for p in portfolio.partners
    ]
    accounts = [
        {"account_id": account, "first_direct_touch_at": at}
        for portfolio in portfolios
        for account, at in portfolio.direct_at.items()
    ]
    opportunities = [
        {
            "opportunity_id": d.opportunity_id,
            "account_id": d.account_id,
            "opportunity_type": d.kind,
            "amount": None if d.cents is None else f"{d.cents / 100:.2f}",
            "created_at": d.created_at,
            "closed_at": d.closed_at,
            "is_closed": d.is_closed,
            "is_won": d.is_won,
        }
        for portfolio in portfolios
        for d in portfolio.deals
    ]
    touches = [
        {
            "touch_id": f"{t.opportunity_id}-{index}",
            "opportunity_id": t.opportunity_id,
            "partner_id": t.partner_id,
            "touched_at": t.touched_at,
            "touch_type": t.touch_type,
        }
        for portfolio in portfolios
        for index, t in enumerate(portfolio.touches)
    ]
    # Each touch came once before, said otherwise: the record seen last supersedes it.
    touches = [touch | {"touch_type": "lead"} for touch in touches] + touches
    registrations, events = [], []
    for portfolio in portfolios:
        for claim in portfolio.registrations:
            last = {} if has_events else {e.event: e for e in claim.events}
            activity, renewal = last.get("activity"), last.get("renewal")
            reopening = last.get("reopening")
            registrations.append(
                {
                    "registration_id": claim.registration_id,
                    "partner_id": claim.partner_id,
                    "account_id": claim.account_id,
                    "opportunity_id": claim.opportunity_id,
                    "submitted_at": claim.submitted_at,
                    "responded_at": claim.responded_at,
                    "decision": claim.decision,
                    "renewed_at": renewal and renewal.occurred_at,
                    "renewal_proof": "letter" if renewal and renewal.has_proof else None,
                    "last_activity_at": activity and activity.occurred_at,
                    "reopened_at": reopening and reopening.occurred_at,
                    "reopened_by_role": reopening and reopening.by_role,
                }
            )
            events += [
                {
                    "event_id": f"{claim.registration_id}-{index}",
                    "registration_id": claim.registration_id,
                    "event": e.event,
                    "occurred_at": e.occurred_at,
                    "proof": "letter" if e.has_proof else " ",
                    "by_role": e.by_role,
                }
                for index, e in enumerate(claim.events)
            ]
    _fill(connection, "crm__partners", partners)
    _fill(connection, "crm__accounts", accounts)
    _fill(connection, "crm__opportunities", opportunities)
    _fill(connection, "crm__opportunity_touches", touches)
    _fill(connection, "crm__deal_registrations", registrations)
    if has_events:
        _fill(connection, "crm__registration_events", events)


def _fill(
    connection: duckdb.DuckDBPyConnection, relation: str, rows: Iterable[dict[str, object]]
) -> None:
    """A table in place of the empty view of raw; the entity counts as present."""
    rows = list(rows)
    connection.execute(f"create table raw._new as select * from raw.{relation}")
    connection.execute(f"drop view raw.{relation}")
    connection.execute(f"alter table raw._new rename to {relation}")
    frame = pd.DataFrame(rows).assign(_file="file.csv", _record=range(2, len(rows) + 2))
    connection.register("frame", frame)
    connection.execute(f"insert into raw.{relation} by name select * from frame")
    connection.unregister("frame")
    system, entity = relation.split("__")
    connection.execute(
        "update quality.entities set is_present = true where system = ? and entity = ?",
        [system, entity],
    )
