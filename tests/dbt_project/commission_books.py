"""Random books of deals, subscriptions, bills and contracts that like the edges of commission."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from scored_company import Row, midnight

AS_OF = date(2026, 11, 18)
DIGITS = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3, "CHF": 2}
PARTNER_TYPES = ("referral", "si", "reseller", "platform", "oem", "data_provider")
TIERS = ("registered", "silver", "gold", "platinum")
EDGES = (0, 5, 29, 30, 45, 89, 90, 120, 179, 180, 300)
"""Days into a subscription on which what goes back of its commission changes, and others."""


@dataclass
class Books:
    """What a small company knows, amounts in minor units; `outcomes` by deal and partner."""

    partners: list[Row] = field(default_factory=list)
    deals: list[Row] = field(default_factory=list)
    outcomes: dict[tuple[str, str], str] = field(default_factory=dict)
    subscriptions: list[Row] = field(default_factory=list)
    changes: list[Row] = field(default_factory=list)
    invoices: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    contracts: list[Row] = field(default_factory=list)
    rates: list[Row] = field(default_factory=list)
    payouts: list[Row] = field(default_factory=list)


def books(seed: int, partners: int = 30, deals: int = 900) -> Books:
    """The same books for the same seed."""
    draw = Random(seed)
    made = Books()
    for number in range(partners):
        made.partners.append(
            {
                "partner_id": f"P{number:02}",
                "partner_type": PARTNER_TYPES[number % len(PARTNER_TYPES)],
                "initial_tier": draw.choice(TIERS),
                "tier_since": draw.choice((None, _day(draw))),
            }
        )
        for each in range(draw.randrange(3)):
            made.contracts.append(_contract(f"C{number:02}{each}", f"P{number:02}", draw))
    for currency in ("EUR", "JPY", "KWD"):
        day = date(2023, 11, 1)
        while day < AS_OF:
            rate = Decimal(draw.randrange(10**6, 3 * 10**9)) / 10**9
            made.rates.append({"currency": currency, "rate_date": day, "usd_per_unit": rate})
            day += timedelta(days=draw.choice((1, 3, 7, 7, 8, 11)))
    for number in range(deals):
        _deal(f"O{number:04}", made, draw)
    return made


def _day(draw: Random) -> date:
    """Some day of the company's life, now and then the first or last of a year or month."""
    if draw.random() < 0.1:
        return draw.choice((date(2024, 12, 31), date(2025, 1, 1), date(2025, 3, 31), AS_OF))
    return date(2024, 1, 1) + timedelta(days=draw.randrange((AS_OF - date(2024, 1, 1)).days + 30))


def _contract(contract_id: str, partner_id: str, draw: Random) -> Row:
    starts_on = _day(draw)
    ends_on = draw.choice((None, starts_on + timedelta(days=draw.choice((0, 200, 700)))))
    return {
        "contract_id": contract_id,
        "partner_id": partner_id,
        "starts_on": draw.choice((starts_on, date(2024, 6, 1))) if ends_on is None else starts_on,
        "ends_on": ends_on,
        "auto_renews": draw.choice((None, False, True)),
        "revenue_share_rate": draw.choice((None, Decimal("0.04"), Decimal("0.123456789"))),
        "reseller_discount_rate": draw.choice((None, Decimal("0.28"), Decimal(0))),
    }


def _deal(key: str, made: Books, draw: Random) -> None:
    created_at = midnight(_day(draw)) + timedelta(hours=draw.randrange(24))
    closed_at = created_at + timedelta(days=draw.randrange(60), hours=draw.choice((0, 7)))
    currency = draw.choice(("USD", "USD", "USD", "EUR", "JPY", "KWD", "CHF"))
    amount = draw.choice((None, 0, 15, 3, 500, -1515) + (draw.randrange(1, 40_000_000),) * 20)
    made.deals.append(
        {
            "opportunity_id": key,
            "opportunity_type": draw.choice(("new", "expansion", "expansion", "renewal", None)),
            "currency": currency,
            "amount": amount,
            "list_amount": None if amount is None or draw.random() < 0.5 else amount * 13 // 10,
            "created_at": created_at,
            "closed_at": closed_at,
            "is_won": draw.random() < 0.9,
        }
    )
    named = draw.sample(made.partners, draw.choice((1, 1, 2, 3)))
    for place, partner in enumerate(named):
        outcome = draw.choice(("sourced", "influenced", "mentioned") if place == 0 else OTHERS)
        made.outcomes[key, partner["partner_id"]] = outcome
    held = []
    for each in range(draw.choice((0, 1, 1, 1, 2))):
        held.append(_subscription(f"S{key}{each}", made, draw))
    for number in range(draw.choice((0, 1, 3, 6)) if held else 0):
        _invoice(f"I{key}{number}", held, number, made, draw)


OTHERS = ("influenced", "mentioned")


def _subscription(key: str, made: Books, draw: Random) -> Row:
    """One of the deal that was written last."""
    deal, currency = made.deals[-1]["opportunity_id"], made.deals[-1]["currency"]
    started_on = made.deals[-1]["closed_at"].date() + timedelta(
        days=draw.choice((0, 0, 3, 31, -90))
    )
    ended_on = started_on + timedelta(days=draw.choice(EDGES)) if draw.random() < 0.5 else None
    subscription = {
        "subscription_id": key,
        "opportunity_id": deal,
        "currency": currency if draw.random() < 0.9 else "USD",
        "mrr": draw.choice((0, 1, draw.randrange(1, 3_000_000), 120_000)),
        "started_on": started_on,
        "ended_on": ended_on,
        "end_reason": draw.choice((None, "churn", "churn", "fraud", "migrated")),
    }
    made.subscriptions.append(subscription)
    for number in range(draw.choice((0, 0, 1, 2, 4))):
        made.changes.append(
            {
                "change_id": f"{key}-{number}",
                "subscription_id": key,
                "currency": draw.choice((None, None, None, "EUR")),
                "changed_on": started_on + timedelta(days=draw.choice(EDGES)),
                "mrr": subscription["mrr"] * draw.choice((0, 1, 2, 3, 4)) // 2,
            }
        )
    return subscription


def _invoice(key: str, held: list[Row], number: int, made: Books, draw: Random) -> None:
    """One bill of one or both subscriptions: refunds within its total or on top, tax, credits."""
    billed = draw.choice((held[:1], held))
    issued_on = held[0]["started_on"] + timedelta(days=31 * number + draw.choice((0, 0, -9, 400)))
    kinds = ["subscription", "usage", "credit", "refund", "tax"]
    lines: list[tuple[str | None, str, int]] = []
    for subscription in billed:
        lines.append((subscription["subscription_id"], "subscription", draw.randrange(1, 400_000)))
        for kind in draw.sample(kinds, draw.choice((0, 1, 2))):
            amount = draw.randrange(1, 90_000)
            owner = None if draw.random() < 0.2 else subscription["subscription_id"]
            lines.append((owner, kind, -amount if kind in ("credit", "refund") else amount))
    whole = sum(amount for _, _, amount in lines)
    refunds = sum(amount for _, kind, amount in lines if kind == "refund")
    total = draw.choice((whole, whole - refunds, whole + 1, 0 if draw.random() < 0.1 else whole))
    status = draw.choice((None, "draft", "void", "open", "paid", "paid", "paid", "uncollectible"))
    made.invoices.append(
        {
            "invoice_id": key,
            "currency": billed[0]["currency"],
            "issued_on": issued_on,
            "paid_on": issued_on + timedelta(days=draw.choice((0, 14, 30)))
            if status == "paid" and draw.random() < 0.9
            else None,
            "total": total,
            "amount_paid": draw.choice((None, total, total, total // 3)),
            "status": status,
        }
    )
    for place, (owner, kind, amount) in enumerate(lines):
        made.lines.append(
            {
                "line_id": f"{key}-{place}",
                "invoice_id": key,
                "subscription_id": owner,
                "kind": kind,
                "amount": amount,
            }
        )


def pay(made: Books, owed: list[tuple[str, str, str, str, int]], seed: int) -> None:
    """Payouts for what is owed (partner, deal, family, currency, minor units), rightly and not."""
    draw = Random(seed)
    kinds = {"commission": ("commission", "referral_fee"), "revenue_share": ("revenue_share",)}
    for number, (partner, deal, family, currency, amount) in enumerate(owed):
        paid = draw.choice((None, amount, amount, amount + 1, amount + 2, amount - 7, amount * 2))
        if paid is None:
            continue
        parts = [paid] if draw.random() < 0.7 else [paid // 2, paid - paid // 2]
        if draw.random() < 0.2:
            parts.append(-draw.randrange(1, max(2, abs(amount))))
        for part, each in enumerate(parts):
            paid_on = _day(draw)
            made.payouts.append(
                {
                    "payout_id": f"Y{number:05}{part}",
                    "partner_id": partner if draw.random() < 0.95 else "stranger",
                    "opportunity_id": deal if family != "rebate" else None,
                    "kind": draw.choice(kinds.get(family, ("rebate",)))
                    if draw.random() < 0.9
                    else draw.choice(("spiff", "mdf", "commission")),
                    "currency": currency,
                    "amount": each,
                    "paid_on": paid_on,
                    "disputed": draw.choice((None, False, True)),
                    "resolved_on": draw.choice((None, paid_on + timedelta(days=9))),
                }
            )


def raw_rows(made: Books) -> dict[str, list[Row]]:
    """The books as raw rows by entity; each outcome by a registration or touch that brings it."""
    by_key = {row["subscription_id"]: row["currency"] for row in made.subscriptions}
    of_invoice = {row["invoice_id"]: row["currency"] for row in made.invoices}
    registrations, touches = [], []
    created = {row["opportunity_id"]: row["created_at"] for row in made.deals}
    for number, ((deal, partner), outcome) in enumerate(made.outcomes.items()):
        at = created[deal]
        if outcome == "sourced":
            registrations.append(
                {
                    "registration_id": f"R{number}",
                    "partner_id": partner,
                    "account_id": "A",
                    "opportunity_id": deal,
                    "submitted_at": at - timedelta(days=20),
                    "responded_at": at - timedelta(days=19),
                    "decision": "approved",
                }
            )
        else:
            touches.append(
                {
                    "touch_id": f"T{number}",
                    "opportunity_id": deal,
                    "partner_id": partner,
                    "touched_at": at,
                    "touch_type": "demo" if outcome == "influenced" else "mention",
                }
            )
    return {
        "crm.partners": made.partners,
        "crm.contracts": made.contracts,
        "crm.opportunities": [
            row
            | {
                "account_id": "A",
                "is_closed": True,
                "amount": money(row["amount"], row["currency"]),
                "list_amount": money(row["list_amount"], row["currency"]),
            }
            for row in made.deals
        ],
        "crm.deal_registrations": registrations,
        "crm.opportunity_touches": touches,
        "billing.subscriptions": [
            row | {"account_id": "A", "mrr": money(row["mrr"], row["currency"])}
            for row in made.subscriptions
        ],
        "billing.subscription_changes": [
            row | {"mrr": money(row["mrr"], row["currency"] or by_key[row["subscription_id"]])}
            for row in made.changes
        ],
        "billing.invoices": [
            row
            | {
                "account_id": "A",
                "total": money(row["total"], row["currency"]),
                "amount_paid": money(row["amount_paid"], row["currency"]),
            }
            for row in made.invoices
        ],
        "billing.invoice_lines": [
            row | {"amount": money(row["amount"], of_invoice[row["invoice_id"]])}
            for row in made.lines
        ],
        "billing.fx_rates": made.rates,
        "billing.payouts": [
            row | {"amount": money(row["amount"], row["currency"])} for row in made.payouts
        ],
    }


def money(minor_units: Any, currency: str) -> Decimal | None:
    """Minor units as an amount of the currency."""
    return None if minor_units is None else Decimal(minor_units).scaleb(-DIGITS[currency])
