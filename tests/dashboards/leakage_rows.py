"""Leaks of a small invented company, beside `snapshot_factory`: a state to a row.

Usage and payouts leak, one check is clear, one cannot tell, one has nothing to look at.
"""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

import seeds

POLICY = Path(seeds.__file__).parent / "policy"
HOSTILE = '=HYPERLINK("http://x")<script>alert(1)</script>'
FIRST, SECOND = "P-00001", "P-00002"
AS_OF = date(2026, 11, 15)

LEAKAGE_CHECK = """
create or replace table marts.fct_leakage_check (
    finding_id varchar, check_key varchar, partner_id varchar, account_id varchar,
    entity_type varchar, entity_id varchar, period date, state varchar, amount_cents bigint,
    has_amount boolean, evidence varchar, missing_sources varchar, first_seen_on date,
    finding_state varchar, decided_by varchar, decided_at timestamp, note varchar
);
create or replace table marts.dim_account as
select * from (values ('A-1', 'Vossberg AG'), ('A-2', 'Hostile')) as t (account_id, account_name);
"""


def finding(key: str, check: str, entity: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A leak of 12.00 first seen today, but for what is changed."""
    row = {
        "finding_id": key,
        "check_key": check,
        "partner_id": FIRST,
        "account_id": None,
        "entity_type": entity[0],
        "entity_id": entity[1],
        "period": None,
        "state": "leak",
        "amount_cents": 1_200,
        "has_amount": True,
        "evidence": f"evidence of {key}",
        "missing_sources": None,
        "first_seen_on": AS_OF,
        "finding_state": "open",
        "decided_by": None,
        "decided_at": None,
        "note": None,
    }
    return row | more


def clear(key: str, check: str, entity: tuple[str, str], **more: Any) -> dict[str, Any]:
    """What a check looked at and found nothing wrong with, or could not tell."""
    nothing = {
        "state": "clear",
        "amount_cents": 0,
        "has_amount": False,
        "evidence": None,
        "first_seen_on": None,
        "finding_state": None,
    }
    return finding(key, check, entity, **nothing | more)


LACKS = "crm.contracts is missing; telemetry.access_grants is stale"
ROWS = [
    finding(
        "f-usage",
        "unbilled_usage",
        ("account_meter_month", "A-1|calls|2026-10"),
        account_id="A-1",
        period=date(2026, 10, 1),
        amount_cents=4_790_012,
        first_seen_on=date(2026, 8, 3),
    ),
    finding(
        "f-direct",
        "unbilled_usage",
        ("account_meter_month", "A-2|calls|2026-10"),
        partner_id="direct",
        account_id="A-2",
        amount_cents=88_000,
        first_seen_on=date(2026, 10, 16),
    ),
    finding(
        "f-payout",
        "payout_without_attribution",
        ("payout", "PO-7"),
        partner_id=SECOND,
        amount_cents=250_000,
        first_seen_on=date(2026, 11, 9),
        evidence=HOSTILE,
    ),
    finding(
        "f-deal",
        "expired_registration_paid",
        ("opportunity", "D-1"),
        partner_id=SECOND,
        amount_cents=100,
    ),
    finding(
        "f-unknown",
        "payout_without_attribution",
        ("payout", "PO-9"),
        partner_id="unknown",
        amount_cents=0,
        first_seen_on=date(2026, 11, 8),
    ),
    finding(
        "f-orphan",
        "orphan_account",
        ("install", "I-3"),
        partner_id=None,
        amount_cents=0,
        has_amount=False,
        first_seen_on=date(2026, 10, 15),
    ),
    clear("c-1", "paid_but_open", ("invoice", "INV-1"), partner_id="direct"),
    clear("c-2", "paid_but_open", ("invoice", "INV-2"), partner_id="direct"),
    clear("c-3", "unbilled_usage", ("account_meter_month", "A-1|calls|2026-09")),
    *(
        clear(
            f"t-{n}",
            "over_granted_access",
            ("access_grant", f"G-{n}"),
            state="cannot_tell",
            missing_sources=LACKS,
        )
        for n in range(3)
    ),
    clear(
        "t-x",
        "contract_rate_mismatch",
        ("extract", "crm.contracts"),
        state="cannot_tell",
        missing_sources="crm.contracts is missing",
    ),
]


def add_leakage(path: Path, rows: list[dict[str, Any]] | None = None) -> None:
    """Give a published file its leakage checks and the policy they follow."""
    with duckdb.connect(path) as connection:
        connection.execute(LEAKAGE_CHECK)
        connection.execute(
            "create or replace table policy.leakage_checks as select * from "
            f"read_csv('{POLICY / 'leakage_checks.csv'}', header = true, "
            "types = {'valid_from': 'date', 'valid_to': 'date'})"
        )
        shown = ROWS if rows is None else rows
        if shown:
            connection.register("rows", pd.DataFrame(shown))
            connection.execute("insert into marts.fct_leakage_check by name select * from rows")
            connection.unregister("rows")
