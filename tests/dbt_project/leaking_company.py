"""A company of a dozen bills and payouts in which money leaks in every way, once."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

Row = dict[str, Any]

AS_OF = date(2026, 11, 15)

LEAKS = {
    ("unbilled_usage", "A1|calls|2026-10"): 10_00,
    ("uninvoiced_subscription", "S9|2026-10-01"): 70_00,
    ("underbilled_price", "S8-2026-10-01-1"): 25_00,
    ("orphan_account", "N9"): 2_00,
    ("over_granted_access", "G1"): None,
    ("payout_without_attribution", "P2"): 1000_00,
    ("overpaid_payout", "P2"): 0,
    ("overpaid_payout", "P1-again"): 4800_00,
    ("clawback_due", "D3"): 2400_00,
    ("expired_registration_paid", "D4"): 2500_00,
    ("contract_rate_mismatch", "P5"): 0,
    ("paid_but_open", "S8-2026-10-01"): 7_00,
    ("referral_fraud", "D6"): 1000_00,
    ("referral_fraud", "REF2"): None,
}
"""What leaks, in cents; None where nothing gives an amount. A clawback goes by its deal."""


USAGE = (
    ("A1", date(2026, 10, 31), 1_500),
    ("A1", date(2026, 11, 15), 5_000),
    ("A9", date(2026, 11, 10), 100),
)
"""Account, day and metered units of the one integration's calls, as they were rolled up."""


def rows() -> dict[str, list[Row]]:
    """Its raw rows by entity."""
    sold: list[Row] = []
    claims: list[Row] = []
    touches: list[Row] = []
    bills: list[Row] = []
    lines: list[Row] = []

    def deal(key: str, partner: str, amount: int, *, approved: bool = True, **more: Any) -> None:
        created_at = datetime(2026, 8, 1)
        sold.append(
            {
                "opportunity_id": key,
                "account_id": f"A{key[1:]}",
                "opportunity_type": "new",
                "amount": Decimal(amount),
                "currency": "USD",
                "created_at": created_at,
                "closed_at": datetime(2026, 8, 31),
                "is_closed": True,
                "is_won": True,
            }
            | more
        )
        claims.append(
            {
                "registration_id": f"R{key[1:]}",
                "partner_id": partner,
                "account_id": f"A{key[1:]}",
                "opportunity_id": key,
                "submitted_at": created_at - timedelta(days=5),
                "responded_at": created_at - timedelta(days=4),
                "decision": "approved" if approved else "rejected",
            }
        )

    def bill(key: str, on: date, *parts: tuple[str, int, int], paid: int | None = None) -> None:
        total = sum(amount for _, amount, _ in parts)
        last = (on + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        bills.append(
            {
                "invoice_id": f"{key}-{on}",
                "account_id": f"A{key[1:]}",
                "issued_on": on,
                "paid_on": on + timedelta(days=4),
                "total": Decimal(total),
                "amount_paid": Decimal(total if paid is None else paid),
                "currency": "USD",
                "status": "paid",
            }
        )
        for number, (kind, amount, listed) in enumerate(parts, start=1):
            lines.append(
                {
                    "line_id": f"{key}-{on}-{number}",
                    "invoice_id": f"{key}-{on}",
                    "subscription_id": key,
                    "kind": kind,
                    "quantity": Decimal(1),
                    "unit_price": Decimal(amount),
                    "list_unit_price": Decimal(listed),
                    "amount": Decimal(amount),
                    "period_start": on,
                    "period_end": last,
                }
            )

    deal("D1", "REF", 24_000)
    deal("D2", "RES", 24_000)
    deal("D3", "REF", 12_000)
    deal("D4", "RES", 30_000, approved=False, list_amount=Decimal(50_000))
    deal("D5", "PUB", 12_000)
    deal("D6", "REF2", 5_000)
    # An amount that waits for a rate, lost: without rates the checks that need them cannot tell.
    lost = {"opportunity_id": "D7", "account_id": "A7", "currency": "EUR", "is_won": False}
    sold.append(sold[0] | lost)
    touches.append(
        {
            "touch_id": "T1",
            "opportunity_id": "D2",
            "partner_id": "SI",
            "touched_at": datetime(2026, 8, 2),
            "touch_type": "mention",
        }
    )
    for key, monthly in (("S1", 2_000), ("S5", 1_000), ("S6", 500), ("S8", 100)):
        for month in (9, 10, 11):
            on = date(2026, month, 1)
            if key == "S6" and month == 10:
                bill(key, on, ("subscription", monthly, monthly), ("refund", -240, -240))
            elif key == "S8" and month == 10:
                bill(key, on, ("subscription", monthly - 25, monthly), paid=monthly - 25 - 7)
            else:
                bill(key, on, ("subscription", monthly, monthly))
    bill("S3", date(2026, 9, 1), ("subscription", 1_000, 1_000))
    return {
        "crm.partners": [
            {"partner_id": key, "partner_name": key, "initial_tier": "gold", "status": "active"}
            | {"partner_type": kind, "domain": f"{key.lower()}.example"}
            for key, kind in (
                ("REF", "referral"),
                ("REF2", "referral"),
                ("RES", "reseller"),
                ("PUB", "data_provider"),
                ("SI", "si"),
            )
        ],
        "crm.accounts": [
            {"account_id": f"A{n}", "domain": "ref2.example" if n == 6 else f"a{n}.example"}
            for n in range(1, 10)
        ],
        "crm.opportunities": sold,
        "crm.opportunity_touches": touches,
        "crm.deal_registrations": claims,
        "crm.registration_events": [
            {
                "event_id": "E1",
                "registration_id": "R1",
                "event": "activity",
                "occurred_at": datetime(2026, 7, 30),
            }
        ],
        "crm.contracts": [
            {
                "contract_id": "C5",
                "partner_id": "PUB",
                "contract_type": "publisher",
                "starts_on": date(2026, 1, 1),
                "auto_renews": True,
                "revenue_share_rate": Decimal("0.12"),
                "granted_scopes": "read",
            }
        ],
        "billing.subscriptions": list(_subscriptions()),
        "billing.subscription_changes": [
            {
                "change_id": "C1",
                "subscription_id": "S9",
                "changed_on": date(2026, 10, 1),
                "mrr": Decimal(70),
            }
        ],
        "billing.invoices": bills,
        "billing.invoice_lines": lines,
        "billing.payouts": [
            _payout("P1", "REF", "D1", "referral_fee", 4_800),
            _payout("P1-again", "REF", "D1", "referral_fee", 4_800),
            _payout("P2", "SI", "D2", "commission", 1_000),
            _payout("P3", "REF", "D3", "referral_fee", 2_400),
            _payout("P5", "PUB", "D5", "revenue_share", 100),
            _payout("P6", "REF2", "D6", "referral_fee", 1_000),
        ],
        "billing.price_book": [
            {"meter_or_product": "calls", "unit_price": Decimal("0.02"), "currency": "USD"}
        ],
        "billing.fx_rates": [
            {
                "currency": "EUR",
                "rate_date": date(2026, 1, 1),
                "usd_per_unit": Decimal("1.1"),
            }
        ],
        "telemetry.integrations": [{"integration_id": "I1", "partner_id": "PUB"}],
        "telemetry.installs": [
            {"install_id": f"N{n}", "integration_id": "I1", "account_id": f"A{n}"}
            | {"installed_at": datetime(2026, 9, 1)}
            for n in (1, 9)
        ],
        "telemetry.access_grants": [
            {
                "grant_id": "G1",
                "partner_id": "PUB",
                "scope": "write",
                "granted_at": datetime(2026, 10, 1),
                "last_used_at": datetime(2026, 11, 1),
            }
        ],
    }


def _subscriptions() -> Iterator[Row]:
    for key, partner, monthly, ended_on in (
        ("S1", "REF", 2_000, None),
        ("S3", "REF", 1_000, date(2026, 9, 11)),
        ("S5", "PUB", 1_000, None),
        ("S6", "REF2", 500, None),
        ("S8", None, 100, None),
        ("S9", None, 50, date(2026, 11, 1)),
    ):
        yield {
            "subscription_id": key,
            "account_id": f"A{key[1:]}",
            "partner_id": partner,
            "opportunity_id": f"D{key[1:]}" if partner else None,
            "started_on": date(2026, 10, 1) if key == "S9" else date(2026, 9, 1),
            "ended_on": ended_on,
            "end_reason": "churn" if ended_on else None,
            "mrr": Decimal(monthly),
            "included_units": Decimal(1_000),
            "currency": "USD",
            "billing_period_months": 1,
        }


def _payout(key: str, partner: str, opportunity: str, kind: str, amount: int) -> Row:
    return {
        "payout_id": key,
        "partner_id": partner,
        "opportunity_id": opportunity,
        "kind": kind,
        "amount": Decimal(amount),
        "currency": "USD",
        "paid_on": date(2026, 10, 10) + timedelta(days=key.endswith("again")),
    }
