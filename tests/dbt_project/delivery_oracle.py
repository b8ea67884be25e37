"""Partner health, SI quality and remediation worked out by hand, as the spec words them."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from statistics import median

from scored_company import Row, Rows, midnight, months_before, nine_places

REVENUE_BASIS = {"reseller": "sourced", "referral": "sourced", "oem": "sourced"}
REGISTERS = {"si", "reseller", "referral"}
WEIGHTS = {"churn": 25, "nps": 20, "rollout": 20, "tickets": 15, "incidents": 20}
TARGETS = {
    "churn": ("0.03", "0.15"),
    "nps": ("60", "0"),
    "rollout": ("1", "1.75"),
    "tickets": ("0.5", "3"),
    "incidents": ("0", "1"),
}
BANDS = ((80, "Champion"), (60, "Healthy"), (40, "At-risk"), (20, "Critical"), (0, "Churning"))
RUNGS = ("none", "training", "probation", "offboarding_review")

Won = Callable[[str, str, datetime, datetime], Decimal]
"""ARR a partner won by an outcome between two instants."""


def health(rows: Rows, won: Won, partner: Row, end: date) -> Row:
    """Points of each dimension (None: not measured), score and band at a period's end."""
    name = partner["partner_id"]
    points = {
        "revenue": (_revenue_points(won, partner, end), 30),
        "activity": (_activity_points(rows, partner, end), 25),
        "engagement": (_engagement_points(rows, name, end), 20),
        "satisfaction": (_satisfaction_points(rows, name, end), 15),
        "strategic_fit": (
            {"strong": 10, "moderate": 5, "weak": 0, None: None}[partner["strategic_fit"]],
            10,
        ),
    }
    available = sum(most for earned, most in points.values() if earned is not None)
    total = sum(earned or 0 for earned, _ in points.values())
    score = (200 * total + available) // (2 * available) if available >= 60 else None
    band = None if score is None else next(name for line, name in BANDS if score >= line)
    earned = {f"{dimension}_points": earned for dimension, (earned, _) in points.items()}
    status = "too_few" if score is None else "measured"
    return earned | {
        "points_available": available,
        "health_score": score,
        "health_band": band,
        "status": status,
    }


def _revenue_points(won: Won, partner: Row, end: date) -> int | None:
    last_day, signed_on = end - timedelta(days=1), partner["signed_on"]
    if signed_on is not None and months_before(last_day, 12) < signed_on:
        return None
    start = date(last_day.year, (last_day.month - 1) // 3 * 3 + 1, 1)
    start_before = start.replace(year=start.year - 1)
    is_whole = end == months_before(start, -3)
    quarter_before_end = months_before(start_before, -3)
    end_before = (
        quarter_before_end if is_whole else min(quarter_before_end, start_before + (end - start))
    )
    basis = REVENUE_BASIS.get(partner["partner_type"], "influenced")
    now = won(partner["partner_id"], basis, midnight(start), midnight(end))
    before = won(partner["partner_id"], basis, midnight(start_before), midnight(end_before))
    if before == 0:
        return 30 if now > 0 else 0
    growth = Fraction(now - before) / Fraction(before)
    lines = ((growth >= Fraction("0.2"), 30), (growth > Fraction("0.01"), 20))
    return next(
        (points for is_met, points in lines if is_met), 10 if growth >= -Fraction("0.01") else 0
    )


def _activity_points(rows: Rows, partner: Row, end: date) -> int | None:
    if partner["partner_type"] not in REGISTERS:
        return None
    since = midnight(end) - timedelta(weeks=13)
    count = sum(
        claim["partner_id"] == partner["partner_id"]
        and since <= claim["submitted_at"] < midnight(end)
        for claim in rows["crm.deal_registrations"]
    )
    return 25 if count >= 5 else 20 if count >= 3 else 10 if count >= 1 else 0


def _engagement_points(rows: Rows, partner: str, end: date) -> int:
    at = midnight(end)
    ages = [
        at - visit["occurred_at"]
        for visit in rows["crm.enablement_activity"]
        if visit["partner_id"] == partner
        and visit["activity_type"] == "portal_login"
        and visit["occurred_at"] < at
    ]

    def spans(days: int, count: int) -> int:
        length = timedelta(days=days)
        return sum(any(k * length < age <= (k + 1) * length for age in ages) for k in range(count))

    if spans(7, 13) >= 10:
        return 20
    return 15 if spans(30, 3) == 3 else 10 if spans(91, 1) else 0


def _satisfaction_points(rows: Rows, partner: str, end: date) -> int | None:
    answers = [
        row["score"]
        for row in rows["crm.surveys"]
        if row["partner_id"] == partner
        and row["subject"] == "partner"
        and midnight(months_before(end, 12)) <= row["responded_at"] < midnight(end)
    ]
    if len(answers) < 3:
        return None
    nps = _nps(answers)
    return 15 if nps >= 50 else 10 if nps >= 25 else 5 if nps >= 0 else 0


def _nps(scores: list[int]) -> Fraction:
    promotion = sum(s >= 9 for s in scores) - sum(s <= 6 for s in scores)
    return Fraction(100 * promotion, len(scores))


@dataclass(frozen=True)
class Delivery:
    """Raw rows, and those of projects, subscriptions and tickets by entity and account."""

    rows: Rows
    of_account: dict[tuple[str, str], list[Row]]


def delivery(rows: Rows) -> Delivery:
    """The raw rows, sorted for delivery."""
    of_account = defaultdict(list)
    for entity in ("crm.implementations", "billing.subscriptions", "support.tickets"):
        for row in rows[entity]:
            of_account[entity, row["account_id"]].append(row)
    return Delivery(rows, of_account)


def is_live(told: Delivery, project: Row, at: datetime) -> bool:
    """Whether a project is live the instant before `at`."""
    went_live_on = project["went_live_on"]
    if went_live_on is None or midnight(went_live_on) >= at:
        return False
    return any(
        midnight(row["started_on"]) < at
        and (row["ended_on"] is None or midnight(row["ended_on"]) >= at)
        for row in told.of_account.get(("billing.subscriptions", project["account_id"]), [])
    )


def si_quality(told: Delivery, partner: str, end: date) -> tuple[Row, Row, int]:
    """Value and score of each component measured at a period's end, and the projects live then."""
    since_on, at = months_before(end, 12), midnight(end)
    since = midnight(since_on)
    projects = [row for row in told.rows["crm.implementations"] if row["partner_id"] == partner]
    values: Row = {}

    then = {row["account_id"] for row in projects if is_live(told, row, since)}
    now = {row["account_id"] for row in projects if is_live(told, row, at)}
    if then:
        values["churn"] = Fraction(len(then - now), len(then))

    own = {row["project_id"] for row in projects}
    answers = [
        row["score"]
        for row in told.rows["crm.surveys"]
        if row["subject"] == "customer"
        and row.get("project_id") in own
        and since <= row["responded_at"] < at
    ]
    if len(answers) >= 3:
        values["nps"] = _nps(answers)

    stretches = [
        Fraction((min(live_on or end, end) - row["kicked_off_on"]).days, planned.days)
        for row in projects
        for live_on in [row["went_live_on"]]
        for planned in [(row["planned_go_live_on"] or row["kicked_off_on"]) - row["kicked_off_on"]]
        if planned.days > 0
        and (
            since_on <= live_on < end
            if live_on is not None and live_on < end
            else row["planned_go_live_on"] < end
            and (live_on is not None or row["status"] != "Cancelled")
        )
    ]
    if stretches:
        values["rollout"] = median(Fraction(nine_places(each)) for each in stretches)

    recent = [
        row
        for row in projects
        if row["went_live_on"] is not None and since_on <= row["went_live_on"] < end
    ]
    days = tickets = 0
    for row in recent:
        first = row["went_live_on"]
        days += sum(
            first + timedelta(days=day) < end
            and is_live(told, row, midnight(first + timedelta(days=day + 1)))
            for day in range(90)
        )
        tickets += sum(
            _is_about(told, ticket, row)
            for ticket in told.of_account.get(("support.tickets", row["account_id"]), [])
            if ticket["opened_at"] < at
        )
    if days:
        values["tickets"] = Fraction(30 * tickets, days)

    seconds = sum(_live_seconds(told, row, since, at) for row in projects)
    if seconds:
        incidents = sum(
            row["partner_id"] == partner
            and row["caused_by"] == "partner"
            and since <= row["started_at"] < at
            for row in told.rows["support.incidents"]
        )
        values["incidents"] = incidents * Fraction(86_400) * Fraction("365.25") / seconds
    values = {name: nine_places(value) for name, value in values.items()}
    scores = {name: nine_places(_score(name, Fraction(value))) for name, value in values.items()}
    return values, scores, sum(is_live(told, row, at) for row in projects)


def _is_about(told: Delivery, ticket: Row, project: Row) -> bool:
    if not _is_in_hypercare(told, ticket, project):
        return False
    if ticket.get("project_id") is not None:
        return bool(ticket["project_id"] == project["project_id"])
    candidates = [
        row
        for row in told.of_account.get(("crm.implementations", ticket["account_id"]), [])
        if ticket["partner_id"] in {None, row["partner_id"]} and _is_in_hypercare(told, ticket, row)
    ]
    candidates.sort(key=lambda row: row["project_id"])
    latest = max(candidates, key=lambda row: row["went_live_on"], default=None)
    return latest is project


def _is_in_hypercare(told: Delivery, ticket: Row, project: Row) -> bool:
    if project["went_live_on"] is None:
        return False
    first = midnight(project["went_live_on"])
    return first <= ticket["opened_at"] < first + timedelta(days=90) and is_live(
        told, project, ticket["opened_at"] + timedelta.resolution
    )


def _live_seconds(told: Delivery, project: Row, since: datetime, until: datetime) -> int:
    if project["went_live_on"] is None:
        return 0
    first = max(since, midnight(project["went_live_on"]))
    held = sorted(
        (max(first, midnight(row["started_on"])), min(until, midnight(row["ended_on"] or date.max)))
        for row in told.of_account.get(("billing.subscriptions", project["account_id"]), [])
    )
    total, reached = timedelta(), first
    for begins, ends in held:
        if ends > max(begins, reached):
            total += ends - max(begins, reached)
            reached = ends
    return total // timedelta(seconds=1)


def _score(component: str, value: Fraction) -> Fraction:
    full_at, zero_at = (Fraction(each) for each in TARGETS[component])
    return max(Fraction(0), min(Fraction(100), 100 * (value - zero_at) / (full_at - zero_at)))


def rungs(scores: Iterable[Decimal | None]) -> list[str]:
    """The rung after each quarter, from the scores of all quarters in their order."""
    rung, below_60, below_40, stood = 0, 0, 0, []
    for score in scores:
        if score is not None:
            below_60 = below_60 + 1 if score < 60 else 0
            below_40 = below_40 + 1 if score < 40 else 0
            reached = 3 if below_60 >= 3 or below_40 >= 2 else min(below_60, 2)
            rung = max(rung, reached) if score < 70 else max(rung - 1, 0)
        stood.append(RUNGS[rung])
    return stood
