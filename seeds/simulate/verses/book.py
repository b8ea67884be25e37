"""What planted leaks are written down in, row by row, and the extracts that come of it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import (
    DAY,
    HOUR,
    NEVER,
    dates,
    flags,
    half_away,
    ids,
    instants,
    month_of,
    months_after,
    whole,
    words,
)
from seeds.simulate.verses.planted import PLATINUM
from seeds.simulate.verses.roles import SILENT, cast, playing
from seeds.simulate.verses.terms import PARTNER_ROLES, role_of

BUSY = 0
"""The integration whose installs meter the planted units; it has many others."""

ENDED = 1
"""The integration of the partner that was offboarded and calls on; planted, the only one it has."""

Row = dict[str, Any]
PAID_AFTER = 5 * DAY
PLENTY = 1_000_000


@dataclass
class Book:
    """What has been written down so far; rows name each other by number."""

    end: int
    accounts: list[Row] = field(default_factory=list)
    subscriptions: list[Row] = field(default_factory=list)
    changes: list[Row] = field(default_factory=list)
    invoices: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    payouts: list[Row] = field(default_factory=list)
    installs: list[Row] = field(default_factory=list)
    calls: list[dict[str, int]] = field(default_factory=list)
    grants: list[Row] = field(default_factory=list)
    customers: list[Row] = field(default_factory=list)
    truths: list[Row] = field(default_factory=list)

    @property
    def closed_month(self) -> int:
        """The first instant of the month before the last one that is over."""
        return month_before(self.end, 2)

    def tell(
        self,
        check: str,
        entity: tuple[str, str],
        cents: int | None,
        case: str,
        period: int = NEVER,
    ) -> None:
        """A leak: of which check, on which entity (type and id), and how much if that is known."""
        self.truths.append(
            {
                "check_key": check,
                "entity_type": entity[0],
                "entity_id": entity[1],
                "period": period,
                "amount_cents": cents or 0,
                "has_amount": cents is not None,
                "case": case,
            }
        )

    def account(self, domain: str | None = None) -> str:
        """A new account of ours."""
        number = len(self.accounts)
        name = key("acc", number)
        self.accounts.append({"account_id": name, "domain": domain or f"leaking-{number}.example"})
        return name

    def subscribe(
        self,
        account: str,
        starts: int,
        *,
        ends: int = NEVER,
        mrr: int = 500_00,
        months: int = 1,
        included: int = PLENTY,
        deal: str | None = None,
        reason: str = "churn",
        skip: tuple[int, ...] = (),
        partner: int | None = None,
    ) -> str:
        """A subscription, billed period by period but for some; mostly without a partner."""
        name = key("sub", len(self.subscriptions))
        self.subscriptions.append(
            {
                "subscription_id": name,
                "account_id": account,
                "partner": -1 if partner is None else partner,
                "opportunity_id": deal,
                "starts": starts,
                "ends": ends,
                "reason": reason if ends != NEVER else None,
                "mrr": mrr,
                "months": months,
                "included": included,
            }
        )
        last = self.end if ends == NEVER else ends
        place, begins = 0, starts
        while begins < last:
            full = months_later(starts, (place + 1) * months)
            until = full if ends == NEVER else min(full, ends)
            amount = prorated(mrr * months, until - begins, full - begins)
            if place not in skip:
                self.bill(account, begins, [Line(amount, 1, begins, until)], subscription=name)
            place, begins = place + 1, full
        return name

    def bill(
        self,
        account: str,
        issued: int,
        lines: list["Line"],
        *,
        subscription: str | None = None,
        unpaid: int = 0,
        status: str | None = None,
    ) -> str:
        """An invoice, paid five days later; `unpaid` cents of it are not."""
        name = key("inv", len(self.invoices))
        total = sum(line.amount for line in lines)
        state = status or ("paid" if issued + PAID_AFTER < self.end else "open")
        is_paid = state == "paid"
        self.invoices.append(
            {
                "invoice_id": name,
                "account_id": account,
                "partner": next(
                    (
                        held["partner"]
                        for held in self.subscriptions
                        if held["subscription_id"] == subscription
                    ),
                    -1,
                ),
                "issued": issued,
                "paid": issued + PAID_AFTER if is_paid else NEVER,
                "total": total,
                "amount_paid": total - unpaid if is_paid else 0,
                "status": state,
            }
        )
        for line in lines:
            self.lines.append(
                {
                    "line_id": key("lin", len(self.lines)),
                    "invoice_id": name,
                    "subscription_id": subscription,
                    "kind": line.kind,
                    "meter": line.meter,
                    "quantity": line.quantity,
                    "unit_price": line.amount / 100 / line.quantity,
                    "list_unit_price": None
                    if line.is_unlisted
                    else line.listed or line.amount / 100 / line.quantity,
                    "amount": line.amount,
                    "starts": line.starts,
                    "until": line.until,
                }
            )
        return name

    def last_line(self) -> tuple[str, str]:
        """The line written last, as an entity."""
        return "invoice_line", str(self.lines[-1]["line_id"])

    def pay(
        self,
        partner: str,
        deal: str | None,
        kind: str,
        cents: int,
        days_ago: int,
        *,
        subscription: str | None = None,
        disputed: bool = False,
    ) -> tuple[str, str]:
        """A payout so many days before the end, as an entity."""
        name = key("pay", len(self.payouts))
        self.payouts.append(
            {
                "payout_id": name,
                "partner_id": partner,
                "opportunity_id": deal,
                "subscription_id": subscription,
                "kind": kind,
                "amount": cents,
                "at": self.end - days_ago * DAY,
                "disputed": disputed,
            }
        )
        return "payout", name

    def install(self, account: str, integration: int = BUSY) -> int:
        """An install that is up since long before the calls; returns its number."""
        self.installs.append(
            {
                "install_id": key("ins", len(self.installs)),
                "integration": integration,
                "account_id": account,
                "at": self.closed_month - 40 * DAY,
            }
        )
        return len(self.installs) - 1

    def call(self, install: int, at: int, meter: int, units: int) -> None:
        """One call that takes so many units."""
        self.calls.append({"install": install, "at": at, "meter": meter, "units": units})

    def grant(self, scope: str, used_ago: int) -> tuple[str, str]:
        """Access of an active partner, last used so many seconds before the end."""
        name = key("grt", len(self.grants))
        self.grants.append({"grant_id": name, "scope": scope, "used": self.end - used_ago})
        return "access_grant", name


@dataclass(frozen=True)
class Line:
    """One line: its amount in cents for a quantity, over [starts, until)."""

    amount: int
    quantity: int
    starts: int
    until: int
    kind: str = "subscription"
    meter: str | None = None
    listed: float | None = None
    """None: what it was billed at."""
    is_unlisted: bool = False
    """Whether the price book has to say what it lists at."""


def key(prefix: str, number: int) -> str:
    """The id of a planted row."""
    return f"{prefix}-l{number:04d}"


def partner_key(number: int) -> str:
    """The id of a partner."""
    return f"prt-{number:05d}"


def month_before(at: int, months: int) -> int:
    """The first instant of the month so many months before the one of `at`."""
    return int(months_after(month_of(np.array([at])), -months)[0])


def months_later(at: int, months: int) -> int:
    """The same day so many months later."""
    return int(months_after(np.array([at]), months)[0])


def prorated(cents: int, part: int, whole_span: int) -> int:
    """The share of an amount, rounded."""
    return int(half_away(np.array([cents * part]), whole_span)[0])


def frames(company: Company, book: Book) -> Frames:
    """The rows of each entity, and what leaks of them."""
    silent = playing(cast(company.scale.partners), SILENT)[:1]
    grants, installs = pd.DataFrame(book.grants), pd.DataFrame(book.installs)
    invoices, lines = pd.DataFrame(book.invoices), pd.DataFrame(book.lines)
    payouts, bought = pd.DataFrame(book.payouts), pd.DataFrame(book.subscriptions)
    changes, accounts = pd.DataFrame(book.changes), pd.DataFrame(book.accounts)
    truths = pd.DataFrame(book.truths)

    def texts(column: pd.Series) -> pd.Series:
        return pd.Series(column.to_numpy(), dtype="str")

    def moments(column: pd.Series) -> np.ndarray:
        return column.to_numpy().astype(np.int64)

    holder = moments(bought["partner"])
    fresh = instants(np.full(1, company.end - DAY))[0]
    integration = np.array([f"int-{BUSY:06d}", key("int", 0)], dtype=object)
    of_install = installs["integration"].to_numpy()
    return {
        "leaks.deals": pd.concat([payouts["opportunity_id"], bought["opportunity_id"]]).dropna(),
        "leaks.customers": pd.DataFrame(book.customers, columns=["account", "column", "value"]),
        "leaks.accounts": pd.DataFrame(
            {
                "account_id": texts(accounts["account_id"]),
                "account_name": [f"Leaking Account {n + 1}" for n in range(len(accounts))],
                "segment": "smb",
                "region": "EMEA",
                "industry": "software",
                "domain": texts(accounts["domain"]),
                "parent_account_id": pd.Series([None] * len(accounts), dtype="str"),
                "created_at": instants(np.full(len(accounts), company.end - 300 * DAY)),
                "first_direct_touch_at": instants(np.full(len(accounts), company.end - 300 * DAY)),
                "updated_at": instants(np.full(len(accounts), company.end - 200 * DAY)),
            }
        ),
        "leaks.subscriptions": pd.DataFrame(
            {
                "subscription_id": texts(bought["subscription_id"]),
                "account_id": texts(bought["account_id"]),
                "partner_id": ids("prt", holder, 5),
                "partner_role": words(PARTNER_ROLES, role_of(company, holder)),
                "opportunity_id": texts(bought["opportunity_id"]),
                "product": "Core",
                "started_on": dates(moments(bought["starts"])),
                "ended_on": dates(moments(bought["ends"])),
                "end_reason": texts(bought["reason"]),
                "mrr": whole(bought["mrr"]),
                "list_mrr": whole(bought["mrr"]),
                "included_units": bought["included"].astype(np.float64),
                "currency": "USD",
                "billing_period_months": whole(bought["months"]),
                "updated_at": fresh,
            }
        ),
        "leaks.subscription_changes": pd.DataFrame(
            {
                "change_id": [key("chg", n) for n in range(len(changes))],
                "subscription_id": texts(changes["subscription_id"]),
                "changed_on": dates(moments(changes["at"])),
                "mrr": whole(changes["mrr"]),
                "currency": "USD",
            }
        ),
        "leaks.invoices": pd.DataFrame(
            {
                "invoice_id": texts(invoices["invoice_id"]),
                "account_id": texts(invoices["account_id"]),
                "partner_id": ids("prt", moments(invoices["partner"]), 5),
                "issued_on": dates(moments(invoices["issued"])),
                "due_on": dates(moments(invoices["issued"]) + 30 * DAY),
                "paid_on": dates(moments(invoices["paid"])),
                "total": whole(invoices["total"]),
                "amount_paid": whole(invoices["amount_paid"]),
                "currency": "USD",
                "status": texts(invoices["status"]),
                "updated_at": fresh,
            }
        ),
        "leaks.invoice_lines": pd.DataFrame(
            {
                "line_id": texts(lines["line_id"]),
                "invoice_id": texts(lines["invoice_id"]),
                "subscription_id": texts(lines["subscription_id"]),
                "kind": texts(lines["kind"]),
                "meter": texts(lines["meter"]),
                "quantity": lines["quantity"].astype(np.float64),
                "unit_price": lines["unit_price"].round(8),
                "list_unit_price": lines["list_unit_price"].astype(np.float64),
                "amount": whole(lines["amount"]),
                "currency": "USD",
                "period_start": dates(moments(lines["starts"])),
                "period_end": dates(
                    np.where(lines["until"] == NEVER, NEVER, moments(lines["until"]) - DAY)
                ),
            }
        ),
        "leaks.payouts": pd.DataFrame(
            {
                "payout_id": texts(payouts["payout_id"]),
                "partner_id": texts(payouts["partner_id"]),
                "opportunity_id": texts(payouts["opportunity_id"]),
                "subscription_id": texts(payouts["subscription_id"]),
                "kind": texts(payouts["kind"]),
                "amount": whole(payouts["amount"]),
                "currency": "USD",
                "paid_on": dates(moments(payouts["at"])),
                "disputed": flags(payouts["disputed"].to_numpy()),
                "resolved_on": dates(np.full(len(payouts), NEVER)),
            }
        ),
        "leaks.integrations": pd.DataFrame(
            {
                "integration_id": [key("int", 0)] * len(silent),
                "partner_id": ids("prt", silent, 5),
                "integration_name": "Bridge of a former partner",
                "certification_status": "deprecated",
                "certified_on": dates(np.full(len(silent), NEVER)),
                "certification_expires_on": dates(np.full(len(silent), NEVER)),
                "quota_per_minute": whole(np.full(len(silent), 60)),
                "updated_at": fresh,
            }
        ),
        "leaks.installs": pd.DataFrame(
            {
                "install_id": texts(installs["install_id"]),
                "integration_id": texts(pd.Series(integration[of_install])),
                "account_id": texts(installs["account_id"]),
                "installed_at": instants(moments(installs["at"])),
                "activated_at": instants(moments(installs["at"]) + HOUR),
                "uninstalled_at": instants(np.full(len(installs), NEVER)),
                "updated_at": instants(moments(installs["at"]) + HOUR),
            }
        ),
        "leaks.calls": pd.DataFrame(book.calls).assign(
            is_former=lambda calls: of_install[calls["install"].to_numpy()] == ENDED
        ),
        "leaks.access_grants": pd.DataFrame(
            {
                "grant_id": texts(grants["grant_id"]),
                "partner_id": partner_key(PLATINUM),
                "integration_id": f"int-{BUSY:06d}",
                "account_id": str(accounts["account_id"].iloc[0]),
                "scope": texts(grants["scope"]),
                "granted_at": instants(np.full(len(grants), company.end - 200 * DAY)),
                "last_used_at": instants(moments(grants["used"])),
                "expires_at": instants(np.full(len(grants), NEVER)),
                "revoked_at": instants(np.full(len(grants), NEVER)),
                "updated_at": instants(moments(grants["used"])),
            }
        ),
        "leaks.truths": truths.assign(
            period=dates(moments(truths["period"])), amount_cents=whole(truths["amount_cents"])
        ),
    }
