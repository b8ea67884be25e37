"""Projects in which system integrators take customers live, and what came of each.

Every project has an account and a subscription of its own, so that how it fares is meant. Ordinary
integrators do well or fairly; a planted one does well but for bursts of trouble, each of which
weighs on the four quarter ends that look back on it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from seeds.simulate import names
from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import (
    CURRENCIES,
    DAY,
    HOUR,
    NEVER,
    Floats,
    Ints,
    between,
    choose,
    dates,
    dose,
    flags,
    ids,
    instants,
    reach,
    spread,
    whole,
    words,
)
from seeds.simulate.verses.roles import SI, cast

ORIGIN = 11
"""So many quarters ago the projects of the beginning are live and the beat of new ones starts."""

FIRST_PROJECTS = 8
PLANTED_GAP = 75
"""Days between the projects of a planted integrator."""

PLANTED_RATIO = 1.2
"""Its actual over planned days; slower where a role needs a worse start."""

SLOW_RATIO = 1.47
ACCOUNTS_LOST, ANGRY_ANSWERS, OUTAGES = 4, 14, 26
REGIONS = ("EMEA", "Americas", "APAC")
STATES = ("live", "in progress", "cancelled")


@dataclass(frozen=True)
class Trouble:
    """What goes wrong, in the quarter that began so many quarter ends ago."""

    churn: int | None = None
    answers: int | None = None
    outages: int | None = None
    is_slow: bool = False


TROUBLES = {
    "first_quarter_below_sixty": Trouble(churn=1, answers=1),
    "two_quarters_below_sixty": Trouble(churn=2, answers=2),
    "three_quarters_below_sixty": Trouble(churn=3, answers=3),
    "two_quarters_below_forty": Trouble(churn=2, answers=2, outages=2),
    "steps_back_from_probation": Trouble(churn=5, answers=3),
    "between_sixty_and_seventy_after_probation": Trouble(churn=5, answers=3, is_slow=True),
}
"""By the case of a role's rung. Churn costs 25 of 100, angry answers 20, outages 20."""


def write(company: Company, rng: np.random.Generator) -> Frames:
    """`crm.implementations`, and what other verses tell of them: accounts, bills, tickets …"""
    traits = company.verse("partners")["traits"]
    troubles = {
        number: TROUBLES[role.rung_case]
        for number, role in enumerate(cast(len(traits)))
        if role is not None and role.rung_case is not None
    }
    quality = 0.55 + 0.45 * traits["delivery"].to_numpy()
    projects = _plan(company, rng, quality, troubles)
    return {
        "crm.implementations": _written(company, rng, projects, quality),
        "projects.accounts": _accounts(rng, projects),
        "projects.subscriptions": _subscriptions(company, rng, projects),
        "projects.answers": _answers(company, rng, projects, quality, troubles),
        "projects.tickets": _tickets(company, rng, projects, quality, troubles),
        "projects.incidents": _incidents(company, rng, projects, quality, troubles),
    }


def _plan(
    company: Company, rng: np.random.Generator, quality: Floats, troubles: dict[int, Trouble]
) -> pd.DataFrame:
    """One row per project: partner, kicked, planned, live (NEVER = not yet), lost, is_cancelled."""
    traits = company.verse("partners")["traits"]
    integrators = np.flatnonzero(traits["kind"].to_numpy() == SI)
    is_planted = np.isin(integrators, list(troubles))
    origin = company.quarter_end(ORIGIN)
    gap = np.clip(105 / np.sqrt(traits["strength"].to_numpy()[integrators]), 55, 130)
    gap = np.where(is_planted, PLANTED_GAP, gap).astype(np.int64) * DAY
    ratio = 1.95 - 1.05 * quality[integrators]
    ratio = np.where(is_planted, PLANTED_RATIO, ratio)
    is_slow = [number in troubles and troubles[number].is_slow for number in integrators.tolist()]
    ratio = np.where(is_slow, SLOW_RATIO, ratio)
    owner, place = spread(FIRST_PROJECTS + (company.end - origin) // gap + 1)
    size = len(owner)
    planned = between(rng, 60, 140, size)
    actual = np.round(planned * (ratio[owner] + 0.08 * rng.random(size) - 0.04)).astype(np.int64)
    beat = origin + (place - FIRST_PROJECTS) * gap[owner] + between(rng, 0, 12 * DAY, size)
    early = origin - between(rng, 20 * DAY, 150 * DAY, size) - actual * DAY
    kicked = np.where(place < FIRST_PROJECTS, early, beat)
    kicked -= kicked % DAY
    live = kicked + actual * DAY
    is_cancelled = ~is_planted[owner] & (place >= FIRST_PROJECTS) & (rng.random(size) < 0.05)
    live = np.where(is_cancelled | (live >= company.end), NEVER, live)
    projects = pd.DataFrame(
        {
            "partner": integrators[owner],
            "place": place,
            "kicked": kicked,
            "planned": kicked + planned * DAY,
            "live": live,
            "lost": _lost(company, rng, integrators[owner], place, troubles),
            "is_cancelled": is_cancelled,
        }
    )
    since = traits["signed_at"].to_numpy()[projects["partner"].to_numpy()]
    told: pd.DataFrame = projects[
        (projects["kicked"] >= since) & (projects["kicked"] < company.end - 2 * DAY)
    ]
    told = told.sort_values(["kicked", "partner"], kind="stable")
    return told.reset_index(drop=True)


def _lost(
    company: Company,
    rng: np.random.Generator,
    partner: Ints,
    place: Ints,
    troubles: dict[int, Trouble],
) -> Ints:
    """When the account of a project left: now and then one of the first, or several at once."""
    loyalty = company.verse("partners")["traits"]["loyalty"].to_numpy()
    first = company.quarter_end(ORIGIN) + (500 + place * 480) * DAY
    drawn = first + between(rng, 0, 120 * DAY, len(place))
    leaves = (place < 4) & (loyalty[partner] < 0.85)
    lost = np.where(leaves & (drawn < company.end), drawn, NEVER)
    for number, trouble in troubles.items():
        mine = partner == number
        lost[mine] = NEVER
        if trouble.churn is not None:
            gone = mine & (place < ACCOUNTS_LOST)
            lost[gone] = company.quarter_end(trouble.churn) + 40 * DAY + place[gone] * DAY
    return np.where(lost == NEVER, NEVER, lost - lost % DAY)


def _written(
    company: Company, rng: np.random.Generator, projects: pd.DataFrame, quality: Floats
) -> pd.DataFrame:
    size = len(projects)
    level = quality[projects["partner"].to_numpy()]
    kicked, live = projects["kicked"].to_numpy(), projects["live"].to_numpy()
    is_live, is_cancelled = live != NEVER, projects["is_cancelled"].to_numpy()
    value = live + between(rng, 3 * DAY, 45 * DAY, size)
    value = np.where(is_live & (value < company.end), value, NEVER)
    worked = (np.where(is_live, live, company.end) - kicked) // DAY
    hours = np.round(worked * (2 + 4 * rng.random(size)), 1)
    rework = np.round(hours * np.clip(0.45 * (1 - level) + rng.normal(0, 0.02, size), 0, 1), 1)
    milestones = 4 + choose(rng, [1, 1, 1, 1], size)
    met = np.minimum(
        np.round(milestones * (0.5 + 0.5 * level + 0.1 * rng.random(size))), milestones
    )
    currency = choose(rng, [0.8, 0.2], size)
    newest = np.maximum.reduce([kicked, live, value])
    return pd.DataFrame(
        {
            "project_id": ids("prj", np.arange(size), 6),
            "partner_id": ids("prt", projects["partner"].to_numpy(), 5),
            "account_id": ids("acc-s", np.arange(size), 5),
            "kicked_off_on": dates(kicked),
            "planned_go_live_on": dates(projects["planned"].to_numpy()),
            "went_live_on": dates(live),
            "first_value_on": dates(value),
            "total_hours": hours,
            "rework_hours": rework,
            "qa_gate_passed": flags(rng.random(size) < 0.4 + 0.6 * level).mask(~is_live),
            "milestones_met": whole(np.where(is_live, met, np.floor(met / 2))),
            "milestones_planned": whole(milestones),
            "blocker_days": whole(rng.poisson(20 * (1 - level))),
            "services_amount": whole(np.round(hours) * 140_00),
            "currency": words(CURRENCIES, currency),
            "status": words(STATES, np.select([is_cancelled, is_live], [2, 0], 1)),
            "updated_at": instants(
                reach(
                    np.minimum(newest + between(rng, HOUR, 5 * DAY, size), company.end - 1),
                    company.end,
                )
            ),
        }
    )


def _accounts(rng: np.random.Generator, projects: pd.DataFrame) -> pd.DataFrame:
    """Rows of `crm.accounts`: customers we know directly."""
    size = len(projects)
    since = projects["kicked"].to_numpy() - between(rng, 30 * DAY, 120 * DAY, size)
    return pd.DataFrame(
        {
            "account_id": ids("acc-s", np.arange(size), 5),
            "account_name": names.account_names(np.arange(size, dtype=np.int64) + 7_001),
            "segment": words(("enterprise", "mid_market", "smb"), choose(rng, [4, 4, 1], size)),
            "region": words(REGIONS, choose(rng, [4, 4, 2], size)),
            "industry": "software",
            "domain": ids("client", np.arange(size)) + ".example",
            "parent_account_id": pd.Series([None] * size, dtype="str"),
            "created_at": instants(since),
            "first_direct_touch_at": instants(since),
            "updated_at": instants(since + DAY),
        }
    )


def _subscriptions(
    company: Company, rng: np.random.Generator, projects: pd.DataFrame
) -> pd.DataFrame:
    """What each project's account pays for, from before the project until it leaves."""
    size = len(projects)
    kicked, lost = projects["kicked"].to_numpy(), projects["lost"].to_numpy()
    given_up = np.where(projects["is_cancelled"], kicked + 90 * DAY, NEVER)
    ends = np.where(lost == NEVER, given_up, lost)
    return pd.DataFrame(
        {
            "account_id": ids("acc-s", np.arange(size), 5),
            "subscription_id": ids("sub-s", np.arange(size), 5),
            "partner": projects["partner"].to_numpy(),
            "starts": kicked - 10 * DAY,
            "ends": np.where(ends < company.end, ends, NEVER),
            "mrr": between(rng, 8, 50, size) * 250_00,
            "currency": 0,
            "months": 12,
            "product": choose(rng, [4, 3, 2, 1], size),
        }
    )


def _events(projects: pd.DataFrame, project: Ints, at: Ints) -> pd.DataFrame:
    return pd.DataFrame(
        {"partner": projects["partner"].to_numpy()[project], "project": project, "at": at}
    )


def _burst(
    company: Company, projects: pd.DataFrame, number: int, back: int, count: int
) -> pd.DataFrame:
    """So many events within ten days, on the partner's first projects but those that it loses."""
    first = projects.index[(projects["partner"] == number) & (projects["place"] >= ACCOUNTS_LOST)]
    place = np.arange(count)
    at = company.quarter_end(back) + 45 * DAY + place * 8 * HOUR + 9 * HOUR
    return _events(projects, first.to_numpy()[place % (FIRST_PROJECTS - ACCOUNTS_LOST)], at)


def _answers(
    company: Company,
    rng: np.random.Generator,
    projects: pd.DataFrame,
    quality: Floats,
    troubles: dict[int, Trouble],
) -> pd.DataFrame:
    """Two answers of customers about each project that went live."""
    live = np.flatnonzero(projects["live"] != NEVER)
    project = np.repeat(live, 2)
    wait = np.where(np.arange(len(project)) % 2 == 0, 25, 90) * DAY
    at = projects["live"].to_numpy()[project] + wait + between(rng, 0, 20 * DAY, len(project))
    drawn = _events(projects, project, at)
    drawn = drawn.sort_values(["at", "project"], kind="stable").reset_index(drop=True)
    partner = drawn["partner"].to_numpy()
    level = np.where(np.isin(partner, list(troubles)), 1.0, quality[partner])
    happy = dose(rng, partner, np.where(level == 1.0, 1.0, 0.25 + 0.6 * level))
    unhappy = ~happy
    unhappy[unhappy] = dose(rng, partner[unhappy], (0.75 - 0.75 * level)[unhappy])
    size = len(drawn)
    drawn["score"] = np.where(
        happy,
        9 + choose(rng, [1, 1], size),
        np.where(unhappy, choose(rng, [1, 1, 1, 2, 3, 4, 5], size), 7 + choose(rng, [1, 1], size)),
    )
    angry = [
        _burst(company, projects, number, trouble.answers, ANGRY_ANSWERS)
        for number, trouble in troubles.items()
        if trouble.answers is not None
    ]
    angry = [rows.assign(score=np.arange(len(rows)) % 6) for rows in angry]
    answers = pd.concat([drawn, *angry], ignore_index=True).assign(is_customer=True)
    return answers[answers["at"] < company.end]


def _tickets(
    company: Company,
    rng: np.random.Generator,
    projects: pd.DataFrame,
    quality: Floats,
    troubles: dict[int, Trouble],
) -> pd.DataFrame:
    """Raised in the first 90 days of a project gone live: one, or more where work is poor."""
    live = np.flatnonzero(projects["live"] != NEVER)
    partner = projects["partner"].to_numpy()[live]
    more = np.where(np.isin(partner, list(troubles)), 0.0, 4.5 * (1 - quality[partner]))
    whole_more = np.floor(more).astype(np.int64)
    project = np.repeat(live, 1 + whole_more + dose(rng, partner, more - whole_more))
    at = projects["live"].to_numpy()[project] + between(rng, DAY, 85 * DAY, len(project))
    tickets = _events(projects, project, at)
    return tickets[tickets["at"] < company.end]


def _incidents(
    company: Company,
    rng: np.random.Generator,
    projects: pd.DataFrame,
    quality: Floats,
    troubles: dict[int, Trouble],
) -> pd.DataFrame:
    """Caused by some projects in their first year where work is poor; by many in an outage."""
    live = np.flatnonzero(projects["live"] != NEVER)
    partner = projects["partner"].to_numpy()[live]
    share = np.where(np.isin(partner, list(troubles)), 0.0, 1 - quality[partner])
    project = live[dose(rng, partner, share)]
    at = projects["live"].to_numpy()[project] + between(rng, 5 * DAY, 300 * DAY, len(project))
    drawn = _events(projects, project, at)
    drawn = drawn[drawn["at"] < company.end - DAY]
    outages = [
        _burst(company, projects, number, trouble.outages, OUTAGES)
        for number, trouble in troubles.items()
        if trouble.outages is not None
    ]
    return pd.concat([drawn, *outages], ignore_index=True)
