"""Planted truths of operations: promises kept to the second and just not, one small case each.

Tickets that partners raise, marketing funds and certificates. The partners are those whose tiers
stand throughout; chance has no part in it. A case that must not count is written beside the others.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import DAY, HOUR, NEVER, Ints, dates, flags, ids, instants, whole, words
from seeds.simulate.verses.planted import GOLD, PLATINUM, UNRANKED

SILVER, WITHOUT_CHANCE = 4, 5
"""Partners that hold silver: one that lives, and one of whom chance tells next to nothing."""

OUR_HOURS = np.array([48, 24, 4, 1])
"""Within so many hours we answer partners, by tier from registered to platinum."""

ESCALATION_HOURS = np.array([4, 24, 48, 72])
"""Within so many hours what was escalated is solved, from urgent to low."""

PRIORITIES = ("urgent", "high", "normal", "low")
WITHIN, BREACHED, PENDING = range(3)
SLA_STATES = ("within", "breached", "pending")
APPROVERS = ("partner_manager", "director", "vp")
BY_MANAGER, BY_DIRECTOR, BY_VP = range(3)


@dataclass
class Ledger:
    """What has been written down so far."""

    end: int
    tickets: list[dict[str, object]] = field(default_factory=list)
    promises: list[dict[str, object]] = field(default_factory=list)
    requests: list[dict[str, object]] = field(default_factory=list)
    quarters: list[dict[str, object]] = field(default_factory=list)

    def ticket(
        self,
        partner: int,
        opened: int,
        case: str,
        *,
        answered: int = NEVER,
        solved: int = NEVER,
        priority: str = "normal",
        deleted: bool = False,
        told: dict[str, int] | None = None,
    ) -> None:
        """A ticket a partner raises, and in which state each promise on it is."""
        number = len(self.tickets)
        is_escalated = "escalation" in (told or {})
        self.tickets.append(
            {
                "partner": partner,
                "opened": opened,
                "answered": answered,
                "solved": solved,
                "priority": priority,
                "escalated": is_escalated,
                "deleted": deleted,
            }
        )
        self.promises += [
            {"ticket": number, "kind": kind, "state": state, "case": case}
            for kind, state in (told or {}).items()
        ]

    def request(
        self,
        partner: int,
        asked: int,
        cents: int,
        role: int,
        case: str | None,
        *,
        spent: int = -1,
        by_rule: bool | None = True,
    ) -> None:
        """A request for marketing funds; a negative role has not decided on it yet."""
        self.requests.append(
            {
                "partner": partner,
                "asked": asked,
                "granted": NEVER if role < 0 else asked + 2 * DAY,
                "cents": cents,
                "spent": spent,
                "role": role,
                "by_rule": by_rule,
                "case": case,
            }
        )


def write(company: Company, rng: np.random.Generator) -> Frames:
    """The planted rows of tickets and requests for funds, and their truths."""
    del rng
    ledger = Ledger(company.end)
    _answers(ledger)
    _escalations(ledger)
    _approvals(company, ledger)
    _quarters(company, ledger)
    tickets, requests = pd.DataFrame(ledger.tickets), pd.DataFrame(ledger.requests)
    promises, quarters = pd.DataFrame(ledger.promises), pd.DataFrame(ledger.quarters)
    return {
        "operations.tickets": _tickets(tickets),
        "operations.promises": pd.DataFrame(
            {
                "ticket_id": ids("tic-p", promises["ticket"].to_numpy(), 4),
                "kind": promises["kind"].astype("str"),
                "state": words(SLA_STATES, promises["state"].to_numpy()),
                "case": promises["case"].astype("str"),
            }
        ),
        "operations.mdf_requests": _requests(requests),
        "operations.approvals": pd.DataFrame(
            {
                "request_id": ids("mdf-p", np.arange(len(requests)), 4),
                "is_approved_by_rule": requests["by_rule"].astype("boolean"),
                "case": requests["case"].astype("str"),
            }
        ),
        "truth.fund_quarters": pd.DataFrame(
            {
                "partner_id": ids("prt", quarters["partner"].to_numpy(), 5),
                "quarter_start": dates(quarters["starts"].to_numpy()),
                "approved_cents": whole(quarters["approved"]),
                "over_cents": whole(quarters["over"]),
                "case": quarters["case"].astype("str"),
            }
        ),
    }


def _answers(ledger: Ledger) -> None:
    """First responses, at the target of each tier and a second beyond it."""
    noon = ledger.end - 12 * DAY + 12 * HOUR
    for partner, tier in ((UNRANKED, 0), (SILVER, 1), (GOLD, 2), (PLATINUM, 3)):
        target, name = int(OUR_HOURS[tier]) * HOUR, f"after_{OUR_HOURS[tier]}_hours"
        for wait, state, word in ((0, WITHIN, "exactly"), (1, BREACHED, "and_a_second")):
            answered = noon + target + wait
            ledger.ticket(
                partner,
                noon,
                f"answered_{name}_{word}",
                answered=answered,
                solved=answered + HOUR,
                told={"first_response": state},
            )
        for waits, state, word in ((0, PENDING, "ends"), (1, BREACHED, "ended")):
            opened = ledger.end - target - waits
            ledger.ticket(
                partner, opened, f"waits_as_its_target_{word}", told={"first_response": state}
            )
    late = noon + 50 * HOUR
    ledger.ticket(PLATINUM, noon, "deleted", answered=late, solved=late, deleted=True)


def _escalations(ledger: Ledger) -> None:
    """Escalated tickets of a partner without a tier, solved in time to the second, and not."""
    noon = ledger.end - 20 * DAY + 12 * HOUR
    for priority, hours in zip(PRIORITIES, ESCALATION_HOURS.tolist(), strict=True):
        for late, state, word in ((0, WITHIN, "exactly"), (1, BREACHED, "and_a_second")):
            ledger.ticket(
                UNRANKED,
                noon,
                f"{priority}_solved_after_{hours}_hours_{word}",
                answered=noon + HOUR,
                solved=noon + hours * HOUR + late,
                priority=priority,
                told={"first_response": WITHIN, "escalation": state},
            )
    ledger.ticket(
        UNRANKED,
        ledger.end - 30 * HOUR,
        "high_and_not_solved_within_24_hours",
        answered=ledger.end - 29 * HOUR,
        priority="high",
        told={"first_response": WITHIN, "escalation": BREACHED},
    )


def _approvals(company: Company, ledger: Ledger) -> None:
    """Who granted how much: below 5,000, from 5,000 on, and to whom only the VP may grant."""
    for place, (partner, cents, role, by_rule, case) in enumerate(
        (
            (GOLD, 5_000_00, BY_MANAGER, False, "five_thousand_by_the_manager"),
            (GOLD, 4_999_99, BY_MANAGER, True, "a_cent_less_by_the_manager"),
            (GOLD, 5_000_00, BY_DIRECTOR, True, "five_thousand_by_the_director"),
            (GOLD, 6_000_00, BY_VP, True, "six_thousand_by_the_vp"),
            (PLATINUM, 500_00, BY_DIRECTOR, False, "platinum_by_the_director"),
            (PLATINUM, 500_00, BY_VP, True, "platinum_by_the_vp"),
        )
    ):
        asked = company.quarter_end(1 + place % 4) + (20 + place) * DAY
        ledger.request(partner, asked, cents, role, case, by_rule=by_rule)
    ledger.request(SILVER, ledger.end - 9 * DAY, 700_00, -1, "not_decided_yet", by_rule=None)


def _quarters(company: Company, ledger: Ledger) -> None:
    """A partner that is granted its quarter's maximum, and a cent more the quarter after."""
    for back, second, over, case in (
        (2, 800_00, 0, "granted_the_maximum_of_the_quarter"),
        (1, 800_01, 1, "granted_a_cent_more_than_the_maximum"),
    ):
        starts = company.quarter_end(back)
        for place, cents in enumerate((1_200_00, second)):
            ledger.request(WITHOUT_CHANCE, starts + (5 + 30 * place) * DAY, cents, BY_MANAGER, None)
        ledger.quarters.append(
            {
                "partner": WITHOUT_CHANCE,
                "starts": starts,
                "approved": 1_200_00 + second,
                "over": over,
                "case": case,
            }
        )


def _tickets(tickets: pd.DataFrame) -> pd.DataFrame:
    opened, answered, solved = (
        tickets[name].to_numpy().astype(np.int64) for name in ("opened", "answered", "solved")
    )
    size = len(tickets)
    is_solved = solved != NEVER
    return pd.DataFrame(
        {
            "ticket_id": ids("tic-p", np.arange(size), 4),
            "account_id": pd.Series([None] * size, dtype="str"),
            "partner_id": ids("prt", tickets["partner"].to_numpy(), 5),
            "raised_by": "partner",
            "integration_id": pd.Series([None] * size, dtype="str"),
            "project_id": pd.Series([None] * size, dtype="str"),
            "opened_at": instants(opened),
            "first_response_at": instants(answered),
            "solved_at": instants(solved),
            "priority": tickets["priority"].astype("str"),
            "status": words(
                ("open", "pending", "solved"), np.where(is_solved, 2, (answered != NEVER) * 1)
            ),
            "reopened_count": whole(np.zeros(size)),
            "handling_minutes": 20.0,
            "is_escalated": flags(tickets["escalated"].to_numpy()),
            "satisfaction": words(("offered", "unoffered"), np.where(is_solved, 0, 1)),
            "is_deleted": flags(tickets["deleted"].to_numpy()),
            "updated_at": instants(np.maximum.reduce([opened, answered, solved])),
        }
    )


def _requests(requests: pd.DataFrame) -> pd.DataFrame:
    size = len(requests)
    asked, granted = (requests[name].to_numpy().astype(np.int64) for name in ("asked", "granted"))
    nobody = np.ones(size, dtype=np.bool_)
    return pd.DataFrame(
        {
            "request_id": ids("mdf-p", np.arange(size), 4),
            "partner_id": ids("prt", requests["partner"].to_numpy(), 5),
            "activity_type": "event",
            "requested_on": dates(asked),
            "approved_on": dates(granted),
            "approver_role": words(APPROVERS, requests["role"].to_numpy()),
            "amount": whole(requests["cents"]),
            "spent": whole(np.zeros(size), nobody),
            "currency": "USD",
            "claimed_on": dates(np.full(size, NEVER)),
            "leads": whole(np.zeros(size), nobody),
            "pipeline_amount": whole(np.zeros(size), nobody),
            "updated_at": instants(np.maximum(asked, granted) + HOUR),
        }
    )


def promise(met: Ints, due: Ints, end: int) -> Ints:
    """Kept, broken, or not yet either: by when it was met (NEVER = not at all) and was due."""
    return np.select(
        [(met != NEVER) & (met <= due), (met != NEVER) | (due < end)], [WITHIN, BREACHED], PENDING
    )
