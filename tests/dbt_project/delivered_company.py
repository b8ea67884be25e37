"""What the small random company's partners deliver, and how healthy that leaves them."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scored_company import Dice

Row = dict[str, Any]


def deliver(rows: dict[str, list[Row]], dice: "Dice", draws: Random) -> None:
    """Add projects, their accounts, subscriptions, answers, tickets and portal visits to `rows`."""
    pick = draws.choice
    partners = rows["crm.partners"]
    for partner in partners:
        partner["strategic_fit"] = pick(("strong", "moderate", "weak", None))
    integrators = [row["partner_id"] for row in partners if row["partner_type"] == "si"]
    others = [row["partner_id"] for row in partners if row["partner_type"] != "si"]
    projects = rows["crm.implementations"] = []
    for number in range(30 * len(integrators)):
        account = f"D{number // 2:03}"
        kicked_off_on = dice.on()
        planned = pick((30, 60, 90, 120, None, 0))
        actual = pick((20, 40, 60, 60, 90, 120, 180))
        went_live_on = kicked_off_on + timedelta(days=actual) if dice.chance(0.8) else None
        first_value_on = dice.days_after(kicked_off_on, 200) if dice.chance(0.6) else None
        projects.append(
            {
                "project_id": f"J{number:04}",
                "partner_id": pick(integrators) if dice.chance(0.9) else pick(others),
                "account_id": account,
                "kicked_off_on": kicked_off_on,
                "planned_go_live_on": None
                if planned is None
                else kicked_off_on + timedelta(days=planned),
                "went_live_on": went_live_on,
                "first_value_on": first_value_on,
                "total_hours": pick((None, Decimal(100), Decimal(240))),
                "rework_hours": pick((None, Decimal(10), Decimal("30.5"))),
                "qa_gate_passed": pick((True, True, False, None)),
                "milestones_met": pick((None, 2, 4)),
                "milestones_planned": pick((None, 4, 6)),
                "blocker_days": pick((None, 0, 7)),
                "status": pick(("live", "active", "Cancelled", None)),
            }
        )
        if number % 2 and dice.chance(0.9):
            rows["crm.accounts"].append({"account_id": account, "first_direct_touch_at": None})
            since = kicked_off_on + timedelta(days=pick((0, 30, 90)))
            rows["billing.subscriptions"] += subscriptions(account, since, dice, pick)
        for each in range(pick(range(3))):
            rows["crm.surveys"].append(
                {
                    "response_id": f"VJ{number:04}{each}",
                    "subject": pick(("customer", "customer", "partner")),
                    "partner_id": None,
                    "project_id": f"J{number:04}",
                    "account_id": account,
                    "score": pick(range(4, 11)),
                    "responded_at": dice.at(),
                }
            )
        for each in range(pick(range(6))):
            anchor = went_live_on or kicked_off_on
            rows["support.tickets"].append(
                {
                    "ticket_id": f"KJ{number:04}{each}",
                    "account_id": account,
                    "project_id": f"J{number:04}" if dice.chance(0.5) else None,
                    "partner_id": pick((None, None, pick(integrators))),
                    "raised_by": "partner",
                    "opened_at": some_time_on(
                        anchor + timedelta(days=pick((0, 5, 45, 89, 90))), dice
                    ),
                }
            )
    rows["crm.enablement_activity"] = [
        {
            "activity_id": f"E{number:05}",
            "partner_id": pick(partners[: len(partners) // 2])["partner_id"]
            if dice.chance(0.8)
            else pick(partners)["partner_id"],
            "activity_type": pick(("portal_login", "portal_login", "webinar")),
            "occurred_at": dice.at(),
        }
        for number in range(50 * len(partners))
    ]


def subscriptions(account: str, since: date, dice: "Dice", pick: Any) -> list[Row]:
    """One subscription of an account, and now and then a second one after a gap."""
    first = {
        "subscription_id": f"S{account}",
        "account_id": account,
        "partner_id": None,
        "started_on": since,
        "ended_on": dice.days_after(since, 500) if dice.chance(0.5) else None,
        "mrr": Decimal(100),
    }
    if first["ended_on"] is None or dice.chance(0.7):
        return [first]
    back_on = first["ended_on"] + timedelta(days=pick((0, 20)))
    return [
        first,
        first | {"subscription_id": f"S{account}b", "started_on": back_on, "ended_on": None},
    ]


def some_time_on(day: date, dice: "Dice") -> datetime:
    """An instant of a day, every other one its first."""
    at = datetime.combine(day, time())
    return at if dice.chance(0.5) else at + timedelta(hours=7)
