"""Random books of a small company: what it billed, spent and earned, edges of months included."""

import calendar
import random
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

Row = dict[str, Any]

AS_OF = date(2026, 11, 18)
FIRST_MONTH = date(2023, 1, 1)
MONTHS = 49
DAY = timedelta(days=1)
PARTNERS = {
    "P1": ("reseller", False),
    "P2": ("si", None),
    "P3": ("platform", True),
    "P4": ("referral", False),
    "P5": ("reseller", True),
}
STRANGER = "PX"
ROLES = ("resold", "referred", "implemented", "embedded", None)
COST_TYPES = (
    "cogs",
    "partner_team",
    "support",
    "onboarding",
    "tooling",
    "sales",
    "marketing",
)
DIGITS = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}


def month_after(first: date, months: int) -> date:
    """The first day of the month so many months later."""
    index = first.year * 12 + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def month_end(first: date) -> date:
    """The last day of a month."""
    return date(first.year, first.month, calendar.monthrange(first.year, first.month)[1])


class Books:
    """Draws the rows of each extract; a month's first, last and middle days are likely."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.rows: dict[str, list[Row]] = {
            "crm.partners": [
                {
                    "partner_id": key,
                    "partner_name": key,
                    "partner_type": kind,
                    "is_subsidised": is_subsidised,
                    "initial_tier": "gold",
                    "tier_since": FIRST_MONTH,
                }
                for key, (kind, is_subsidised) in PARTNERS.items()
            ],
            "crm.accounts": [
                {"account_id": f"A{number}", "account_name": f"A{number}"} for number in range(12)
            ],
            "billing.fx_rates": self._rates(),
        }
        self._subscriptions()
        self._invoices()
        self._costs()
        self._deals()

    def day(self, first: int = 0, last: int = MONTHS) -> date:
        """Some day of some month, often its first, last or fifteenth."""
        month = month_after(FIRST_MONTH, self.draw.randint(first, last))
        number = self.draw.choice((1, 1, 15, 31, 31, self.draw.randint(1, 31)))
        return min(month_end(month), month + (number - 1) * DAY)

    def amount(self, currency: str | None, cents: Sequence[int]) -> Decimal:
        """Some cents as money of a currency."""
        return Decimal(self.draw.choice(cents)).scaleb(-DIGITS[currency or "USD"])

    def partner(self) -> str | None:
        return self.draw.choice((None, *PARTNERS, *PARTNERS, STRANGER))

    def currency(self) -> str | None:
        return self.draw.choice((None, None, "USD", "USD", "EUR", "EUR", "JPY", "KWD"))

    def _rates(self) -> list[Row]:
        rates, day = [], FIRST_MONTH - 10 * DAY
        while day < AS_OF + 90 * DAY:
            day += self.draw.choice((1, 3, 7, 8, 8, 12)) * DAY
            for currency, low in (("EUR", 11_000), ("JPY", 70)):
                rate = Decimal(low + self.draw.randint(0, 999)).scaleb(-4)
                rates.append({"currency": currency, "rate_date": day, "usd_per_unit": rate})
        return rates

    def _subscriptions(self) -> None:
        subscriptions: list[Row] = []
        changes: list[Row] = []
        for number in range(90):
            started_on = self.day(-2)
            ended_on = started_on + self.draw.choice((0, 1, 31, 90, 365, 400)) * DAY
            currency = self.currency()
            row = {
                "subscription_id": f"S{number:03}",
                "account_id": f"A{self.draw.randrange(12)}",
                "partner_id": self.partner(),
                "partner_role": self.draw.choice(ROLES),
                "started_on": started_on,
                "ended_on": ended_on if self.draw.random() < 0.6 else None,
                "end_reason": self.draw.choice(("churn", "fraud", "migrated", "migrated", None)),
                "mrr": self.amount(currency, (0, 1, 9_999, 100_000, 250_050)),
                "currency": currency,
            }
            if number % 3 == 2 and self.draw.random() < 0.5:
                # Taken over from the subscription before it, by another partner or the same one.
                before = subscriptions[-1]
                row |= {"account_id": before["account_id"]}
                if before["ended_on"] is not None:
                    row |= {"started_on": before["ended_on"], "ended_on": None}
                    before["end_reason"] = "migrated"
                if self.draw.random() < 0.5:
                    row |= {name: before[name] for name in ("partner_id", "partner_role")}
            subscriptions.append(row)
            for _ in range(self.draw.choice((0, 0, 1, 2, 3))):
                offset = self.draw.choice((-20, 0, 0, 1, 30, 30, 90, 200))
                changes.append(
                    {
                        "change_id": f"C{len(changes):03}",
                        "subscription_id": row["subscription_id"],
                        "changed_on": row["started_on"] + offset * DAY,
                        "mrr": self.amount(currency, (0, 2, 9_999, 120_000, 80_001)),
                        "currency": self.draw.choice((None, None, None, None, "EUR")),
                    }
                )
        self.rows["billing.subscriptions"] = subscriptions
        self.rows["billing.subscription_changes"] = changes

    def _invoices(self) -> None:
        invoices: list[Row] = []
        lines: list[Row] = []
        for number in range(420):
            issued_on = self.day()
            currency = self.currency()
            invoice_id = f"I{number:03}" if number % 20 else f"lost{number:03}"
            own = [
                self._line(f"L{number:03}-{each}", invoice_id, currency, issued_on)
                for each in range(self.draw.randint(1, 4))
            ]
            lines += own
            if invoice_id.startswith("lost"):
                continue
            total = sum((line["amount"] for line in own), Decimal(0))
            refunds = sum((line["amount"] for line in own if line["kind"] == "refund"), Decimal(0))
            total -= self.draw.choice((0, 0, 0, refunds))
            total += self.draw.choice((0,) * 9 + (1,))
            paid_on = issued_on + self.draw.choice((0, 10, 30, 60)) * DAY
            status = self.draw.choice(
                ("draft", "void", "open", "open", "paid", "paid", "paid", "uncollectible", None)
            )
            invoices.append(
                {
                    "invoice_id": invoice_id,
                    "account_id": f"A{self.draw.randrange(12)}",
                    "partner_id": self.partner(),
                    "issued_on": issued_on,
                    "paid_on": paid_on if self.draw.random() < 0.5 else None,
                    "total": total,
                    "amount_paid": self.draw.choice(
                        (None, total, total, total, Decimal(0), total - 1)
                    ),
                    "currency": currency,
                    "status": status,
                }
            )
        self.rows["billing.invoices"] = invoices
        self.rows["billing.invoice_lines"] = lines

    def _line(self, key: str, invoice: str, currency: str | None, issued_on: date) -> Row:
        kind = self.draw.choice(
            ("subscription", "subscription", "usage", "credit", "refund", "tax")
        )
        begun = issued_on + self.draw.choice((-40, -1, 0, 0, 20)) * DAY
        days = self.draw.choice((0, 0, 6, 29, 30, 44, 89, 364, 700))
        period: tuple[date | None, date | None] = (begun, begun + days * DAY)
        if self.draw.random() < 0.25:
            period = self.draw.choice(((None, None), (begun, None), (None, begun)))
        other = self.draw.random() < 0.03
        line_currency = self.draw.choice(("EUR", "USD")) if other else None
        signs = (-1,) if kind in ("credit", "refund") else (1, 1, 1, 1, -1)
        amount = self.amount(line_currency or currency, (0, 1, 2, 100, 10_001, 36_499, 99_999))
        return {
            "line_id": key,
            "invoice_id": invoice,
            "subscription_id": self.draw.choice(
                (None, "nowhere", *(f"S{self.draw.randrange(90):03}" for _ in range(4)))
            ),
            "kind": kind,
            "amount": self.draw.choice(signs) * amount,
            "currency": line_currency,
            "period_start": period[0],
            "period_end": period[1],
        }

    def _costs(self) -> None:
        costs: list[Row] = []
        tickets: list[Row] = []
        requests: list[Row] = []
        for _ in range(400):
            currency = self.currency()
            costs.append(
                {
                    "cost_id": f"K{len(costs):03}",
                    "cost_type": self.draw.choice(COST_TYPES),
                    "partner_id": self.draw.choice((None, self.partner())),
                    "account_id": "A1",
                    "month": self.day(),
                    "amount": self.amount(currency, (0, 1, 7, 999, 50_000, 33_333, -1, -5_000)),
                    "currency": currency,
                }
            )
        for number in range(300):
            opened_on = self.day()
            tickets.append(
                {
                    "ticket_id": f"T{number:03}",
                    "account_id": "A1",
                    "partner_id": self.partner(),
                    "opened_at": datetime.combine(opened_on, time(23, 59, 59)),
                    "handling_minutes": self.draw.choice(
                        (None, Decimal(0), Decimal(30), Decimal("0.004"), Decimal("7.5"))
                    ),
                    "is_deleted": self.draw.choice((None, False, False, True)),
                }
            )
            currency = self.currency()
            requested_on = self.day()
            requests.append(
                {
                    "request_id": f"M{number:03}",
                    "partner_id": self.draw.choice((*PARTNERS, STRANGER)),
                    "requested_on": requested_on,
                    "claimed_on": self.draw.choice((None, requested_on + 40 * DAY)),
                    "spent": self.draw.choice((None, self.amount(currency, (0, 1, 99_999)))),
                    "currency": currency,
                }
            )
        self.rows["billing.costs"] = costs
        self.rows["support.tickets"] = tickets
        self.rows["crm.mdf_requests"] = requests

    def _deals(self) -> None:
        """Won deals that earn partners commission, some of it share of what their customers pay."""
        deals: list[Row] = []
        touches: list[Row] = []
        for number in range(60):
            closed_at = datetime.combine(self.day(0, 40), time(12))
            deals.append(
                {
                    "opportunity_id": f"O{number:02}",
                    "account_id": f"A{number % 12}",
                    "opportunity_type": "new",
                    "amount": self.draw.choice((None, Decimal("1200.01"), Decimal(50_000))),
                    "currency": self.currency(),
                    "created_at": closed_at - timedelta(days=20),
                    "closed_at": closed_at,
                    "is_closed": True,
                    "is_won": self.draw.random() < 0.9,
                }
            )
            touches += [
                {
                    "touch_id": f"U{number:02}-{each}",
                    "opportunity_id": f"O{number:02}",
                    "partner_id": self.draw.choice((*PARTNERS, STRANGER)),
                    "touched_at": closed_at - timedelta(days=each),
                    "touch_type": "demo",
                }
                for each in range(self.draw.randint(0, 3))
            ]
        for subscription in self.rows["billing.subscriptions"][::2]:
            subscription["opportunity_id"] = f"O{self.draw.randrange(60):02}"
        self.rows["crm.opportunities"] = deals
        self.rows["crm.opportunity_touches"] = touches
