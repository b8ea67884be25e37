"""A small random company in raw rows, the build over it, and what it is to score as."""

import random
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from delivered_company import deliver

from orchestration.landing import Run, mount

Row = dict[str, Any]
Rows = Mapping[str, list[Row]]

AS_OF = date(2026, 11, 18)
FIRST_DAY = date(2024, 1, 1)
PARTNER_TYPES = ("platform", "si", "reseller", "oem", "data_provider", "referral")
TIERS = ("registered", "silver", "gold", "platinum")
SCOPES = ("read", "write", "admin", "export")


def midnight(day: date) -> datetime:
    """The first instant of a day."""
    return datetime.combine(day, time())


def months_before(day: date, months: int) -> date:
    """The day that many calendar months earlier, the month's last where it does not exist."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    length = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, length))


def nine_places(value: Fraction) -> Decimal:
    """Rounded half away from zero at the ninth place."""
    scaled = abs(value) * 10**9
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole).scaleb(-9).copy_sign(Decimal(1 if value >= 0 else -1))


def periods(as_of: date = AS_OF) -> list[tuple[str, date, date]]:
    """Kind, start and end of every completed period of the default policy."""
    next_day = as_of + timedelta(days=1)
    monday = next_day - timedelta(days=next_day.weekday())
    weeks = [monday - timedelta(weeks=ago) for ago in range(65)]
    quarter = date(next_day.year, (next_day.month - 1) // 3 * 3 + 1, 1)
    quarters = [months_before(quarter, 3 * ago) for ago in range(8)]
    return [("week", end - timedelta(weeks=1), end) for end in weeks] + [
        ("quarter", months_before(end, 3), end) for end in quarters
    ]


class Dice:
    """Random draws that like the edges of periods and windows."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        ends = [end for _, _, end in periods()]
        self.edges = [midnight(day) for end in ends for day in (end, months_before(end, 12))]

    def chance(self, share: float) -> bool:
        """True that often."""
        return self.random.random() < share

    def at(self) -> datetime:
        """Some instant of the company's life, every tenth on an edge."""
        if self.chance(0.1):
            return self.random.choice(self.edges)
        seconds = self.random.randrange((AS_OF - FIRST_DAY).days * 86_400)
        return midnight(FIRST_DAY) + timedelta(seconds=seconds)

    def on(self) -> date:
        """Some day of the company's life."""
        return self.at().date()

    def after(self, at: datetime, most: timedelta) -> datetime:
        """An instant within `most` of another, now and then exactly that late."""
        if self.chance(0.1):
            return at + most
        return at + timedelta(seconds=self.random.randrange(int(most.total_seconds()) + 1))

    def days_after(self, on: date, most: int) -> date:
        """A day at most that many days after another."""
        return on + timedelta(days=self.random.randrange(most + 1))


def company(seed: int, partners: int = 18) -> dict[str, list[Row]]:
    """Raw rows by entity (`system.entity`), the same for the same seed."""
    dice, pick = Dice(seed), random.Random(seed + 1).choice
    names = [f"P{number:02}" for number in range(partners)]
    accounts = [f"A{number:02}" for number in range(40)]
    integrations = [f"I{number:02}" for number in range(2 * partners)]

    def some(count: int) -> Iterable[int]:
        return range(count * partners)

    rows: dict[str, list[Row]] = {
        "crm.partners": [
            {
                "partner_id": name,
                "partner_name": name.title(),
                "partner_type": PARTNER_TYPES[number % len(PARTNER_TYPES)],
                "signed_on": None if number % 5 == 0 else dice.on(),
                "initial_tier": pick(TIERS),
                "tier_since": dice.on(),
            }
            for number, name in enumerate(names)
        ],
        "crm.accounts": [
            {"account_id": name, "first_direct_touch_at": dice.at() if dice.chance(0.3) else None}
            for name in accounts
        ],
        "telemetry.integrations": [
            {"integration_id": name, "partner_id": names[number // 2]}
            for number, name in enumerate(integrations)
        ],
    }
    opportunities, touches, registrations = [], [], []
    for number in some(25):
        created_at = dice.at()
        is_closed = dice.chance(0.7)
        closed_at = dice.after(created_at, timedelta(days=150)) if is_closed else None
        key = f"O{number:04}"
        opportunities.append(
            {
                "opportunity_id": key,
                "account_id": pick(accounts),
                "opportunity_type": pick(("new", "expansion", "renewal")),
                "amount": Decimal(pick(range(0, 9_000_000))) / 100 if dice.chance(0.9) else None,
                "currency": "USD",
                "created_at": created_at,
                "qualified_at": dice.after(created_at, timedelta(days=500))
                if dice.chance(0.5)
                else None,
                "closed_at": closed_at,
                "is_closed": is_closed,
                "is_won": is_closed and dice.chance(0.5),
            }
        )
        for name in sorted({pick(names), pick(names)}):
            touched_at = dice.after(created_at - timedelta(days=20), timedelta(days=120))
            if dice.chance(0.7):
                touches.append(
                    {
                        "touch_id": f"T{len(touches):05}",
                        "opportunity_id": key,
                        "partner_id": name,
                        "touched_at": touched_at,
                        "touch_type": pick(("lead", "demo", "mention", "support")),
                    }
                )
            if dice.chance(0.5):
                submitted_at = dice.after(created_at - timedelta(days=40), timedelta(days=50))
                decision = pick(("approved", "approved", "approved", "rejected", "pending"))
                registrations.append(
                    {
                        "registration_id": f"R{len(registrations):05}",
                        "partner_id": name,
                        "account_id": opportunities[-1]["account_id"],
                        "opportunity_id": key,
                        "submitted_at": submitted_at,
                        "responded_at": None
                        if decision == "pending"
                        else dice.after(submitted_at, timedelta(days=10)),
                        "decision": decision,
                    }
                )
    rows["crm.opportunities"] = opportunities
    rows["crm.opportunity_touches"] = touches
    rows["crm.deal_registrations"] = registrations
    rows["billing.subscriptions"] = [
        {
            "subscription_id": f"S{number:05}",
            "account_id": pick(accounts),
            "partner_id": pick(names),
            "started_on": (started_on := dice.on()),
            "ended_on": dice.days_after(started_on, 700) if dice.chance(0.5) else None,
            "mrr": Decimal(100),
        }
        for number in some(30)
    ]
    rows["telemetry.installs"] = [
        {
            "install_id": f"N{number:05}",
            "integration_id": pick(integrations),
            "account_id": pick(accounts),
            "installed_at": (installed_at := dice.at()),
            "activated_at": (
                activated_at := dice.after(installed_at, timedelta(days=pick((30, 60))))
                if dice.chance(0.8)
                else None
            ),
            "uninstalled_at": dice.after(activated_at or installed_at, timedelta(days=400))
            if dice.chance(0.4)
            else None,
        }
        for number in some(30)
    ]
    rows["support.incidents"] = [
        {
            "incident_id": f"C{number:05}",
            "partner_id": pick(names),
            "severity": "sev2",
            "kind": pick(("reliability", "security", "data")),
            "started_at": (started_at := dice.at()),
            "detected_at": (detected_at := dice.after(started_at, timedelta(hours=30))),
            "partner_notified_at": dice.after(detected_at, timedelta(hours=48))
            if dice.chance(0.8)
            else None,
            "caused_by": pick(("partner", "partner", "vendor", "customer")),
        }
        for number in some(8)
    ]
    hours = {"urgent": 1, "high": 4, "normal": 24, "low": 48, None: 30}
    rows["support.tickets"] = [
        {
            "ticket_id": f"K{number:05}",
            "account_id": pick(accounts),
            "partner_id": pick(names),
            "raised_by": pick(("customer", "customer", "partner", None)),
            "opened_at": (opened_at := dice.at()),
            "priority": (priority := pick(tuple(hours))),
            "first_response_at": dice.after(
                opened_at, timedelta(hours=hours[priority] * pick((1, 3)))
            )
            if dice.chance(0.9)
            else None,
            "solved_at": dice.after(opened_at, timedelta(days=pick((5, 5, 5, 500))))
            if dice.chance(0.8)
            else None,
            "reopened_count": pick((0, 0, 0, 1, None)),
            "satisfaction": pick(("good", "good", "bad", "offered", None)),
            "is_deleted": dice.chance(0.05),
        }
        for number in some(40)
    ]
    rows["crm.certifications"] = [
        {
            "certification_id": f"X{number:05}",
            "partner_id": pick(names),
            "person_id": f"person {pick(range(5))}",
            "certification_type": pick(("sales", "technical")),
            "passed": (passed := dice.chance(0.8)),
            "issued_on": (issued_on := dice.on()) if passed else None,
            "expires_on": dice.days_after(issued_on, 600) if passed and dice.chance(0.8) else None,
        }
        for number in some(12)
    ]
    rows["crm.contracts"] = [
        {
            "contract_id": f"L{number:04}",
            "partner_id": pick(names),
            "starts_on": (starts_on := dice.on()),
            "ends_on": dice.days_after(starts_on, 500) if dice.chance(0.8) else None,
            "auto_renews": pick((True, False, False, None)),
            "incident_notice_hours": pick((24, 48, None)),
            "granted_scopes": pick(("read", "read write", "write admin export", None)),
        }
        for number in some(3)
    ]
    rows["telemetry.access_grants"] = [
        {
            "grant_id": f"G{number:05}",
            "partner_id": pick(names),
            "scope": pick(SCOPES),
            "granted_at": (granted_at := dice.at()),
            "last_used_at": dice.after(granted_at, timedelta(days=300))
            if dice.chance(0.7)
            else None,
            "expires_at": dice.after(granted_at, timedelta(days=500)) if dice.chance(0.3) else None,
            "revoked_at": dice.after(granted_at, timedelta(days=500)) if dice.chance(0.3) else None,
        }
        for number in some(15)
    ]
    rows["crm.surveys"] = [
        {
            "response_id": f"V{number:05}",
            "subject": pick(("partner", "customer")),
            "partner_id": pick(names),
            "score": pick(range(11)),
            "responded_at": dice.at(),
        }
        for number in some(15)
    ]
    rows["crm.security_assessments"] = [
        {
            "assessment_id": f"Q{number:04}",
            "partner_id": pick(names),
            "assessed_on": (assessed_on := dice.on()),
            "expires_on": dice.days_after(assessed_on, 400) if dice.chance(0.8) else None,
            "questionnaire_score": pick(range(40, 101)),
            "mfa_enforced": pick((True, False)),
            "critical_findings_open": pick(range(6)),
        }
        for number in some(2)
    ]
    deliver(rows, Dice(seed + 2), random.Random(seed + 3))
    return rows


def load(path: Path, rows: Rows, as_of: date = AS_OF) -> None:
    """Make a build database at `path` whose raw relations hold `rows`; their entities are there."""
    with duckdb.connect(str(path)) as connection:
        mount(connection, [], Run(as_of, run_id="test", policy_hash="policy"))
        for entity, entity_rows in rows.items():
            relation = entity.replace(".", "__")
            described = connection.execute(f"describe raw.{relation}").fetchall()
            columns = {name: type_ for name, type_, *_ in described}
            connection.execute(f"drop view if exists raw.{relation}")
            connection.execute(f"drop table if exists raw.{relation}")
            typed = ", ".join(f'"{name}" {type_}' for name, type_ in columns.items())
            connection.execute(f"create table raw.{relation} ({typed})")
            frame = pa.Table.from_pylist(
                [
                    {name: row.get(name) for name in columns} | {"_file": entity, "_record": record}
                    for record, row in enumerate(entity_rows, start=2)
                ]
            )
            connection.register("frame", frame)
            connection.execute(f"insert into raw.{relation} by name from frame")
            connection.unregister("frame")
            connection.execute(
                "update quality.entities set is_present = true, is_stale = false "
                "where system || '.' || entity = ?",
                [entity],
            )
            connection.execute(
                "update quality.columns set state = 'present' where system || '.' || entity = ?",
                [entity],
            )
