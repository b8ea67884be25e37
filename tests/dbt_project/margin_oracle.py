"""Margin told once more in plain Python, in fractions, from the rows as they were extracted."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from margin_books import AS_OF, DAY, PARTNERS, Row, month_after, month_end

COSTS = ("cogs", "commissions", "support", "mdf", "partner_team", "onboarding", "tooling")
MINUTE_CENTS = Fraction(125)
Key = tuple[date, str, str]


def half_away(value: Fraction) -> int:
    """Rounded half away from zero to a whole number."""
    whole = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return whole if value >= 0 else -whole


def split(amount: int, weights: Mapping[Any, int]) -> dict[Any, int]:
    """An amount by largest remainder; of equal remainders the first key gets the unit."""
    whole, sign = abs(amount), 1 if amount >= 0 else -1
    total = sum(weights.values())
    exact = {key: Fraction(whole * weight, total) for key, weight in weights.items()}
    parts = {key: int(part) for key, part in exact.items()}
    ranked = sorted(exact, key=lambda key: (parts[key] - exact[key], key))
    for key in ranked[: whole - sum(parts.values())]:
        parts[key] += 1
    return {key: sign * part for key, part in parts.items()}


def first_of(day: date) -> date:
    return day.replace(day=1)


def months_from(first: date, last: date) -> list[date]:
    """The first days of the months two days lie in, and of those between."""
    months = [first_of(first)]
    while month_after(months[-1], 1) <= last:
        months.append(month_after(months[-1], 1))
    return months


class Margin:
    """What the books come to; `accruals` are the commissions, told elsewhere."""

    def __init__(self, rows: Mapping[str, list[Row]], accruals: list[Row]) -> None:
        self.rows = rows
        self.accruals = accruals
        self.rates: dict[str, dict[date, Fraction]] = defaultdict(dict)
        for rate in rows["billing.fx_rates"]:
            self.rates[rate["currency"]][rate["rate_date"]] = Fraction(rate["usd_per_unit"])
        self.invoices = {row["invoice_id"]: row for row in rows["billing.invoices"]}
        self.subscriptions = {row["subscription_id"]: row for row in rows["billing.subscriptions"]}

    def converted(self, amount: Any, currency: str | None, on: date | None) -> int | None:
        """Money of a currency as US cents; None without a rate of that day or the seven before."""
        if amount is None:
            return None
        currency = currency or "USD"
        if currency == "USD":
            return half_away(Fraction(amount) * 100)
        if on is None:
            return None
        for age in range(8):
            rate = self.rates[currency].get(on - age * DAY)
            if rate is not None:
                return half_away(Fraction(amount) * 100 * rate)
        return None

    def known(self, partner: str) -> str:
        return partner if partner in PARTNERS else "unknown"

    def counted_lines(self) -> list[tuple[Row, str, str, int, date | None]]:
        """Lines that count, with partner, role, cents and the day they were billed on."""
        counted = []
        for line in self.rows["billing.invoice_lines"]:
            invoice = self.invoices.get(line["invoice_id"])
            if invoice is not None and invoice["status"] in ("draft", "void"):
                continue
            issued_on = invoice["issued_on"] if invoice else None
            billed_on = issued_on or line["period_start"]
            if billed_on is not None and billed_on > AS_OF:
                continue
            currency = line["currency"] or (invoice["currency"] if invoice else None)
            cents = self.converted(line["amount"], currency, issued_on)
            if cents is None:
                continue
            subscription = self.subscriptions.get(line["subscription_id"]) or {}
            partner, role = "direct", "none"
            if subscription.get("partner_id"):
                partner = self.known(subscription["partner_id"])
                role = subscription["partner_role"] or "none"
            elif invoice is None:
                partner = "unknown"
            elif invoice["partner_id"]:
                partner = self.known(invoice["partner_id"])
            counted.append((line, partner, role, cents, billed_on))
        return counted

    def revenue(self) -> tuple[Counter[Key], Counter[Key]]:
        """Gross, and refunds and credits, by month, partner and role; months to come included."""
        gross: Counter[Key] = Counter()
        taken_off: Counter[Key] = Counter()
        for line, partner, role, cents, billed_on in self.counted_lines():
            first, last = line["period_start"], line["period_end"]
            if line["kind"] in ("credit", "refund"):
                if billed_on is not None:
                    taken_off[first_of(billed_on), partner, role] += cents
            elif line["kind"] in ("subscription", "usage"):
                if first is not None and last is not None:
                    days = {
                        month: (min(last, month_end(month)) - max(first, month)).days + 1
                        for month in months_from(first, last)
                    }
                    for month, part in split(cents, days).items():
                        gross[month, partner, role] += part
                elif billed_on is not None:
                    gross[first_of(billed_on), partner, role] += cents
        return gross, taken_off

    def booked(self) -> tuple[Counter[Any], Counter[Any], Counter[Any]]:
        """Costs in a role, of a partner, and of nobody, by month and line."""
        in_role, of_partner = self.commissions()
        of_nobody: Counter[Any] = Counter()
        spent: Counter[date] = Counter()
        for (month, owner), cents in self.minutes().items():
            of_partner[month, owner, "support"] += cents
            spent[month] -= cents
        for cost in self.rows["billing.costs"]:
            month, line = first_of(cost["month"]), cost["cost_type"]
            cents = self.converted(cost["amount"], cost["currency"], month)
            if month > AS_OF or cents is None:
                continue
            if line == "support":
                spent[month] += cents
            elif line in COSTS and cost["partner_id"] is None:
                of_nobody[month, line] += cents
            elif line in COSTS:
                of_partner[month, self.known(cost["partner_id"]), line] += cents
        for month, beyond in spent.items():
            of_nobody[month, "support"] += max(beyond, 0)
        for request in self.rows["crm.mdf_requests"]:
            on = request["claimed_on"] or request["requested_on"]
            cents = self.converted(request["spent"], request["currency"], request["requested_on"])
            if on <= AS_OF and cents is not None:
                of_partner[first_of(on), self.known(request["partner_id"]), "mdf"] += cents
        return in_role, of_partner, of_nobody

    def minutes(self) -> dict[tuple[date, str], int]:
        """Cost of handling the tickets of an owner opened in a month."""
        minutes: Counter[tuple[date, str]] = Counter()
        for ticket in self.rows["support.tickets"]:
            opened_on = ticket["opened_at"].date()
            if ticket["is_deleted"] is not True and opened_on <= AS_OF:
                owner = self.known(ticket["partner_id"]) if ticket["partner_id"] else "direct"
                minutes[first_of(opened_on), owner] += Fraction(ticket["handling_minutes"] or 0)
        return {key: half_away(handled * MINUTE_CENTS) for key, handled in minutes.items()}

    def commissions(self) -> tuple[Counter[Any], Counter[Any]]:
        """What accrued to a partner in the role its subscription names, and without one."""
        in_role: Counter[Any] = Counter()
        of_partner: Counter[Any] = Counter()
        for accrual in self.accruals:
            month, cents = first_of(accrual["accrued_on"]), accrual["amount_reporting_cents"]
            if accrual["is_memo"] or accrual["accrued_on"] > AS_OF or cents is None:
                continue
            subscription = self.subscriptions.get(accrual["subscription_id"]) or {}
            role = subscription.get("partner_role")
            if role and subscription["partner_id"] == accrual["partner_id"]:
                in_role[month, accrual["partner_id"], role, "commissions"] += cents
            else:
                of_partner[month, accrual["partner_id"], "commissions"] += cents
        return in_role, of_partner

    def moves(self) -> dict[str, Counter[Key]]:
        """New, expansion, contraction and churned monthly revenue."""
        told: dict[str, Counter[Key]] = {
            name: Counter() for name in ("new", "expansion", "contraction", "churned")
        }
        running = [
            row
            for row in self.subscriptions.values()
            if row["ended_on"] is None or row["started_on"] < row["ended_on"]
        ]
        runs: dict[Any, list[Any]] = defaultdict(list)
        for row in running:
            runs[row["account_id"]].append(row)
        moved = {
            row["subscription_id"]: (row["account_id"], row["ended_on"])
            for row in running
            if row["end_reason"] == "migrated"
            and row["ended_on"] is not None
            and any(
                other is not row
                and other["started_on"] <= row["ended_on"]
                and (other["ended_on"] is None or row["ended_on"] < other["ended_on"])
                for other in runs[row["account_id"]]
            )
        }
        left = set(moved.values())
        netted: Counter[Any] = Counter()
        for row in running:
            owner = (
                self.known(row["partner_id"]) if row["partner_id"] else "direct",
                (row["partner_role"] or "none") if row["partner_id"] else "none",
            )
            began, ended = row["started_on"], row["ended_on"]
            own = sorted(
                (
                    change
                    for change in self.rows["billing.subscription_changes"]
                    if change["subscription_id"] == row["subscription_id"]
                    and (ended is None or change["changed_on"] < ended)
                ),
                key=lambda change: (change["changed_on"], change["change_id"]),
            )
            last_of_day = {max(change["changed_on"], began): change for change in own}
            steps = [(began, "new", row["mrr"], row["currency"])]
            steps += [
                (on, "changed", change["mrr"], change["currency"] or row["currency"])
                for on, change in sorted(last_of_day.items())
            ]
            if ended is not None:
                steps.append((ended, "churned", 0, row["currency"]))
            before, currency_before = 0, row["currency"]
            for on, step, mrr, currency in steps:
                after_cents = self.converted(mrr, currency, on) if mrr else 0
                before_cents = self.converted(before, currency_before, on) if before else 0
                before, currency_before = mrr, currency
                if on > AS_OF or after_cents is None or before_cents is None:
                    continue
                cents = after_cents - before_cents
                is_moved = (step == "new" and (row["account_id"], on) in left) or (
                    step == "churned" and row["subscription_id"] in moved
                )
                key = (first_of(on), *owner)
                if is_moved:
                    netted["moved", on, row["account_id"], key] += cents
                elif step == "changed":
                    netted["changed", on, row["subscription_id"], key] += cents
                else:
                    told[step][key] += cents if step == "new" else -cents
        for (*_, key), cents in netted.items():
            told["expansion" if cents > 0 else "contraction"][key] += abs(cents)
        return told

    def rows_expected(self) -> dict[Key, dict[str, int]]:
        """Every row of the mart that has anything to tell."""
        gross, taken_off = self.revenue()
        net = Counter(gross)
        net.update(taken_off)
        table: dict[Key, Counter[str]] = defaultdict(Counter)
        for name, figures in (("gross", gross), ("refunds_credits", taken_off)):
            for key, cents in figures.items():
                if key[0] <= AS_OF:
                    table[key][name] += cents
        in_role, of_partner, of_nobody = self.booked()
        for (month, partner, role, line), cents in in_role.items():
            table[month, partner, role][line] += cents
        earners: dict[date, dict[tuple[str, str], int]] = defaultdict(dict)
        for (month, partner, role), cents in net.items():
            if cents > 0:
                earners[month][partner, role] = cents
        for (month, partner, line), cents in of_partner.items():
            own = {key: w for key, w in earners[month].items() if key[0] == partner}
            for (_, role), part in split(cents, own or {(partner, "none"): 1}).items():
                table[month, partner, role][line] += part
        for (month, line), cents in of_nobody.items():
            shares = split(cents, earners[month] or {("direct", "none"): 1})
            for (partner, role), part in shares.items():
                table[month, partner, role][line] += part
                table[month, partner, role]["allocated"] += part
        for name, figures in self.moves().items():
            for key, cents in figures.items():
                table[key][f"{name}_mrr"] += cents
        return {
            key: {name: cents for name, cents in row.items() if cents}
            for key, row in table.items()
            if any(row.values())
        }

    def settled(self) -> dict[str, tuple[int, int, int, int]]:
        """What of each invoice of one currency was collected net of refunds, is open, was written
        off, and what its lines are more than these."""
        told = {}
        own: dict[str, list[Row]] = defaultdict(list)
        for line in self.rows["billing.invoice_lines"]:
            own[line["invoice_id"]].append(line)
        for invoice_id, invoice in self.invoices.items():
            if invoice["status"] in ("draft", "void") or invoice["issued_on"] > AS_OF:
                continue
            currency, on = invoice["currency"] or "USD", invoice["issued_on"]
            if any((line["currency"] or currency) != currency for line in own[invoice_id]):
                continue
            lines = sum(line["amount"] for line in own[invoice_id])
            refunds = sum(line["amount"] for line in own[invoice_id] if line["kind"] == "refund")
            total, paid, status = invoice["total"], invoice["amount_paid"], invoice["status"]
            if invoice["paid_on"] is not None and invoice["paid_on"] > AS_OF:
                paid, status = 0, "open"
            elif paid is None:
                paid = total if status == "paid" or invoice["paid_on"] else 0
            is_beside = total != lines and total == lines - refunds
            collected = paid + (refunds if is_beside else 0)
            written_off = total - paid if status == "uncollectible" else 0
            still_open = 0 if status == "uncollectible" else total - paid
            sums = [
                self.converted(amount, currency, on)
                for amount in (
                    collected,
                    collected + still_open,
                    collected + still_open + written_off,
                    lines,
                )
            ]
            if None in sums:
                continue
            one_by_one = sum(
                self.converted(line["amount"], currency, on) for line in own[invoice_id]
            )
            parts = [sums[0], sums[1] - sums[0], sums[2] - sums[1]]
            unpaid = 2 if status == "uncollectible" else 1
            parts[0 if paid else unpaid] += one_by_one - sums[3]
            told[invoice_id] = (*parts, sums[3] - sums[2])
        return told
