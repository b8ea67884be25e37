"""The marts of operations, told once more in plain Python, row by row.

It starts from staged extracts, from tiers and promises as they were, and from who is credited with
a deal, which is proven elsewhere. Fiscal years are taken to be calendar years.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from itertools import pairwise
from typing import Any

import duckdb

Row = dict[str, Any]

DAY = timedelta(days=1)
STEPS = (
    ("intake_on", "security"),
    ("security_cleared_on", "sandbox"),
    ("sandbox_ready_on", "certification"),
    ("certified_on", "first_success"),
    ("first_success_on", "complete"),
)
REQUIRED = {
    "account": ("account_id", "account"),
    "amount": ("amount_cents", "amount"),
    "expected_close": ("expected_close_on", "expected close"),
    "owner": ("owner", "owner"),
    "stage": ("stage", "stage"),
    "type": ("opportunity_type", "type"),
}
"""What policy may ask of a deal: the column that says it, and its name in words."""


def ratio(dividend: Any, divisor: Any) -> Decimal | None:
    """Rounded half away from zero at the ninth place; None where there is nothing to divide by."""
    if dividend is None or not divisor:
        return None
    return (Decimal(dividend) / Decimal(divisor)).quantize(Decimal("1e-9"), ROUND_HALF_UP)


def days(start: date | None, end: date | None) -> int | None:
    """Whole days between two dates, None where either is missing or they run backwards."""
    return None if start is None or end is None or end < start else (end - start).days


def quarter_of(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def next_quarter(start: date) -> date:
    return quarter_of(start + 95 * DAY)


def total(values: Iterable[int | None]) -> int | None:
    """The sum of what is known, None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


class Operations:
    """What the marts of operations come to, from a build database."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        [run] = self.rows("quality.run")
        self.as_of: date = run["as_of"]
        self.end: datetime = run["as_of_end"]
        self.partners = {row["partner_id"]: row for row in self.rows("staging.stg_crm__partners")}
        self.tiers = self._grouped("metrics.int_partner__tier_spans", "partner_id")
        self.settings = {
            row["setting"]: row["value"] for row in self._in_force("settings", self.as_of)
        }
        self.credited = [
            row
            for row in self.rows("marts.fct_attribution_outcome")
            if row["outcome"] in ("sourced", "influenced")
        ]

    def rows(self, relation: str) -> list[Row]:
        result = self.connection.execute(f"from {relation}")
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def onboardings(self) -> Iterator[Row]:
        begun = {row["partner_id"]: row for row in self.rows("staging.stg_crm__onboardings")}
        opened = [row["created_at"].date() for row in self.rows("marts.dim_opportunity")]
        wins = defaultdict(list)
        for deal in self.credited:
            if deal["is_won"]:
                wins[deal["partner_id"]].append(deal["closed_on"])
        targets = self._in_force("onboarding_targets", self.as_of)
        for partner_id, partner in self.partners.items():
            tier = self._tier(partner_id, self.end, ending=True)
            of = {
                row["stage"]: row["target_days"]
                for row in sorted(targets, key=lambda row: row["tier"] != "any")
                if row["tier"] in ("any", tier)
            }
            dates = {
                step: begun[partner_id][step] if partner_id in begun else None for step, _ in STEPS
            }
            dates = {
                step: day if day is not None and day <= self.as_of else None
                for step, day in dates.items()
            }
            reached = [(dates[step], stage) for step, stage in STEPS if dates[step] is not None]
            stage = (reached or [(None, "intake")])[-1][1] if partner_id in begun else None
            since = reached[-1][0] if reached and stage != "complete" else None
            intake, success = dates["intake_on"], dates["first_success_on"]
            taken = days(intake, success or self.as_of)
            has_left = partner["status"] == "offboarded" and stage != "complete"
            late = taken is not None and taken > of["first_success"] and not has_left
            waited = days(since, self.as_of)
            first = min((day for day in wins[partner_id] if day is not None), default=None)
            signed = partner["signed_on"]
            yield {
                "partner_id": partner_id,
                "tier": tier,
                "stage": stage,
                "days_in_stage": waited,
                "security_days": days(intake, dates["security_cleared_on"]),
                "sandbox_days": days(dates["security_cleared_on"], dates["sandbox_ready_on"]),
                "certification_days": days(dates["sandbox_ready_on"], dates["certified_on"]),
                "first_success_days": days(dates["certified_on"], success),
                "cycle_days": days(intake, dates["certified_on"]),
                "first_deal_on": first,
                "days_to_first_deal": (
                    days(signed, first) if signed is not None and signed >= min(opened) else None
                ),
                "is_stuck": (
                    late
                    if stage == "first_success"
                    else waited is not None and waited > of.get(stage, waited) and not has_left
                ),
                "is_late": late,
                "is_activated": partner_id in wins and bool(wins[partner_id]),
            }

    def certificates(self) -> Iterator[Row]:
        notice = int(self.settings["certification_expiring_days"])
        months = int(self.settings["recertification_months"])
        shaken = defaultdict(list)
        for row in self.rows("staging.stg_support__incidents"):
            if (row["severity"], row["caused_by"]) == ("sev1", "partner") and self._past(
                row["started_at"]
            ):
                shaken[row["partner_id"]].append(row["started_at"].date())
        people = defaultdict(list)
        for row in self.rows("staging.stg_crm__certifications"):
            if (row["attempted_on"] or row["issued_on"]) <= self.as_of:
                people[row["partner_id"], row["person_id"], row["certification_type"]].append(row)
        for (partner_id, person_id, kind), attempts in people.items():
            held = [
                row
                for row in attempts
                if row["passed"] is not False
                and row["issued_on"]
                and row["issued_on"] <= self.as_of
            ]
            failed = [row for row in attempts if row["passed"] is False]
            if not held and not failed:
                continue
            column = "issued_on" if held else "attempted_on"
            one = max(held or failed, key=lambda row: (row[column], row["certification_id"]))
            left = (one["expires_on"] - self.as_of).days if held and one["expires_on"] else None
            dues = []
            if held:
                index = one["issued_on"].year * 12 + one["issued_on"].month - 1 + months
                dues = [(day, "sev1") for day in shaken[partner_id] if day > one["issued_on"]] + [
                    (_on_day(index, one["issued_on"].day), "annual")
                ]
            due = min(dues, key=lambda pair: (pair[0], pair[1] == "annual"), default=(None, None))
            yield {
                "certification_id": one["certification_id"],
                "partner_id": self._known(partner_id),
                "person_id": person_id,
                "certification_type": kind,
                "state": (
                    "failed"
                    if not held
                    else "current"
                    if left is None or left > notice
                    else "expiring"
                    if left > 0
                    else "expired"
                ),
                "days_to_expiry": left,
                "attempts": len(attempts),
                "passes": sum(row in held or row["passed"] is True for row in attempts),
                "recertification_due_on": due[0],
                "recertification_reason": due[1],
            }

    @cached_property
    def requests(self) -> list[Row]:
        return list(self._requests())

    def _requests(self) -> Iterator[Row]:
        for row in self.rows("staging.stg_crm__mdf_requests"):
            asked = row["requested_on"]
            if asked > self.as_of:
                continue
            approved, claimed = (
                row[step] if row[step] and row[step] <= self.as_of else None
                for step in ("approved_on", "claimed_on")
            )
            judged = approved or self.as_of
            rules = self._in_force("mdf_approvals", judged)
            tier = self._tier(row["partner_id"], datetime.combine(judged, datetime.min.time()))
            amount = row["amount_reporting_cents"]
            own = [rule for rule in rules if rule["tier"] == tier]
            reached = [
                rule
                for rule in own or [rule for rule in rules if rule["tier"] == "any"]
                if amount is not None and rule["from_amount"] * 100 <= amount
            ]
            needed = max(reached, key=lambda rule: rule["from_amount"], default=None)
            role = (row["approver_role"] or "").strip().lower().replace(" ", "_") or None
            ranks = {rule["approver_role"]: rule["rank"] for rule in rules}
            is_over = date(asked.year, 12, 31) <= self.as_of
            yield {
                "request_id": row["request_id"],
                "partner_id": self._known(row["partner_id"]),
                "quarter_start": quarter_of(asked),
                "tier": tier,
                "amount_cents": amount,
                "approved_on": approved,
                "needed_role": needed and needed["approver_role"],
                "is_approved_by_rule": (
                    ranks.get(role, 0) >= needed["rank"] if approved and role and needed else None
                ),
                "spent_cents": row["spent_reporting_cents"],
                "claimed_on": claimed,
                "pipeline_cents": row["pipeline_reporting_cents"],
                "state": (
                    "claimed"
                    if claimed
                    else "spent"
                    if row["spent_reporting_cents"]
                    else "expired"
                    if is_over
                    else "approved"
                    if approved
                    else "requested"
                ),
            }

    def funds(self) -> Iterator[Row]:
        asked = defaultdict(list)
        for row in self.requests:
            asked[row["partner_id"], row["quarter_start"]].append(row)
        won: defaultdict[tuple[str, date], int] = defaultdict(int)
        for deal in self.credited:
            if deal["is_won"] and deal["closed_on"] and deal["credit_cents"] is not None:
                won[deal["partner_id"], quarter_of(deal["closed_on"])] += deal["credit_cents"]
        starts = [min(quarter for _, quarter in asked)]
        while next_quarter(starts[-1]) <= self.as_of:
            starts.append(next_quarter(starts[-1]))
        for partner_id in [*self.partners, "unknown"]:
            taken = year = 0
            spent: list[int | None] = []
            for start in starts:
                if start.year != year:
                    taken, spent, year = 0, [], start.year
                end = next_quarter(start)
                last = min(end - DAY, self.as_of)
                own = asked[partner_id, start]
                partner = self.partners.get(partner_id)
                is_member = partner and not (partner["signed_on"] and partner["signed_on"] >= end)
                if not own and not is_member:
                    continue
                tier = self._tier(
                    partner_id, datetime.combine(last + DAY, datetime.min.time()), ending=True
                )
                budget, most = next(
                    (
                        (int(rule["annual"] * 100), int(rule["quarterly_maximum"] * 100))
                        for rule in self._in_force("mdf_budgets", last)
                        if rule["tier"] == tier
                    ),
                    (0, 0),
                )
                approved = total(row["amount_cents"] for row in own if row["approved_on"])
                paid = total(row["spent_cents"] for row in own)
                brought = total(row["pipeline_cents"] for row in own)
                taken += approved or 0
                spent.append(paid if own else 0)
                if not budget and not own:
                    continue
                left = max(budget - taken, 0)
                available = min(left, max(most - (approved or 0), 0))
                later = most * (3 - (start.month - 1) // 3)
                gained = (brought or 0) + won[partner_id, start]
                yield {
                    "partner_id": partner_id,
                    "quarter_start": start,
                    "tier": tier,
                    "budget_cents": budget,
                    "requests": len(own),
                    "approved_cents": approved if own else 0,
                    "spent_cents": paid if own else 0,
                    "claimed_cents": (
                        total(row["spent_cents"] for row in own if row["claimed_on"]) if own else 0
                    ),
                    "pipeline_cents": brought if own else 0,
                    "won_cents": won[partner_id, start],
                    "roi": ratio(gained, paid),
                    "utilisation": ratio(total(spent), budget),
                    "available_cents": available,
                    "over_cents": min(
                        approved or 0, max((approved or 0) - most, taken - budget, 0)
                    ),
                    "expiring_cents": min(available, max(left - later, 0)),
                    "unruly_requests": sum(row["is_approved_by_rule"] is False for row in own),
                }

    def pipeline(self) -> Iterator[Row]:
        deals = {row["opportunity_id"]: row for row in self.rows("staging.stg_crm__opportunities")}
        touched: dict[tuple[str, str], datetime] = {}
        for row in self.rows("staging.stg_crm__opportunity_touches"):
            if self._past(row["touched_at"]):
                key = row["opportunity_id"], self._known(row["partner_id"])
                touched[key] = max(row["touched_at"], touched.get(key, row["touched_at"]))
        patience = int(self.settings["stuck_deal_days"])
        required = self.settings["required_deal_fields"].split()
        for pair in self.credited:
            if pair["is_closed"]:
                continue
            deal = deals[pair["opportunity_id"]]
            touch = touched.get((pair["opportunity_id"], pair["partner_id"]))
            moved = max(deal["created_at"], touch or deal["created_at"]).date()
            missing = [
                words
                for field, (column, words) in REQUIRED.items()
                if field in required and deal[column] in (None, "")
            ]
            expected = deal["expected_close_on"]
            yield {
                "opportunity_id": pair["opportunity_id"],
                "partner_id": pair["partner_id"],
                "outcome": pair["outcome"],
                "days_open": (self.as_of - deal["created_at"].date()).days,
                "last_touched_on": touch and touch.date(),
                "missing_fields": ", ".join(missing) or None,
                "is_stuck": (self.as_of - moved).days > patience,
                "is_overdue": expected is not None and expected <= self.as_of,
            }

    def weeks(self) -> Iterator[Row]:
        starts = [
            row["period_start"]
            for row in self.rows("metrics.int_periods")
            if row["period_kind"] == "week"
        ]
        raised = defaultdict(list)
        for row in self.rows("operations.int_sla__promises"):
            day = row["promised_at"].date()
            start = day - day.weekday() * DAY
            if start in starts:
                raised[row["partner_id"], start, row["tier"], row["kind"]].append(row)
        cost = Decimal(self.settings["support_cost_per_minute"])
        for (partner_id, start, tier, kind), own in raised.items():
            by_state = defaultdict(list)
            for row in own:
                by_state[row["state"]].append(row["promise_id"])
            kept, broken = len(by_state["within"]), len(by_state["breached"])
            known = [row["handling_minutes"] for row in own if row["handling_minutes"] is not None]
            minutes = sum(known) if known else None
            yield {
                "partner_id": partner_id,
                "period_start": start,
                "tier": tier,
                "kind": kind,
                "promised": kept + broken + len(by_state["pending"]),
                "within": kept,
                "breached": broken,
                "pending": len(by_state["pending"]),
                "attainment": ratio(kept, kept + broken),
                "breached_ids": ", ".join(sorted(by_state["breached"])) or None,
                "handling_minutes": minutes,
                "support_cost_cents": (
                    int((minutes * cost * 100).quantize(Decimal(1), ROUND_HALF_UP))
                    if minutes is not None
                    else None
                ),
            }

    def reviews(self) -> Iterator[Row]:
        open_items: defaultdict[str, int] = defaultdict(int)
        for row in self.rows("marts.fct_review_item"):
            open_items[row["review_id"]] += row["is_open"]
        ahead = timedelta(hours=int(self.settings["pre_read_hours"]))
        by_partner = self._grouped("staging.stg_crm__business_reviews", "partner_id")
        for partner_id, own in by_partner.items():
            in_order = sorted(own, key=lambda row: (row["scheduled_at"], row["review_id"]))
            after = {one["review_id"]: two["review_id"] for one, two in pairwise(in_order)}
            before = {later: earlier for earlier, later in after.items()}
            for row in in_order:
                yield {
                    "review_id": row["review_id"],
                    "partner_id": self._known(partner_id),
                    "pre_read_due_at": row["scheduled_at"] - ahead,
                    "previous_review_id": before.get(row["review_id"]),
                    "next_review_id": after.get(row["review_id"]),
                    "open_items": open_items[row["review_id"]],
                }

    def _past(self, at: datetime) -> bool:
        return at < self.end

    def _known(self, partner_id: str | None) -> str:
        return partner_id if partner_id in self.partners and partner_id else "unknown"

    def _tier(self, partner_id: str, at: datetime, *, ending: bool = False) -> str | None:
        """The tier at an instant, or the one that stood until then."""
        for span in self.tiers.get(partner_id, ()):
            until = span["until_at"] or datetime.max
            begun = span["from_at"] < at if ending else span["from_at"] <= at
            if begun and (at <= until if ending else at < until):
                return str(span["tier"])
        return None

    def _in_force(self, table: str, day: date) -> list[Row]:
        if table not in self._policy:
            self._policy[table] = self.rows(f"policy.{table}")
        return [
            row
            for row in self._policy[table]
            if row["valid_from"] <= day and (row["valid_to"] is None or day < row["valid_to"])
        ]

    @cached_property
    def _policy(self) -> dict[str, list[Row]]:
        return {}

    def _grouped(self, relation: str, column: str) -> dict[str, list[Row]]:
        groups = defaultdict(list)
        for row in self.rows(relation):
            groups[row[column]].append(row)
        return dict(groups)


def _on_day(month_index: int, day: int) -> date:
    """That day of a month counted from year 0, or the month's last."""
    year, month = divmod(month_index, 12)
    after = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + (day - 1) * DAY, after - DAY)


MARTS: dict[str, tuple[Callable[[Operations], Iterable[Row]], tuple[str, ...]]] = {
    "fct_onboarding": (Operations.onboardings, ("partner_id",)),
    "fct_certification": (Operations.certificates, ("certification_id",)),
    "fct_mdf_request": (lambda own: own.requests, ("request_id",)),
    "fct_mdf": (Operations.funds, ("partner_id", "quarter_start")),
    "fct_pipeline_hygiene": (Operations.pipeline, ("opportunity_id", "partner_id")),
    "fct_sla_weekly": (Operations.weeks, ("partner_id", "period_start", "tier", "kind")),
    "fct_business_review": (Operations.reviews, ("review_id",)),
}


def operations_differences(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Each row that a mart tells otherwise, or alone."""
    own = Operations(connection)
    for mart, (tell, key) in MARTS.items():
        told = {tuple(row[name] for name in key): row for row in tell(own)}
        found = {tuple(row[name] for name in key): row for row in own.rows(f"marts.{mart}")}
        for name in sorted(told.keys() | found.keys(), key=str):
            one, other = told.get(name, {}), found.get(name, {})
            for column in one or other:
                if one.get(column) != other.get(column) and (one or column in key):
                    yield f"{mart} {name} {column}: {other.get(column)}, not {one.get(column)}"
