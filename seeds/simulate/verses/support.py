"""Tickets that partners answer, and what breaks."""

import numpy as np
import pandas as pd

from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import (
    DAY,
    HOUR,
    NEVER,
    YEAR,
    Bools,
    Floats,
    Ints,
    between,
    choose,
    dose,
    flags,
    ids,
    instants,
    reach,
    spread,
    whole,
    words,
)
from seeds.simulate.verses.deals import customers
from seeds.simulate.verses.operations import (
    ESCALATION_HOURS,
    OUR_HOURS,
    PRIORITIES,
    SLA_STATES,
    promise,
)
from seeds.simulate.verses.partners import level_at
from seeds.simulate.verses.planted import joined
from seeds.simulate.verses.roles import REGISTERED, SI
from seeds.simulate.verses.terms import tier_at

TICKETS_A_YEAR = 30
ESCALATED_SHARE = 0.2
"""Of what partners raise."""

SOLVED_IN_TIME = 0.88
TARGET_HOURS = np.array([1, 4, 24, 48])
"""About what a good partner keeps to; the programme's own targets are policy."""


def write_tickets(company: Company, rng: np.random.Generator) -> Frames:
    """`support.tickets`: most raised by customers and owned by a partner."""
    traits = company.verse("partners")["traits"]
    begins = np.maximum(traits["signed_at"].to_numpy(), company.start)
    mean = TICKETS_A_YEAR * np.minimum(traits["strength"].to_numpy(), 6) / 1.6
    mean = np.where(traits["is_quiet"].to_numpy(), 0.0, mean)
    years = np.maximum(company.end - begins, 0) / YEAR
    counts = np.ceil(mean * years).astype(np.int64)
    partner, place = spread(counts)
    share = (place + rng.random(len(partner))) / np.maximum(counts, 1)[partner]
    drawn_at = begins[partner] + (share * (company.end - begins)[partner]).astype(np.int64)
    on_projects = company.verse("projects")["projects.tickets"]
    drawn = np.full(len(partner), -1)
    opened = np.concatenate([drawn_at, on_projects["at"]])
    partner = np.concatenate([partner, on_projects["partner"]])
    project = np.concatenate([drawn, on_projects["project"]])
    order = np.lexsort([project, opened])
    partner, project, opened = partner[order], project[order], reach(opened[order], company.end)
    size = len(opened)
    level = level_at(traits, "support", partner, opened, company.end)
    by_customer = (project >= 0) | (rng.random(size) < 0.88)
    unowned = (project < 0) & (rng.random(size) < 0.04)
    deleted = (project < 0) & (rng.random(size) < 0.01)
    counted = partner * 2 + (by_customer & ~unowned & ~deleted)

    def doses(share: Floats) -> Bools:
        return dose(rng, counted, share)

    priority = choose(rng, [0.06, 0.2, 0.5, 0.24], size)
    # What customers ask the partner answers, what partners ask we do.
    ours = OUR_HOURS[tier_at(company, partner, opened)]
    target = np.where(by_customer, TARGET_HOURS[priority], ours) * HOUR
    in_time = doses(np.where(by_customer, np.clip(0.48 + 0.56 * level, 0, 0.995), 0.93))
    taken = np.where(in_time, rng.random(size) ** 1.5, 1.02 + rng.exponential(1.2, size))
    answered = opened + np.maximum((taken * target).astype(np.int64), 60)
    solved = answered + (np.exp(rng.normal(2.6, 1.1, size)) * HOUR).astype(np.int64)
    is_ranked = traits["life"].to_numpy()[partner] > REGISTERED
    never_answered = ~is_ranked & (rng.random(size) < 0.02)
    answered = np.where(never_answered | (answered >= company.end), NEVER, answered)
    escalated = _escalated(company, ~by_customer, priority, opened, answered)
    solved = np.where(escalated == NEVER, solved, escalated)
    solved = np.where((answered == NEVER) | (solved >= company.end), NEVER, solved)
    is_solved = solved != NEVER
    reopened = is_solved & doses(np.clip(0.34 - 0.36 * level, 0.005, 1))
    answers = is_solved & doses(np.full(size, 0.45))
    good = answers.copy()
    good[answers] = dose(rng, counted[answers], np.clip(0.5 + 0.52 * level, 0, 0.99)[answers])
    satisfaction = np.where(answers, np.where(good, 0, 1), np.where(is_solved, 2, 3))
    integrations = company.verse("integrations")["integrations"]["partner"].to_numpy()
    first = np.searchsorted(integrations, partner)
    has_one = first < len(integrations)
    has_one &= integrations[np.minimum(first, len(integrations) - 1)] == partner
    account = ids("acc", rng.integers(0, customers(company), size))
    newest = np.maximum.reduce([opened, answered, solved])
    tickets = pd.DataFrame(
        {
            "ticket_id": ids("tic", np.arange(size)),
            "account_id": account.where(project < 0, ids("acc-s", project, 5)),
            "partner_id": ids("prt", np.where(unowned, -1, partner), 5),
            "raised_by": words(("partner", "customer"), by_customer.astype(np.int64)),
            "integration_id": ids(
                "int",
                np.where(has_one & (project < 0) & (rng.random(size) < 0.5), first, -1),
                6,
            ),
            "project_id": ids("prj", project, 6),
            "opened_at": instants(opened),
            "first_response_at": instants(answered),
            "solved_at": instants(solved),
            "priority": words(PRIORITIES, priority),
            "status": words(
                ("open", "pending", "solved"), np.where(is_solved, 2, (answered != NEVER) * 1)
            ),
            "reopened_count": whole(reopened * (1 + choose(rng, [8, 2], size))),
            "handling_minutes": np.round(np.exp(rng.normal(3.2, 0.8, size)), 1),
            "is_escalated": flags(
                np.where(by_customer, rng.random(size) < 0.05, escalated != NEVER)
            ),
            "satisfaction": words(("good", "bad", "offered", "unoffered"), satisfaction),
            "is_deleted": flags(deleted),
            "updated_at": instants(
                np.minimum(newest + between(rng, 60, 2 * DAY, size), company.end - 1)
            ),
        }
    )
    return {
        "support.tickets": joined(tickets, company.verse("operations")["operations.tickets"]),
        "truth.promises": _promises(company, tickets),
    }


def _escalated(
    company: Company, by_partner: Bools, priority: Ints, opened: Ints, answered: Ints
) -> Ints:
    """When each ticket that a partner had escalated is solved, NEVER for all others."""
    rng = company.rng("escalations")
    size = len(opened)
    is_escalated = by_partner & (rng.random(size) < ESCALATED_SHARE)
    target = ESCALATION_HOURS[priority] * HOUR
    left = np.maximum(opened + target - answered, 0)
    in_time = rng.random(size) < SOLVED_IN_TIME
    taken = np.where(in_time, rng.random(size) * left, left + rng.exponential(0.5, size) * target)
    solved = np.where(answered == NEVER, opened, answered) + np.maximum(taken, 600).astype(np.int64)
    return np.where(is_escalated, solved, NEVER)


def _promises(company: Company, tickets: pd.DataFrame) -> pd.DataFrame:
    """What we promised partners on their tickets, and which promises were kept: of all of them."""
    number = pd.Series(
        np.arange(company.scale.partners), index=ids("prt", np.arange(company.scale.partners), 5)
    )
    of = tickets[
        (tickets["raised_by"] == "partner") & tickets["partner_id"].notna() & ~tickets["is_deleted"]
    ]
    opened, answered, solved = (
        of[name].to_numpy().astype("datetime64[s]").astype(np.int64)
        for name in ("opened_at", "first_response_at", "solved_at")
    )
    hours = OUR_HOURS[tier_at(company, number[of["partner_id"]].to_numpy(), opened)]
    escalated = of["is_escalated"].to_numpy(bool)
    pressing = of["priority"].map({word: code for code, word in enumerate(PRIORITIES)}).to_numpy()
    parts = [
        pd.DataFrame(
            {
                "ticket_id": of["ticket_id"][rows],
                "kind": kind,
                "state": words(SLA_STATES, state[rows]).to_numpy(),
                "case": None,
            }
        )
        for kind, rows, state in (
            (
                "first_response",
                np.ones(len(of), dtype=np.bool_),
                promise(answered, opened + hours * HOUR, company.end),
            ),
            (
                "escalation",
                escalated,
                promise(solved, opened + ESCALATION_HOURS[pressing] * HOUR, company.end),
            ),
        )
    ]
    drawn = pd.concat(parts, ignore_index=True).astype("str")
    drawn["case"] = pd.Series([None] * len(drawn), dtype="str")
    return joined(drawn, company.verse("operations")["operations.promises"])


def write_incidents(company: Company, rng: np.random.Generator) -> Frames:
    """`support.incidents`: more where delivery is poor and there is more to break.

    Those of system integrators belong to their projects.
    """
    traits = company.verse("partners")["traits"]
    installs = company.verse("installs")["installs"]
    active = installs[installs["activated"] != NEVER]
    until = np.where(active["removed"] == NEVER, company.end, active["removed"])
    months = (until - active["activated"].to_numpy()) / (YEAR / 12)
    exposure = np.zeros(len(traits))
    np.add.at(exposure, active["partner"].to_numpy(), months)
    exposure[traits["kind"].to_numpy() == SI] = 0.0
    is_ranked = traits["life"].to_numpy() > REGISTERED
    luck = rng.normal(0, np.where(is_ranked, 0.15, 0.7))
    per_hundred = np.exp(2.2 - 4.2 * traits["delivery"].to_numpy() + luck)
    expected = per_hundred * exposure / 100 / 0.62
    partner, _ = spread(np.floor(expected + rng.random(len(traits))).astype(np.int64))
    starts = active.groupby("partner")["activated"].min()
    first = np.full(len(traits), company.start)
    first[starts.index.to_numpy()] = starts.to_numpy()
    on_projects = company.verse("projects")["projects.incidents"]
    started = between(rng, first[partner], company.end - DAY, len(partner))
    project = np.concatenate([np.full(len(partner), -1), on_projects["project"]])
    started = np.concatenate([started, on_projects["at"]])
    partner = np.concatenate([partner, on_projects["partner"]])
    order = np.lexsort([project, started])
    partner, project, started = partner[order], project[order], reach(started[order], company.end)
    size = len(started)
    level = level_at(traits, "security", partner, started, company.end)
    detected = started + between(rng, 60, 20 * HOUR, size)
    prompt = dose(rng, partner, np.clip(0.55 + 0.47 * level, 0, 1))
    notified = detected + np.where(
        prompt, between(rng, HOUR, 22 * HOUR, size), between(rng, 75 * HOUR, 200 * HOUR, size)
    )
    forgotten = ~is_ranked[partner] & (rng.random(size) < 0.02)
    notified = np.where(forgotten, NEVER, notified)
    resolved = detected + between(rng, HOUR, 6 * DAY, size)

    caused = choose(rng, [62, 18, 15, 5], size)
    caused = np.where(project < 0, caused, 0)

    def by_end(at: np.ndarray) -> np.ndarray:
        return np.where(at < company.end, at, NEVER)

    detected, notified, resolved = by_end(detected), by_end(notified), by_end(resolved)
    newest = np.maximum.reduce([started, detected, notified, resolved])
    return {
        "support.incidents": pd.DataFrame(
            {
                "incident_id": ids("inc", np.arange(size), 6),
                "partner_id": ids("prt", partner, 5),
                "integration_id": ids("int", _broken(company, partner, project), 6),
                "project_id": ids("prj", project, 6),
                "severity": words(
                    ("sev1", "sev2", "sev3", "sev4"), choose(rng, [1, 3, 5, 4], size)
                ),
                "kind": words(("reliability", "security", "data"), choose(rng, [6, 2, 2], size)),
                "started_at": instants(started),
                "detected_at": instants(detected),
                "partner_notified_at": instants(notified),
                "resolved_at": instants(resolved),
                "caused_by": words(("partner", "vendor", "customer", "unknown"), caused),
                "updated_at": instants(
                    np.minimum(newest + between(rng, 60, DAY, size), company.end - 1)
                ),
            }
        )
    }


def _broken(company: Company, partner: Ints, project: Ints) -> Ints:
    """The integration that about half of the incidents outside of projects are about."""
    rng = company.rng("broken_integrations")
    installs = company.verse("installs")["installs"]
    pairs = installs[["partner", "integration"]].drop_duplicates()
    pairs = pairs.sort_values(["partner", "integration"])
    owned = np.append(pairs["integration"].to_numpy(), -1)
    counts = np.bincount(pairs["partner"].to_numpy(), minlength=company.scale.partners)
    place = np.floor(rng.random(len(partner)) * counts[partner]).astype(np.int64)
    first = np.cumsum(counts)[partner] - counts[partner]
    is_named = (project < 0) & (counts[partner] > 0) & (rng.random(len(partner)) < 0.5)
    broken: Ints = owned[np.where(is_named, first + place, -1)]
    return broken
