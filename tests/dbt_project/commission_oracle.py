"""The rules of commission in plain Python, from spec 3: one deal, bill and loss at a time.

Deliberately another shape than the models: exact fractions and lists, no joins; a subscription's
life is walked day by day of change, a fiscal year deal by deal.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from commission_books import AS_OF, DIGITS, TIERS, Books
from scored_company import Row, midnight, months_before, periods

NO_BANDS: list[tuple[int, int | None, Fraction]] = []
MEMO = ("reseller_margin", "registered_margin", "oem_discount")


def part(text: str) -> Fraction:
    """A share as it is written."""
    return Fraction(text)


def half_away(value: Fraction) -> int:
    """Rounded half away from zero."""
    whole = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return whole if value >= 0 else -whole


def nine(value: Fraction) -> Fraction:
    """Rounded half away from zero at the ninth place."""
    return Fraction(half_away(value * 10**9), 10**9)


def months_after(day: date, months: int) -> date:
    """The day so many calendar months later."""
    return months_before(day, -months)


def month_end(day: date) -> date:
    """The last day of a day's month."""
    return months_after(day.replace(day=1), 1) - timedelta(days=1)


@dataclass
class Programme:
    """What the policy says; the default one, but for what is changed."""

    reporting: str = "USD"
    year_starts: int = 1
    holdback: int = 30
    influenced: Fraction = Fraction(1, 2)
    bands: list[tuple[int, int | None, Fraction]] = field(default_factory=lambda: NO_BANDS)
    banded_type: str = ""
    rebates: tuple[tuple[int, int | None, Fraction | None], ...] = (
        (250_000, 500_000, part("0.02")),
        (500_000, 1_000_000, part("0.05")),
        (1_000_000, None, None),
    )

    def kinds(self, partner_type: str, tier: str) -> dict[str, Fraction]:
        """Kinds a partner type earns at a tier, and their rates."""
        rank = TIERS.index(tier)
        rates = {
            "referral": {"first_year": ("0.1", "0.15", "0.2", "0.25")[rank]},
            "si": {"first_year": ("0.1", "0.12", "0.12", "0.15")[rank]},
            "reseller": {
                "reseller_margin": ("0.25", "0.3", "0.35", "0.4")[rank],
                "registered_margin": "0.05",
            },
            "oem": {"oem_discount": "0.5"},
            "platform": {"revenue_share": "0.1"},
            "data_provider": {"revenue_share": "0.1"},
        }[partner_type]
        return {kind: part(rate) for kind, rate in rates.items()}

    def year_end(self, day: date) -> date:
        """The last day of a day's fiscal year."""
        year = day.year + (day.month >= self.year_starts)
        return date(year, self.year_starts, 1) - timedelta(days=1)

    def band_money(self, volume: Fraction, rate_of: Any) -> Fraction:
        """What a volume in major units earns by the bands."""
        earned = Fraction(0)
        for lower, upper, rate in self.bands:
            top = volume if upper is None else min(volume, Fraction(upper))
            earned += max(top - lower, Fraction(0)) * rate_of(rate)
        return earned


def share_back(reason: str, days: int) -> Fraction:
    """What goes back of a commission after so many days."""
    if reason == "fraud" or days < 30:
        return Fraction(1)
    if days < 90:
        return Fraction(1, 2)
    return Fraction(180 - days, 180) if days < 180 else Fraction(0)


@dataclass
class Accrual:
    """One row of the ledger."""

    accrual_id: str
    partner_id: str
    deal: str | None
    subscription: str | None
    kind: str
    family: str | None
    currency: str
    base: int | None
    rate: Fraction | None
    amount: int | None
    accrued_on: date
    payable_on: date | None
    source: str
    reverses: str | None = None
    reported: int | None = None

    @property
    def settlement(self) -> str | None:
        """Key of what it settles with."""
        subject = self.deal or str(self.accrued_on)
        return self.family and f"{self.partner_id}|{subject}|{self.family}|{self.currency}"


class Ledger:
    """Everything that follows from the books under a programme."""

    def __init__(self, made: Books, programme: Programme) -> None:
        self.made, self.programme = made, programme
        self.partners = {row["partner_id"]: row for row in made.partners}
        self.deals = {
            row["opportunity_id"]: row
            for row in made.deals
            if row["is_won"] and row["closed_at"].date() <= AS_OF
        }
        self.won = [
            (deal, partner, outcome == "sourced")
            for (deal, partner), outcome in sorted(made.outcomes.items())
            if deal in self.deals and outcome != "mentioned"
        ]
        self.mean_rates: dict[tuple[str, str], Fraction] = {}
        self.receipts = list(self._receipts())
        self.accruals = list(self._accruals())
        for accrual in self.accruals:
            accrual.reported = self.convert(accrual.amount, accrual.currency, accrual.accrued_on)
        worth = {accrual.accrual_id: accrual for accrual in self.accruals}
        for accrual in self.accruals:
            if accrual.reverses:
                undone = worth[accrual.reverses]
                accrual.reported = undone.reported and half_away(
                    Fraction(undone.reported * accrual.amount, undone.amount)
                )

    def usd(self, currency: str, day: date) -> Fraction | None:
        """Dollars for one unit on a day."""
        if currency == "USD":
            return Fraction(1)
        known = [
            row
            for row in self.made.rates
            if row["currency"] == currency and row["rate_date"] <= day
        ]
        last = max(known, key=lambda row: row["rate_date"], default=None)
        if last is None or (day - last["rate_date"]).days > 7:
            return None
        return Fraction(last["usd_per_unit"])

    def convert(self, cents: int | None, currency: str, day: date) -> int | None:
        """Minor units of the reporting currency."""
        reporting = self.programme.reporting
        if cents is None or currency == reporting:
            return cents
        paid, worth = self.usd(currency, day), self.usd(reporting, day)
        if paid is None or worth is None:
            return None
        scale = Fraction(10 ** DIGITS[reporting], 10 ** DIGITS[currency])
        return half_away(cents * paid / worth * scale)

    def tier(self, partner: str, at: Any) -> str:
        """The tier of a partner at an instant."""
        row = self.partners[partner]
        since = row["tier_since"]
        return "registered" if since and at < midnight(since) else row["initial_tier"]

    def subscriptions(self, deal: str) -> list[Row]:
        """The subscriptions a deal became."""
        return [row for row in self.made.subscriptions if row["opportunity_id"] == deal]

    def _receipts(self) -> Iterator[tuple[str, str, str, date, int]]:
        """Subscription, kind, currency, day, minor units of cash."""
        by_invoice = defaultdict(list)
        for line in self.made.lines:
            by_invoice[line["invoice_id"]].append(line)
        for invoice in self.made.invoices:
            if invoice["status"] in ("draft", "void") or invoice["issued_on"] > AS_OF:
                continue
            lines = by_invoice[invoice["invoice_id"]]
            total, paid = invoice["total"], invoice["amount_paid"]
            if paid is None:
                is_paid = invoice["status"] == "paid" or invoice["paid_on"] is not None
                paid = total if is_paid else 0
            if invoice["paid_on"] is not None and invoice["paid_on"] > AS_OF:
                paid = 0
            paid_on = invoice["paid_on"] or invoice["issued_on"]

            def added(owner: str | None, *kinds: str, lines: list[Row] = lines) -> int:
                return sum(
                    line["amount"]
                    for line in lines
                    if line["kind"] in kinds and line["subscription_id"] == owner
                )

            owners = {line["subscription_id"] for line in lines}
            revenue = sum(added(owner, "subscription", "usage") for owner in owners)
            whole = sum(line["amount"] for line in lines)
            refunds = sum(line["amount"] for line in lines if line["kind"] == "refund")
            holds = refunds == 0 or total != whole - refunds
            for owner in owners - {None}:
                own = added(owner, "subscription", "usage")
                weight = Fraction(own, revenue) if revenue else Fraction(0)
                billed = own + added(owner, "credit") + added(None, "credit") * weight
                refunded = added(owner, "refund") + added(None, "refund") * weight
                currency = invoice["currency"]
                cash = half_away(Fraction(paid) * billed / total) if total else 0
                if cash:
                    yield owner, "payment", currency, paid_on, cash
                if holds:
                    back = half_away(Fraction(paid) * refunded / total) if total else 0
                else:
                    back = half_away(Fraction(refunded))
                if back:
                    yield (
                        owner,
                        "refund",
                        currency,
                        paid_on if holds else invoice["issued_on"],
                        back,
                    )

    def payable_on(self, deal: str) -> date:
        """First payment and holdback, else the close and sixty days."""
        held = {row["subscription_id"] for row in self.subscriptions(deal)}
        paid = [
            day
            for owner, kind, _, day, cents in self.receipts
            if owner in held and kind == "payment" and cents > 0
        ]
        if paid:
            return min(paid) + timedelta(days=self.programme.holdback)
        return self.deals[deal]["closed_at"].date() + timedelta(days=60)

    def contract_rate(self, partner: str, kind: str, at: Any, *, before: bool = False) -> Any:
        """The rate a contract in force names, of several the last begun; None without."""
        column = {
            "revenue_share": "revenue_share_rate",
            "reseller_margin": "reseller_discount_rate",
            "oem_discount": "reseller_discount_rate",
        }.get(kind)
        fitting = []
        for row in self.made.contracts:
            if row["partner_id"] != partner or column is None or row[column] is None:
                continue
            begun = midnight(row["starts_on"])
            over = None
            if row["ends_on"] is not None and not row["auto_renews"]:
                over = midnight(row["ends_on"] + timedelta(days=1))
            is_begun = begun < at if before else begun <= at
            if is_begun and (over is None or (at <= over if before else at < over)):
                fitting.append(row)
        if not fitting:
            return None
        chosen = min(fitting, key=lambda row: (-row["starts_on"].toordinal(), row["contract_id"]))
        return Fraction(chosen[column])

    def _accruals(self) -> Iterator[Accrual]:
        earned = [*self._closing(), *self._rebates()]
        yield from earned
        yield from self._clawbacks(earned)

    def _closing(self) -> Iterator[Accrual]:
        rule = self.programme
        volumes: dict[tuple[str, date], Fraction] = defaultdict(Fraction)
        for deal, partner, sourced in sorted(
            self.won, key=lambda won: (self.deals[won[0]]["closed_at"], won[0])
        ):
            row = self.deals[deal]
            closed_on, currency = row["closed_at"].date(), row["currency"]
            kind_of = self.partners[partner]["partner_type"]
            held = sorted(
                self.subscriptions(deal), key=lambda s: (s["started_on"], s["subscription_id"])
            )
            first = held[0]["subscription_id"] if held else None
            payable_on = max(self.payable_on(deal), closed_on)
            renews = row["opportunity_type"] == "renewal"

            def earned(rate: Fraction, sourced: bool = sourced) -> Fraction:
                return rate if sourced else nine(rate * rule.influenced)

            if kind_of == rule.banded_type:
                if renews:
                    continue
                reported = self.convert(row["amount"], currency, closed_on) or 0
                units = Fraction(reported, 10 ** DIGITS[rule.reporting])
                year = (partner, rule.year_end(closed_on))
                before, after = volumes[year], volumes[year] + units
                volumes[year] = after
                if units:
                    gained = rule.band_money(after, earned) - rule.band_money(before, earned)
                    mean = gained / units
                else:
                    reached = [
                        earned(rate)
                        for lower, upper, rate in rule.bands
                        if lower <= max(before, 0) and (upper is None or max(before, 0) < upper)
                    ]
                    mean = reached[0]
                amount = row["amount"]
                self.mean_rates[deal, partner] = nine(mean)
                yield Accrual(
                    f"{deal}|{partner}|banded",
                    partner,
                    deal,
                    first,
                    "banded",
                    "commission",
                    currency,
                    amount,
                    nine(mean),
                    None if amount is None else half_away(amount * mean),
                    closed_on,
                    payable_on,
                    "policy",
                )
                continue
            for kind, policy_rate in rule.kinds(
                kind_of, self.tier(partner, row["closed_at"])
            ).items():
                if kind == "registered_margin" and not sourced:
                    continue
                if kind == "first_year" and renews:
                    continue
                named = self.contract_rate(partner, kind, row["closed_at"])
                rate = earned(policy_rate if named is None else named)
                source = "policy" if named is None else "contract"
                if kind == "revenue_share":
                    yield from self._shares(deal, partner, rate, source, payable_on)
                    continue
                memo = kind in MEMO
                base = row["amount"]
                if memo:
                    base = row["amount"] if row["list_amount"] is None else row["list_amount"]
                yield Accrual(
                    f"{deal}|{partner}|{kind}",
                    partner,
                    deal,
                    first,
                    kind,
                    None if memo else "commission",
                    currency,
                    base,
                    rate,
                    None if base is None else half_away(base * rate),
                    closed_on,
                    None if memo else payable_on,
                    source,
                )

    def _shares(
        self, deal: str, partner: str, rate: Fraction, source: str, payable_on: date
    ) -> Iterator[Accrual]:
        closed_on = self.deals[deal]["closed_at"].date()
        until = months_after(closed_on, 24)
        for held in self.subscriptions(deal):
            cash: dict[tuple[str, date], int] = defaultdict(int)
            for owner, _, currency, day, cents in self.receipts:
                if owner == held["subscription_id"] and closed_on <= day < until:
                    cash[currency, month_end(day)] += cents
            so_far: dict[str, int] = defaultdict(int)
            for (currency, end), cents in sorted(cash.items(), key=lambda each: each[0][1]):
                if end > AS_OF:
                    continue
                before = so_far[currency]
                so_far[currency] += cents
                if cents == 0:
                    continue
                yield Accrual(
                    f"{deal}|{partner}|revenue_share|{held['subscription_id']}"
                    f"|{end.replace(day=1)}|{currency}",
                    partner,
                    deal,
                    held["subscription_id"],
                    "revenue_share",
                    "revenue_share",
                    currency,
                    cents,
                    rate,
                    half_away(so_far[currency] * rate) - half_away(before * rate),
                    end,
                    max(payable_on, end),
                    source,
                )

    def _rebates(self) -> Iterator[Accrual]:
        rule = self.programme
        volumes: dict[tuple[str, date], list[int]] = defaultdict(list)
        for deal, partner, sourced in self.won:
            row = self.deals[deal]
            day = row["closed_at"].date()
            if sourced and self.partners[partner]["partner_type"] == "reseller":
                bought = self.convert(row["amount"], row["currency"], day)
                volumes[partner, rule.year_end(day)] += [] if bought is None else [bought]
        for (partner, year_end), bought in volumes.items():
            volume = sum(bought)
            for lower, upper, rate in rule.rebates:
                units = Fraction(volume, 10 ** DIGITS[rule.reporting])
                if bought and year_end <= AS_OF and lower <= units and (not upper or units < upper):
                    yield Accrual(
                        f"{partner}|volume_rebate|{year_end}",
                        partner,
                        None,
                        None,
                        "volume_rebate",
                        "rebate",
                        rule.reporting,
                        volume,
                        rate,
                        None if rate is None else half_away(volume * rate),
                        year_end,
                        year_end + timedelta(days=60),
                        "policy",
                    )

    def losses(self, deal: str) -> list[tuple[date, str, str, Fraction, Fraction]]:
        """Day, reason, subscription, share that goes back, and part of the deal that was lost."""
        held = self.subscriptions(deal)
        started = {s["subscription_id"]: s["mrr"] for s in held}
        if len({s["currency"] for s in held}) > 1:
            started = {
                s["subscription_id"]: self.convert(s["mrr"], s["currency"], s["started_on"]) or 0
                for s in held
            }

        def ended(s: Row) -> date | None:
            return s["ended_on"] if s["ended_on"] and s["ended_on"] <= AS_OF else None

        staying = [s for s in held if not (ended(s) and s["end_reason"] == "migrated")]
        whole = sum(started[s["subscription_id"]] for s in staying) or sum(started.values())
        told = []
        for s in held:
            key, level = s["subscription_id"], s["mrr"]
            by_day = {}
            for change in sorted(self.made.changes, key=lambda c: c["change_id"]):
                if change["subscription_id"] == key and change["currency"] in (None, s["currency"]):
                    by_day[change["changed_on"]] = change["mrr"]
            for day, mrr in sorted(by_day.items()):
                if day > AS_OF or (ended(s) and day >= ended(s)) or mrr >= level:
                    continue
                lost = Fraction(half_away(Fraction(started[key] * (level - mrr), s["mrr"])))
                level = mrr
                if whole:
                    told.append((day, "downgrade", key, lost / whole))
            if ended(s) and s["end_reason"] != "migrated":
                reason = "fraud" if s["end_reason"] == "fraud" else "cancelled"
                if reason == "fraud":
                    told.append((ended(s), reason, key, Fraction(1)))
                elif not whole:
                    told.append((ended(s), reason, key, Fraction(1, len(held))))
                else:
                    lost = half_away(Fraction(started[key] * level, s["mrr"] or 1))
                    told.append((ended(s), reason, key, Fraction(lost, whole)))
        days = {s["subscription_id"]: s["started_on"] for s in held}
        return [
            (day, reason, key, share_back(reason, (day - days[key]).days), lost)
            for day, reason, key, lost in sorted(told)
        ]

    def _clawbacks(self, earned: list[Accrual]) -> Iterator[Accrual]:
        groups: dict[tuple, list[Accrual]] = defaultdict(list)
        for row in earned:
            if row.family in ("commission", "revenue_share") and row.amount:
                shared = row.subscription if row.family == "revenue_share" else None
                groups[row.deal, row.partner_id, row.kind, row.currency, shared].append(row)
        for (deal, _, kind, _, shared), rows in groups.items():
            left = {row.accrual_id: abs(row.amount or 0) for row in rows}
            for day, reason, key, share, lost in self.losses(deal):
                back_share = share * lost
                if kind == "revenue_share":
                    if key != shared or reason == "downgrade":
                        continue
                    back_share = share
                so_far = 0
                for row in sorted(rows, key=lambda row: (row.accrued_on, row.accrual_id)):
                    amount = row.amount or 0
                    taken = half_away(max(so_far + amount, 0) * back_share)
                    taken -= half_away(max(so_far, 0) * back_share)
                    so_far += amount
                    back = min(abs(taken), left[row.accrual_id])
                    left[row.accrual_id] -= back
                    if back == 0:
                        continue
                    yield Accrual(
                        f"{row.accrual_id}|clawback|{key}|{reason}|{day}",
                        row.partner_id,
                        row.deal,
                        key,
                        "clawback",
                        row.family,
                        row.currency,
                        amount,
                        -nine(back_share),
                        back if amount < 0 else -back,
                        max(day, row.accrued_on),
                        max(day, row.payable_on or day),
                        row.source,
                        row.accrual_id,
                    )

    def paid(self) -> dict[str, list[Row]]:
        """Payouts up to the as-of date by what they settle with."""
        families = {
            "commission": "commission",
            "referral_fee": "commission",
            "revenue_share": "revenue_share",
            "rebate": "rebate",
        }
        by_key: dict[str, list[Row]] = defaultdict(list)
        for row in self.made.payouts:
            family = families.get(row["kind"])
            if row["paid_on"] > AS_OF or family is None:
                continue
            partner = row["partner_id"] if row["partner_id"] in self.partners else "unknown"
            subject = row["opportunity_id"] or ""
            if family == "rebate":
                this_year = self.programme.year_end(row["paid_on"])
                subject = str(months_after(this_year + timedelta(days=1), -12) - timedelta(days=1))
            by_key[f"{partner}|{subject}|{family}|{row['currency']}"].append(row)
        return by_key

    def settlements(self) -> dict[str, tuple]:
        """What is amiss by settlement, each figure as the marts name it."""
        claims: dict[str, list[Accrual]] = defaultdict(list)
        for accrual in self.accruals:
            if accrual.settlement:
                claims[accrual.settlement].append(accrual)
        payouts, told = self.paid(), {}
        for key in claims.keys() | payouts.keys():
            rows, paid_rows = claims.get(key, []), payouts.get(key, [])
            gross = sum(row.amount or 0 for row in rows if not row.reverses)
            back = [row for row in rows if row.reverses]
            due = sum(row.amount or 0 for row in rows if row.payable_on <= AS_OF)
            paid = sum(row["amount"] for row in paid_rows)
            disputed = sum(
                row["amount"]
                for row in paid_rows
                if row["disputed"] and not (row["resolved_on"] and row["resolved_on"] <= AS_OF)
            )
            under = over = outstanding = 0
            if all(row.amount is not None for row in rows):
                under = max(due - max(paid, 0), 0)
                over = paid - max(gross, 0) if paid - max(gross, 0) > 1 else 0
                recalled = -sum(row.amount for row in back if row.payable_on <= AS_OF)
                outstanding = max(min(paid, gross) - (gross - recalled), 0)
            told[key] = (
                bool(rows),
                gross,
                -sum(row.amount for row in back),
                due,
                paid,
                disputed,
                under,
                over,
                outstanding,
            )
        return told

    def outstanding(self) -> dict[tuple[str, date], int]:
        """What is owed and not paid by settlement and payable day, oldest paid first."""
        payable = {row.accrual_id: row.payable_on for row in self.accruals}
        nets: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
        unknown = {row.settlement for row in self.accruals if row.amount is None}
        for row in self.accruals:
            if row.settlement and row.settlement not in unknown:
                day = payable[row.reverses] if row.reverses else row.payable_on
                nets[row.settlement][day] += row.amount
        paid, told = self.paid(), {}
        for key, days in nets.items():
            settled = max(sum(row["amount"] for row in paid.get(key, [])), 0)
            so_far = 0
            for day, net in sorted(days.items()):
                owed = max(so_far + net - settled, 0) - max(so_far - settled, 0)
                so_far += net
                if owed:
                    told[key, day] = owed
        return told

    def tier_costs(self) -> dict[tuple[str, date, str], int]:
        """Commission, margin and funds of a year's volume by partner, quarter and tier."""
        rule = self.programme
        funds = dict(zip(TIERS, (0, 5_000, 25_000, 100_000), strict=True))
        told = {}
        for _, _, end in (each for each in periods(AS_OF) if each[0] == "quarter"):
            since = months_before(end, 12)
            for partner, row in self.partners.items():
                sold = [
                    (self.deals[deal], sourced)
                    for deal, who, sourced in self.won
                    if who == partner
                    and midnight(since) <= self.deals[deal]["closed_at"] < midnight(end)
                ]
                for tier in TIERS:
                    cost = funds[tier] * 10 ** DIGITS[rule.reporting]
                    kinds = rule.kinds(row["partner_type"], tier)
                    if row["partner_type"] == rule.banded_type:
                        kinds = {}
                        cost += sum(
                            half_away((self.in_reporting(deal) or 0) * rate)
                            for (key, who), rate in self.mean_rates.items()
                            for deal, _ in sold
                            if who == partner and deal["opportunity_id"] == key
                        )
                    for kind, rate in kinds.items():
                        named = self.contract_rate(partner, kind, midnight(end), before=True)
                        cost += self._cost(kind, rate if named is None else named, sold)
                    told[partner, end - timedelta(days=1), tier] = cost
        return told

    def in_reporting(self, deal: Row) -> int | None:
        """The won amount in the reporting currency, at the rate of the close."""
        return self.convert(deal["amount"], deal["currency"], deal["closed_at"].date())

    def _cost(self, kind: str, rate: Fraction, sold: list[tuple[Row, bool]]) -> int:
        volume = Fraction(0)
        for deal, sourced in sold:
            base = deal["amount"]
            if kind in MEMO and deal["list_amount"] is not None:
                base = deal["list_amount"]
            reported = self.convert(base, deal["currency"], deal["closed_at"].date()) or 0
            if kind == "registered_margin" and not sourced:
                continue
            if kind == "first_year" and deal["opportunity_type"] == "renewal":
                continue
            volume += reported if sourced else reported * self.programme.influenced
        return half_away(volume * rate)
