"""Deals, touches, credit and registrations of a small invented company, beside `snapshot_factory`.

A deal to a case: models disagree, nobody took part, all agree, it is open, lost, without an amount,
in another currency. A registration to a state.
"""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

import seeds

POLICY = Path(seeds.__file__).parent / "policy"
SOURCER, INFLUENCER, IMPLEMENTER, LATECOMER = (f"P-{number:05d}" for number in range(1, 5))
DISPUTED, NOBODYS, AGREED, OPEN, LOST, UNKNOWN_AMOUNT, FOREIGN = (
    f"D-{number}" for number in range(1, 8)
)
HOSTILE = '=HYPERLINK("http://x")<script>alert(1)</script>'
MODELS = (
    "first_touch",
    "last_touch",
    "linear",
    "position_based",
    "time_decay",
    "role_based",
)
MARTS = {
    "dim_account": "account_id varchar, account_name varchar, segment varchar, region varchar, "
    "domain varchar",
    "dim_opportunity": "opportunity_id varchar, opportunity_name varchar, account_id varchar, "
    "opportunity_type varchar, stage varchar, phase varchar, currency varchar, "
    "amount_cents bigint, amount_reporting_cents bigint, list_amount_cents bigint, "
    "conversion_status varchar, created_at timestamp, closed_at timestamp, closed_on date, "
    "is_closed boolean, is_won boolean",
    "fct_attribution_outcome": "opportunity_id varchar, partner_id varchar, outcome varchar, "
    "reason varchar, sourced_failure varchar, amount_cents bigint, credit_cents bigint, "
    "is_won boolean, is_closed boolean, since_at timestamp, closed_on date",
    "fct_attribution": "opportunity_id varchar, partner_id varchar, model varchar, "
    "credit_share decimal(18, 12), credit_cents bigint, closed_on date",
    "fct_attribution_disagreement": "opportunity_id varchar, partner_id varchar, "
    "closed_on date, amount_cents bigint, lowest_model varchar, "
    "lowest_share decimal(18, 12), lowest_cents bigint, highest_model varchar, "
    "highest_share decimal(18, 12), highest_cents bigint, spread_share decimal(18, 12), "
    "spread_cents bigint",
    "fct_attribution_tier_effect": "partner_id varchar, quarter_end date, model varchar, "
    "credited_arr_cents bigint, qualified_tier varchar, published_qualified_tier varchar, "
    "is_decisive boolean",
    "fct_opportunity_touch": "touch_id varchar, opportunity_id varchar, partner_id varchar, "
    "touched_at timestamp, touch_type varchar, role varchar, is_in_time boolean, "
    "is_participating boolean, excluded_because varchar, is_in_role_split boolean, "
    "has_evidence boolean",
    "fct_sourcing_test": "opportunity_id varchar, registration_id varchar, partner_id varchar, "
    "rule varchar, position integer, is_passed boolean, finding varchar",
    "fct_deal_registration": "registration_id varchar, partner_id varchar, account_id varchar, "
    "opportunity_id varchar, status varchar, valid_from date, valid_until date, "
    "response_hours decimal(28, 9), is_within_target boolean, ruling varchar, "
    "routed_to varchar, submitted_at timestamp, responded_at timestamp, decision varchar",
}
SHARES: dict[str, dict[str, tuple[float, ...]]] = {
    DISPUTED: {
        SOURCER: (1, 1, 0.666666666667, 0.8, 0.75, 0.6),
        INFLUENCER: (0, 0, 0.333333333333, 0.2, 0.25, 0.2),
        IMPLEMENTER: (0, 0, 0, 0, 0, 0.2),
    },
    NOBODYS: {"unattributed": (1,) * 6},
    AGREED: {INFLUENCER: (1,) * 6},
    UNKNOWN_AMOUNT: {"unknown": (1,) * 6},
    FOREIGN: {INFLUENCER: (1, 0, 0.5, 0.5, 0.4, 1), SOURCER: (0, 1, 0.5, 0.5, 0.6, 0)},
}
AMOUNTS: dict[str, int | None] = {
    DISPUTED: 10_000_000,
    NOBODYS: 5_000_000,
    AGREED: 2_000_000,
    OPEN: 4_000_000,
    LOST: 1_000_000,
    UNKNOWN_AMOUNT: None,
    FOREIGN: 3_240_050,
}
CLOSED = {
    DISPUTED: datetime(2026, 9, 14, 12),
    NOBODYS: datetime(2026, 10, 20, 9),
    AGREED: datetime(2026, 6, 1),
    LOST: datetime(2026, 10, 1),
    UNKNOWN_AMOUNT: datetime(2026, 10, 5),
    FOREIGN: datetime(2026, 10, 30, 16),
}
WON = set(CLOSED) - {LOST}


def add_attribution(path: Path, *, without: tuple[str, ...] = (), is_empty: bool = False) -> None:
    """Give a published file the marts and policy of attribution and registrations, but for some."""
    with duckdb.connect(path) as connection:
        for table in ("attribution_settings", "registration_rules", "role_pools"):
            connection.execute(
                f"create or replace table policy.{table} as "
                f"select * from read_csv('{POLICY / table}.csv', header = true, "
                "types = {'valid_from': 'date', 'valid_to': 'date'})"
            )
        for mart, columns in MARTS.items():
            if mart not in without:
                connection.execute(f"create or replace table marts.{mart} ({columns})")
        if is_empty:
            return
        for mart, rows in _rows().items():
            if mart not in without:
                connection.register("rows", pd.DataFrame(rows))
                connection.execute(f"insert into marts.{mart} by name select * from rows")
                connection.unregister("rows")


def _rows() -> dict[str, list[dict[str, Any]]]:
    return {
        "dim_account": [
            {"account_id": "A-1", "account_name": "Vossberg AG", "segment": "enterprise"},
            {"account_id": "A-2", "account_name": HOSTILE, "segment": "smb"},
        ],
        "dim_opportunity": [_deal(key, number) for number, key in enumerate(AMOUNTS)],
        "fct_attribution_outcome": _outcomes(),
        "fct_attribution": [
            {
                "opportunity_id": deal,
                "partner_id": partner,
                "model": model,
                "credit_share": share,
                "credit_cents": _cents(deal, share),
                "closed_on": CLOSED[deal].date(),
            }
            for deal, partners in SHARES.items()
            for partner, shares in partners.items()
            for model, share in zip(MODELS, shares, strict=True)
            if share
        ],
        "fct_attribution_disagreement": [
            _disagreement(deal, partner, shares)
            for deal, partners in SHARES.items()
            for partner, shares in partners.items()
            if len(set(shares)) > 1
        ],
        "fct_attribution_tier_effect": [
            {
                "partner_id": partner,
                "quarter_end": date(2026, 9, 30),
                "model": model,
                "credited_arr_cents": 1_000_000 * (number + 1),
                "qualified_tier": "gold" if partner == SOURCER and number < 2 else "silver",
                "published_qualified_tier": "silver",
                "is_decisive": partner == SOURCER,
            }
            for partner in (SOURCER, INFLUENCER)
            for number, model in enumerate(MODELS)
        ],
        "fct_opportunity_touch": _touches(),
        "fct_sourcing_test": _tests(),
        "fct_deal_registration": _registrations(),
    }


def _cents(deal: str, share: float) -> int | None:
    amount = AMOUNTS[deal]
    return None if amount is None else round(amount * share)


def _deal(key: str, number: int) -> dict[str, Any]:
    closed, amount = CLOSED.get(key), AMOUNTS[key]
    is_foreign = key in {FOREIGN, UNKNOWN_AMOUNT}
    return {
        "opportunity_id": key,
        "opportunity_name": HOSTILE if key == FOREIGN else f"Rollout {number}",
        "account_id": "A-2" if key == FOREIGN else "A-1",
        "opportunity_type": "new",
        "stage": "closed won" if key in WON else "closed lost" if closed else "proposal",
        "phase": "won" if key in WON else "lost" if closed else "qualified",
        "currency": "EUR" if is_foreign else "USD",
        "amount_cents": 3_000_000 if is_foreign else amount,
        "amount_reporting_cents": amount,
        "list_amount_cents": amount,
        "conversion_status": "no_rate"
        if amount is None
        else "converted"
        if is_foreign
        else "reporting_currency",
        "created_at": datetime(2026, 3, 2, 10),
        "closed_at": closed,
        "closed_on": closed.date() if closed else None,
        "is_closed": closed is not None,
        "is_won": key in WON,
    }


def _outcomes() -> list[dict[str, Any]]:
    said = (
        (DISPUTED, SOURCER, "sourced", "registered_first", None),
        (DISPUTED, INFLUENCER, "influenced", "participated", "registration_expired"),
        (DISPUTED, IMPLEMENTER, "not_attributed", "implementation_or_support_only", None),
        (DISPUTED, LATECOMER, "not_attributed", "only_after_close", None),
        (AGREED, INFLUENCER, "influenced", "participated", None),
        (OPEN, SOURCER, "influenced", "participated", "registration_pending"),
        (UNKNOWN_AMOUNT, "unknown", "influenced", "participated", None),
        (FOREIGN, SOURCER, "influenced", "participated", None),
        (FOREIGN, INFLUENCER, "influenced", "participated", None),
    )
    share = {"sourced": 1.0, "influenced": 0.25, "not_attributed": 0.0}
    return [
        {
            "opportunity_id": deal,
            "partner_id": partner,
            "outcome": outcome,
            "reason": reason,
            "sourced_failure": failure,
            "amount_cents": AMOUNTS[deal],
            "credit_cents": _cents(deal, share[outcome]),
            "is_won": deal in WON,
            "is_closed": deal in CLOSED,
            "since_at": datetime(2026, 3, 3) if share[outcome] else None,
            "closed_on": CLOSED[deal].date() if deal in CLOSED else None,
        }
        for deal, partner, outcome, reason, failure in said
    ]


def _disagreement(deal: str, partner: str, shares: tuple[float, ...]) -> dict[str, Any]:
    low, high = min(shares), max(shares)
    return {
        "opportunity_id": deal,
        "partner_id": partner,
        "closed_on": CLOSED[deal].date(),
        "amount_cents": AMOUNTS[deal],
        "lowest_model": MODELS[shares.index(low)],
        "lowest_share": low,
        "lowest_cents": _cents(deal, low),
        "highest_model": MODELS[shares.index(high)],
        "highest_share": high,
        "highest_cents": _cents(deal, high),
        "spread_share": high - low,
        "spread_cents": _cents(deal, high - low),
    }


def _touches() -> list[dict[str, Any]]:
    said = (
        ("T-1", DISPUTED, SOURCER, datetime(2026, 3, 5, 9), "intro", "sourcer", None),
        ("T-2", DISPUTED, INFLUENCER, datetime(2026, 5, 11, 9), "demo", "influencer", None),
        ("T-3", DISPUTED, IMPLEMENTER, datetime(2026, 7, 2, 9), "implementation", "implementer",
         "not_participating"),
        ("T-4", DISPUTED, SOURCER, datetime(2026, 8, 20, 9), "proposal", None, None),
        ("T-5", DISPUTED, INFLUENCER, datetime(2026, 8, 21, 9), "mention", None,
         "not_participating"),
        ("T-6", DISPUTED, LATECOMER, datetime(2026, 9, 20, 9), "demo", None, "after_close"),
        ("T-7", AGREED, INFLUENCER, datetime(2026, 4, 1, 9), "demo", None, None),
        ("T-8", OPEN, SOURCER, datetime(2026, 4, 1, 9), "lead", None, None),
        ("T-9", FOREIGN, INFLUENCER, datetime(2026, 4, 1, 9), "demo", None, None),
        ("T-10", FOREIGN, SOURCER, datetime(2026, 4, 2, 9), "demo", None, None),
    )  # fmt: skip
    return [
        {
            "touch_id": key,
            "opportunity_id": deal,
            "partner_id": partner,
            "touched_at": at,
            "touch_type": kind,
            "role": role,
            "is_in_time": why != "after_close",
            "is_participating": kind not in {"implementation", "mention"},
            "excluded_because": why,
            "is_in_role_split": role is not None and why != "after_close",
            "has_evidence": key == "T-1",
        }
        for key, deal, partner, at, kind, role, why in said
    ]


RULES = (
    "approved_and_valid_at_creation",
    "submitted_before_creation",
    "submitted_before_first_touch",
    "no_direct_engagement",
    "precedence",
)


def _tests() -> list[dict[str, Any]]:
    said = {
        ("R-1", SOURCER): (
            (True, "Approved, and valid on 2 Mar 2026 when the opportunity was created."),
            (True, "Submitted on 1 Mar 2026, before the opportunity was created."),
            (True, "Submitted before its first touch on 5 Mar 2026."),
            (True, "Nobody of ours had spoken to the account before."),
            (True, "The only registration that passed."),
        ),
        ("R-2", INFLUENCER): (
            (False, "Its 90 days were over on 2 Feb 2026, before the opportunity was created."),
            (True, "Submitted on 4 Nov 2025, before the opportunity was created."),
            (True, "No touch of the partner on the deal."),
            (True, "Our own sales have not been in touch with the account."),
            (None, "Not asked: it fails a rule before."),
        ),
    }
    return [
        {
            "opportunity_id": DISPUTED,
            "registration_id": registration,
            "partner_id": partner,
            "rule": rule,
            "position": position,
            "is_passed": passed,
            "finding": finding,
        }
        for (registration, partner), findings in said.items()
        for position, (rule, (passed, finding)) in enumerate(
            zip(RULES, findings, strict=True), start=1
        )
    ]


UPHELD, YIELDS = "upheld over R-9", "yields to R-1"
# state: partner, account, deal, submitted, hours to answer, valid until, ruling, owner
_CLAIMS: tuple[tuple[Any, ...], ...] = (
    ("R-1", "approved", SOURCER, "A-1", DISPUTED, (2026, 3, 1), 30, (2026, 12, 5), UPHELD, "CS"),
    ("R-2", "expired", INFLUENCER, "A-1", DISPUTED, (2025, 11, 4), 20, (2026, 2, 2), None, "CS"),
    ("R-3", "pending", SOURCER, "A-1", OPEN, (2026, 11, 10), None, None, None, "AE"),
    ("R-4", "pending", IMPLEMENTER, "A-2", None, (2026, 11, 15), None, None, None, "BDR"),
    ("R-5", "rejected", LATECOMER, "A-2", None, (2026, 10, 2), 60, None, None, "BDR"),
    ("R-6", "renewed", "unknown", "A-2", "D-404", (2026, 9, 1), 47, (2027, 1, 29), None, "BDR"),
    ("R-7", "invalid_reopen", IMPLEMENTER, "A-2", LOST, (2026, 5, 1), 10, (2026, 8, 1), None, "AE"),
    ("R-8", "expired_inactive", LATECOMER, "A-1", None, (2026, 8, 1), 10, (2026, 9, 1), None, None),
    ("R-9", "reopened", LATECOMER, "A-1", None, (2026, 10, 9), 12, (2027, 1, 9), YIELDS, "BDR"),
)  # fmt: skip


def _registrations() -> list[dict[str, Any]]:
    rows = []
    for key, status, partner, account, deal, submitted, hours, until, ruling, owner in _CLAIMS:
        at = datetime(*submitted, 9)
        late_by = datetime(2026, 11, 16) - timedelta(hours=48)
        rows.append(
            {
                "registration_id": key,
                "partner_id": partner,
                "account_id": account,
                "opportunity_id": deal,
                "status": status,
                "valid_from": at.date(),
                "valid_until": None if until is None else date(*until),
                "response_hours": hours,
                "is_within_target": (False if at < late_by else None)
                if hours is None
                else hours <= 48,
                "ruling": ruling,
                "routed_to": owner,
                "submitted_at": at,
                "responded_at": None if hours is None else at + timedelta(hours=hours),
                "decision": "pending"
                if hours is None
                else "rejected"
                if status == "rejected"
                else "approved",
            }
        )
    return rows
