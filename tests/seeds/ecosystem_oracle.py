"""The KPIs of the ecosystem, told once more in plain Python, period by period.

It starts from staged extracts, and from marts that are proven elsewhere: who is credited with a
deal, what an open deal is to whom, margin, commission, funds, SI quality and whether a promise was
kept.
"""

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from statistics import median
from typing import Any

import duckdb

Row = dict[str, Any]
Told = tuple[Fraction | None, int]
"""A value, None where there is nothing to tell, and the cases it rests on."""
Sums = tuple[Fraction, Fraction, int]
"""Numerator, denominator, cases."""
Fact = tuple[str, date, Any, Any]
"""The KPI it counts in, the day it counts on, numerator, denominator."""

DAY = timedelta(days=1)
FIVE_MINUTES = timedelta(minutes=5)
NOBODY = ("direct", "unknown")


def minus_months(day: date, months: int) -> date:
    """The same day so many calendar months before, or that month's last."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def nine_places(value: Fraction | None) -> Decimal | None:
    """Rounded half away from zero at the ninth place."""
    if value is None:
        return None
    exact = Fraction(abs(value) * 10**9)
    whole = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    return (
        (Decimal(whole) * (-1 if value < 0 else 1))
        .scaleb(-9)
        .quantize(Decimal("1e-9"), ROUND_HALF_UP)
    )


class Ecosystem:
    """What each KPI comes to, from a build database."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.as_of: date = self._rows("quality.run")[0]["as_of"]
        self.targets = {row["kpi_key"]: row for row in self._rows("policy.kpi_targets")}
        self.partners = {row["partner_id"]: row for row in self._rows("staging.stg_crm__partners")}
        self.integrations = {
            row["integration_id"]: row for row in self._rows("staging.stg_telemetry__integrations")
        }
        self.installs = [
            row
            for row in self._rows("staging.stg_telemetry__installs")
            if row["integration_id"] in self.integrations
        ]
        self.deals = {row["opportunity_id"]: row for row in self._rows("marts.dim_opportunity")}
        self.outcomes = self._rows("marts.fct_attribution_outcome")
        self.margin = [
            row
            for row in self._rows("marts.fct_partner_margin_monthly")
            if row["partner_id"] not in NOBODY
        ]
        self.onboardings = self._rows("staging.stg_crm__onboardings")
        self.enforcement = self._rows("staging.stg_telemetry__enforcement_actions")
        self.whose = self._whose()
        self.facts = self._facts()
        self.cases = self._cases()
        self.first_wins = self._first_wins()
        self.contracts = defaultdict(list)
        for contract in self._rows("staging.stg_crm__contracts"):
            self.contracts[contract["partner_id"]].append(contract)
        self.exits = {
            row["partner_id"]: row["effective_on"]
            for row in self._rows("programme.decisions")
            if row["verdict"] == "approved" and row["action"] == "exit"
        }
        self.acts = self._acts()
        self.claims = self._rows("metrics.int_pipeline__claims")
        self.si_scores = self._rows("marts.fct_si_quality")
        self.members = cache(self._members)
        self.active = cache(self._active)

    def tell(self, key: str, end: date) -> Told:
        """A KPI as of the midnight on which a period ends."""
        months = self.targets[key]["window_months"]
        start = minus_months(end, months) if months else end
        if key in STANDING:
            return STANDING[key](self, start, end)
        if key in self.cases:
            values = [value for day, value in self.cases[key] if start <= day < end]
            return (Fraction(median(values)) if values else None), len(values)
        numerator, denominator, cases = self.sums(key, start, end)
        return (numerator if key in COUNTED else ratio(numerator, denominator)), cases

    def sums(self, key: str, start: date, end: date) -> Sums:
        """A KPI's facts within a window, added up."""
        inside = [sums for day, sums in self.facts[key].items() if start <= day < end]
        return (
            sum((each[0] for each in inside), Fraction(0)),
            sum((each[1] for each in inside), Fraction(0)),
            sum(each[2] for each in inside),
        )

    def _rows(self, relation: str) -> list[Row]:
        result = self.connection.execute(f"from {relation}")
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def _whose(self) -> dict[str, str]:
        """What partners are to a deal, counted once: sourced before influenced."""
        whose: dict[str, str] = {}
        for row in self.outcomes:
            if row["outcome"] == "sourced":
                whose[row["opportunity_id"]] = "sourced"
            elif row["outcome"] == "influenced":
                whose.setdefault(row["opportunity_id"], "influenced")
        return whose

    def _won(self) -> Iterator[tuple[Row, str | None]]:
        for key, deal in self.deals.items():
            if deal["is_won"] and deal["closed_on"] is not None:
                yield deal, self.whose.get(key)

    def _facts(self) -> dict[str, dict[date, Sums]]:
        """What each KPI adds up, by day."""
        facts: dict[str, dict[date, Sums]] = defaultdict(dict)
        for told in (self._money(), self._reliability(), self._quality(), self._efficiency()):
            for key, day, numerator, denominator in told:
                above, below, cases = facts[key].get(day, (Fraction(0), Fraction(0), 0))
                facts[key][day] = (above + numerator, below + denominator, cases + 1)
        return facts

    def _money(self) -> Iterator[Fact]:
        for deal, whose in self._won():
            if deal["opportunity_type"] not in ("new", "expansion"):
                continue
            amount = units(deal["amount_reporting_cents"])
            for each in ("sourced", "influenced"):
                yield f"{each}_share", deal["closed_on"], amount if whose == each else 0, amount
            if whose:
                yield f"{whose}_arr", deal["closed_on"], amount, 0
        for row in self.margin:
            day = month_end(row["month"])
            yield "revenue_per_partner", day, units(row["net_cents"]), 0
            yield "support_cost_per_partner", day, units(row["support_cents"]), 0

    def _reliability(self) -> Iterator[Fact]:
        for row in self._rows("staging.stg_support__incidents"):
            if row["integration_id"] in self.integrations:
                yield "incidents_per_integration", row["started_at"].date(), 1, 0
        for row in self._rows("operations.int_sla__promises"):
            if row["state"] in ("within", "breached"):
                decided_at = min(row["due_at"], row["met_at"] or row["due_at"])
                yield "sla_attainment", decided_at.date(), row["state"] == "within", 1
        for row in self._rows("staging.stg_crm__implementations"):
            if row["went_live_on"] is not None and row["total_hours"] is not None:
                hours = Fraction(row["rework_hours"] or 0), Fraction(row["total_hours"])
                yield "rework_rate", row["went_live_on"], *hours
        for row in self.enforcement:
            if row["action"] == "kill_switch":
                yield "kill_switches", row["acted_at"].date(), 1, 0

    def _quality(self) -> Iterator[Fact]:
        for row in self._rows("staging.stg_crm__surveys"):
            if row["subject"] == "partner" and row["partner_id"] is not None:
                leans = (row["score"] >= 9) - (row["score"] <= 6)
                yield "partner_nps", row["responded_at"].date(), 100 * leans, 1
        for row in self._rows("staging.stg_support__tickets"):
            is_rated = row["satisfaction"] in ("good", "bad")
            if row["raised_by"] == "customer" and row["partner_id"] is not None and is_rated:
                yield "csat", row["opened_at"].date(), row["satisfaction"] == "good", 1
        for row in self._rows("staging.stg_crm__certifications"):
            if row["attempted_on"] is not None and row["passed"] is not None:
                yield "certification_pass_rate", row["attempted_on"], row["passed"], 1
        for acted_at, is_told in self._audited():
            yield "audit_log_completeness", acted_at.date(), is_told, 1

    def _efficiency(self) -> Iterator[Fact]:
        for row in self._rows("marts.fct_mdf"):
            if row["spent_cents"]:
                brought = units(row["pipeline_cents"]) + units(row["won_cents"])
                yield "mdf_roi", row["quarter_end"] - DAY, brought, units(row["spent_cents"])
        for row in self._rows("staging.stg_crm__business_reviews"):
            is_held = row["held_at"] is not None and row["held_at"].date() <= self.as_of
            yield "qbr_completion", row["scheduled_at"].date(), is_held, 1
        for day in self._retired():
            yield "deletion_quota", day, 1, 0
        yield from self._acquisition()

    def _acquisition(self) -> Iterator[Fact]:
        """What was spent on new customers, and the customers, of partners and of us alone."""
        for row in self._rows("staging.stg_billing__costs"):
            if row["cost_type"] in ("sales", "marketing", "partner_team"):
                is_partners = row["cost_type"] == "partner_team" or row["partner_id"] is not None
                amount = units(row["amount_reporting_cents"])
                yield ACQUIRED[is_partners], month_end(row["month"]), amount, 0
        for row in self._rows("marts.fct_commission_accrual"):
            if not row["is_memo"]:
                amount = units(row["amount_reporting_cents"])
                yield ACQUIRED[True], month_end(row["accrued_on"]), amount, 0
        first: dict[str, tuple[date, str]] = {}
        for deal, _ in self._won():
            if deal["account_id"] is not None:
                told = (deal["closed_on"], deal["opportunity_id"])
                first[deal["account_id"]] = min(first.get(deal["account_id"], told), told)
        for day, deal_id in first.values():
            yield ACQUIRED[self.whose.get(deal_id) == "sourced"], month_end(day), 0, 1

    def _audited(self) -> Iterator[tuple[datetime, bool]]:
        """Each action a partner's access or integration saw, and whether an event tells of it."""
        told: dict[tuple[Any, ...], list[datetime]] = defaultdict(list)
        for row in self._rows("staging.stg_telemetry__audit_events"):
            key = (row["action"], row["partner_id"], row["integration_id"], row["tenant_id"])
            told[key].append(row["occurred_at"])
        for moments in told.values():
            moments.sort()
        actions = set()
        for row in self._rows("staging.stg_telemetry__access_grants"):
            whom = (row["partner_id"], row["integration_id"], row["account_id"])
            actions.add(("grant_access", *whom, row["granted_at"]))
            actions.add(("revoke_access", *whom, row["revoked_at"]))
        for row in self.installs:
            owner = self.integrations[row["integration_id"]]["partner_id"]
            whom = (owner, row["integration_id"], row["account_id"])
            actions.add(("install", *whom, row["installed_at"]))
            actions.add(("activate", *whom, row["activated_at"]))
            actions.add(("uninstall", *whom, row["uninstalled_at"]))
        for *key, acted_at in actions:
            if acted_at is not None:
                moments = told[tuple(key)]
                first = bisect_left(moments, acted_at - FIVE_MINUTES)
                yield acted_at, first < bisect_right(moments, acted_at + FIVE_MINUTES)

    def _retired(self) -> Iterator[date]:
        last = {}
        for row in sorted(self.enforcement, key=lambda row: (row["acted_at"], row["action_id"])):
            if row["action"] not in ("warn", "throttle"):
                last[row["integration_id"]] = row
        removals = defaultdict(list)
        for row in self.installs:
            removals[row["integration_id"]].append(row["uninstalled_at"])
        for key, integration in self.integrations.items():
            gone = removals[key]
            if key in last and last[key]["action"] == "terminate":
                yield last[key]["acted_at"].date()
            elif integration["certification_status"] == "deprecated" and gone and all(gone):
                yield max(gone).date()

    def _cases(self) -> dict[str, list[tuple[date, int]]]:
        cases: dict[str, list[tuple[date, int]]] = {
            "time_to_first_deal": [],
            "time_to_first_success": [],
            "onboarding_cycle": [],
        }
        known_from = min(deal["created_at"] for deal in self.deals.values()).date()
        for key, won_on in self._first_wins().items():
            signed_on = self.partners[key]["signed_on"] if key in self.partners else None
            if signed_on is not None and known_from <= signed_on <= won_on:
                cases["time_to_first_deal"].append((won_on, (won_on - signed_on).days))
        for row in self.onboardings:
            for key, last in (
                ("time_to_first_success", "first_success_on"),
                ("onboarding_cycle", "certified_on"),
            ):
                from_on, until_on = row["intake_on"], row[last]
                if from_on is not None and until_on is not None and from_on <= until_on:
                    cases[key].append((until_on, (until_on - from_on).days))
        return cases

    def _first_wins(self) -> dict[str, date]:
        first: dict[str, date] = {}
        for row in self.outcomes:
            if row["is_won"] and row["closed_on"] and row["outcome"] in ("sourced", "influenced"):
                key = row["partner_id"]
                first[key] = min(first.get(key, date.max), row["closed_on"])
        return first

    def _acts(self) -> list[tuple[str, date, datetime, datetime | None]]:
        """What makes a partner active: the day, and the time over which it is the partner's."""
        acts = [
            (row["partner_id"], row["touched_at"].date(), row["touched_at"], None)
            for row in self._rows("marts.fct_opportunity_touch")
            if row["is_participating"]
        ]
        created = {key: deal["created_at"] for key, deal in self.deals.items()}
        acts += [
            (
                row["partner_id"],
                created[row["opportunity_id"]].date(),
                row["since_at"],
                row["until_at"],
            )
            for row in self._rows("metrics.int_attribution__outcome_spans")
        ]
        return acts

    def _members(self, day: date) -> set[str]:
        """Partners of the programme just before a day begins."""
        return {key for key, row in self.partners.items() if self._is_member(key, row, day)}

    def _is_member(self, key: str, row: Row, day: date) -> bool:
        if row["status"] == "prospect" or (row["signed_on"] or date.min) >= day:
            return False
        left_on = self.exits.get(key, date.max)
        if row["status"] == "offboarded":
            left_on = min(left_on, row["updated_at"].date())
        return left_on >= day and any(
            contract["starts_on"] < day
            and (
                contract["auto_renews"]
                or contract["ends_on"] is None
                or contract["ends_on"] + DAY >= day
            )
            for contract in self.contracts[key]
        )

    def _active(self, start: date, end: date) -> set[str]:
        """Partners of the programme that were active in a window."""
        moment = datetime.combine(end, datetime.min.time())
        acted = {
            key
            for key, day, from_at, until_at in self.acts
            if start <= day < end and from_at < moment and (until_at is None or until_at >= moment)
        }
        return acted & self.members(end)


def units(cents: int | None) -> Fraction:
    return Fraction(cents or 0, 100)


def ratio(numerator: Fraction, denominator: Fraction | int) -> Fraction | None:
    return numerator / denominator if denominator else None


def _per_active_partner(key: str) -> Callable[[Ecosystem, date, date], Told]:
    def tell(own: Ecosystem, start: date, end: date) -> Told:
        partners = len(own.active(start, end))
        return ratio(own.sums(key, start, end)[0], partners), partners

    return tell


def _coverage(own: Ecosystem, _: date, end: date) -> Told:
    moment = datetime.combine(end, datetime.min.time())
    deals = {
        row["opportunity_id"]: row["amount_reporting_cents"]
        for row in own.claims
        if row["from_at"] < moment and (row["until_at"] is None or row["until_at"] >= moment)
    }
    goal = sum(
        Fraction(own.targets[key]["target"]) * 3 / own.targets[key]["window_months"]
        for key in ("sourced_arr", "influenced_arr")
    )
    return ratio(sum(map(units, deals.values()), Fraction(0)), goal), len(deals)


def _activation(own: Ecosystem, _: date, end: date) -> Told:
    members = own.members(end)
    won = {key for key in members if own.first_wins.get(key, date.max) < end}
    return ratio(Fraction(len(won)), len(members)), len(members)


def _active_partners(own: Ecosystem, start: date, end: date) -> Told:
    return Fraction(len(own.active(start, end))), len(own.members(end))


def _retention(own: Ecosystem, start: date, end: date) -> Told:
    before = own.members(start)
    return ratio(Fraction(len(before & own.members(end))), len(before)), len(before)


def _incidents(own: Ecosystem, start: date, end: date) -> Told:
    began, ended = (datetime.combine(day, datetime.min.time()) for day in (start, end))
    in_use = {
        row["integration_id"]
        for row in own.installs
        if row["activated_at"] is not None
        and row["activated_at"] < ended
        and (
            row["uninstalled_at"] is None or row["uninstalled_at"] > max(row["activated_at"], began)
        )
    }
    incidents = own.sums("incidents_per_integration", start, end)[0]
    return ratio(incidents, len(in_use)), len(in_use)


def _si_quality(own: Ecosystem, _: date, end: date) -> Told:
    ends = {row["period_end"] for row in own.si_scores if row["period_end"] <= end}
    scores = {
        row["partner_id"]: Fraction(row["si_quality_score"])
        for row in own.si_scores
        if ends and row["period_end"] == max(ends) and row["si_quality_score"] is not None
    }
    return (median(scores.values()) if scores else None), len(scores)


def _cac(own: Ecosystem, start: date, end: date) -> Told:
    spent, customers, _ = own.sums(ACQUIRED[True], start, end)
    theirs, ours = ratio(spent, customers), ratio(*own.sums(ACQUIRED[False], start, end)[:2])
    if theirs is None or not ours:
        return None, int(customers)
    theirs, ours = (Fraction(nine_places(each) or 0) for each in (theirs, ours))
    return theirs / ours - 1, int(customers)


ACQUIRED = {True: "cac of partners", False: "cac of us alone"}
COUNTED = ("sourced_arr", "influenced_arr", "kill_switches", "deletion_quota")
STANDING: dict[str, Callable[[Ecosystem, date, date], Told]] = {
    "pipeline_coverage": _coverage,
    "activation_rate": _activation,
    "active_partners": _active_partners,
    "revenue_per_partner": _per_active_partner("revenue_per_partner"),
    "support_cost_per_partner": _per_active_partner("support_cost_per_partner"),
    "partner_retention": _retention,
    "incidents_per_integration": _incidents,
    "si_quality": _si_quality,
    "cac_impact": _cac,
}


def differences(connection: duckdb.DuckDBPyConnection) -> Iterable[str]:
    """Each KPI and period that the mart tells otherwise."""
    own = Ecosystem(connection)
    for row in own._rows("marts.mart_ecosystem_kpi"):
        value, cases = own.tell(row["kpi_key"], row["period_end"])
        told = nine_places(value)
        if cases < row["minimum_sample"]:
            told = None
        if (row["value"], row["sample_size"]) != (told, cases):
            yield (
                f"{row['kpi_key']} of the {row['period_kind']} to {row['period_end']}: "
                f"{row['value']} of {row['sample_size']}, not {told} of {cases}"
            )
