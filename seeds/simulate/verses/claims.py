"""Deal registrations: facts that make every claim come out as it was meant.

A claim's life: submitted, answered, kept alive by activities about every 25 days, perhaps renewed
with proof before its 90 days are over, ended by running out or by falling silent, perhaps opened
again. The state at the end of the history is read off that plan, not off the rules.
"""

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import (
    DAY,
    HOUR,
    NEVER,
    Bools,
    Ints,
    between,
    choose,
    ids,
    instants,
    reach,
    spread,
    words,
)
from seeds.simulate.verses import planted
from seeds.simulate.verses.deals import (
    DIRECT,
    EXPIRED,
    LOST_TIE,
    NONE,
    PENDING,
    REJECTED,
    REOPENED_WRONGLY,
    TOO_LATE,
    VALID,
    strays,
)

TERM = 90 * DAY
SILENCE = 30 * DAY
PULSE = 25 * DAY
"""Activities come every 25 days and up to 3 later, so two are never more than 28 apart."""

MOST_PULSES = 7
STATUSES = (
    "pending",
    "approved",
    "rejected",
    "renewed",
    "expired",
    "expired_inactive",
    "reopened",
    "invalid_reopen",
)
REOPENERS = ("vp", "account_manager", "partner_manager")
PROOFS = ("signed letter of intent", "meeting minutes", "budget confirmed by customer")


@dataclass(frozen=True)
class Lives:
    """The plan of each claim; instants, NEVER = not at all."""

    submitted: Ints
    answered: Ints
    is_rejected: Bools
    renewed: Ints
    pulses: Ints
    ended: Ints
    runs_out: Bools
    reopened: Ints
    reopener: Ints
    later_pulses: Ints
    later_end: Ints
    later_runs_out: Bools


def write(company: Company, rng: np.random.Generator) -> Frames:
    """`crm.deal_registrations`, `crm.registration_events`, the truth of each, and `claims`."""
    deals_frame = company.verse("deals")["deals"]
    parts = company.verse("deals")["parts"]
    claimed = parts[parts["claim"] != NONE]
    deal = claimed["deal"].to_numpy()
    deals = deals_frame.iloc[deal]
    lives, jitter, first_touch = _lives_on_deals(company, rng, claimed, deals)
    is_first = (deals["kind"].to_numpy() == 0) & np.isin(
        claimed["claim"].to_numpy(), (VALID, LOST_TIE, DIRECT)
    )
    by_account = is_first & (rng.random(len(deal)) < 0.3)

    stray_lives, stray_jitter = _strays(company, rng, strays(deals_frame))
    plan = _joined(lives, stray_lives)
    size = len(plan.submitted)
    stray_size = size - len(deal)
    accounts = int(deals_frame["account"].max()) + 1
    account = np.concatenate([deals["account"], accounts + np.arange(stray_size)])
    traits = company.verse("partners")["traits"]
    partner = np.concatenate([claimed["partner"], _stray_partners(rng, traits, stray_size)])
    matched = np.concatenate([deal, np.full(stray_size, -1)])
    named = np.concatenate([np.where(by_account, -1, deal), np.full(stray_size, -1)])

    events = _events(company, rng, plan, np.concatenate([jitter, stray_jitter]))
    registrations = _registrations(company, rng, plan, events, partner, account, named)
    truth = _truth(company, plan, partner, account, matched)
    planted_frames = company.verse("planted")
    return {
        "crm.deal_registrations": planted.joined(
            registrations, planted_frames["planted.deal_registrations"]
        ),
        "crm.registration_events": planted.joined(
            _written(events), planted_frames["planted.registration_events"]
        ),
        "truth.registrations": planted.joined(truth, planted_frames["planted.registrations"]),
        "claims": pd.DataFrame(
            {
                "part": claimed.index.to_numpy(),
                "submitted": lives.submitted,
                "first_touch": first_touch,
            }
        ),
        "direct": _direct(rng, claimed, deals, lives),
    }


def _answers(rng: np.random.Generator, size: int) -> Ints:
    """Seconds until we answer: mostly within 48 hours, never more than 9 days."""
    quick = between(rng, HOUR, 46 * HOUR, size)
    return np.where(rng.random(size) < 0.9, quick, between(rng, 50 * HOUR, 9 * DAY, size))


def _pulses_until(rng: np.random.Generator, age: Ints, most: Ints | int) -> Ints:
    """How many activities keep a claim alive at `age`, at the least; up to `most`."""
    least = np.clip(age, 0, None) // PULSE
    return least + np.floor(rng.random(len(age)) * (most - least + 1)).astype(np.int64)


def _last_pulse(start: Ints, pulses: Ints, jitter: Ints) -> Ints:
    """When the last activity was; the start itself where there was none."""
    place = np.maximum(pulses - 1, 0)
    later = start + PULSE * pulses + jitter[np.arange(len(start)), place]
    return np.where(pulses > 0, later, start)


def _lives_on_deals(
    company: Company, rng: np.random.Generator, claimed: pd.DataFrame, deals: pd.DataFrame
) -> tuple[Lives, Ints, Ints]:
    """A life for each claim on a deal, its activities' jitter, and touches that must come first."""
    size = len(claimed)
    claim = claimed["claim"].to_numpy()
    created = deals["created"].to_numpy()
    horizon = deals["horizon"].to_numpy()
    closed = deals["closed"].to_numpy()
    jitter = between(rng, HOUR, 3 * DAY, size * MOST_PULSES).reshape(size, MOST_PULSES)
    wait = _answers(rng, size)

    never = np.full(size, NEVER)
    none = np.zeros(size, dtype=np.int64)

    # Alive when the deal is created: plain, renewed, opened again, or answered only later.
    variant = choose(rng, [0.58, 0.16, 0.10, 0.16], size)
    contested = _contested(claimed)
    variant = np.where(np.isin(claim, (VALID, DIRECT)) & ~contested, variant, 0)
    reach_back = np.where(contested, 60 * DAY, 85 * DAY)
    age = np.floor(rng.random(size) * reach_back).astype(np.int64)
    age = np.where(variant == 1, between(rng, 91 * DAY, 170 * DAY, size), age)
    is_renewed = variant == 1
    is_reopened = variant == 2
    is_later = variant == 3
    answered = created - age
    submitted = answered - wait
    submitted = np.where(is_later, created - between(rng, 0, 5 * DAY, size), submitted)
    grace = np.minimum(between(rng, HOUR, 9 * DAY, size), (horizon - created) * 8 // 10)
    answered = np.where(is_later, created + grace, answered)
    reopened = np.where(is_reopened, created - age, NEVER)
    later_pulses = np.where(is_reopened, _pulses_until(rng, age, 3), 0)

    # The loser of a contest by time submits after the winner, and still before the deal.
    winner = _winner_submitted(claimed, submitted)
    loses_by_time = (claim == LOST_TIE) & ~claimed["rival_ranks_lower"].to_numpy()
    behind = winner + 1 + np.floor(rng.random(size) * 0.9 * (created - winner)).astype(np.int64)
    submitted = np.where(loses_by_time, np.minimum(behind, created), submitted)
    until_horizon = np.maximum((horizon - submitted) * 8 // 10, 1)
    answered = np.where(loses_by_time, submitted + np.minimum(wait, until_horizon), answered)

    # Too late: after the deal was opened, or over a week after the first touch.
    touches = claimed["touch"].to_numpy()
    by_touch = (claim == TOO_LATE) & np.isin(touches, (1, 3, 4)) & (rng.random(size) < 0.6)
    by_creation = (claim == TOO_LATE) & ~by_touch
    after = created + np.maximum(((horizon - created) * rng.random(size) * 0.6), 1).astype(np.int64)
    submitted = np.where(by_creation, after, submitted)
    submitted = np.where(by_touch, created - between(rng, 0, 15 * DAY, size), submitted)
    until_horizon = np.maximum((horizon - submitted) * 8 // 10, 1)
    answered = np.where(claim == TOO_LATE, submitted + np.minimum(wait, until_horizon), answered)
    first_touch = np.where(
        by_touch, submitted - 7 * DAY - between(rng, HOUR, 20 * DAY, size), NEVER
    )

    age_of_answer = np.maximum(created - answered, 0)
    pulses = _pulses_until(rng, np.where(is_reopened, 0, age_of_answer), 3)
    pulses = np.where(
        is_renewed, np.maximum(_pulses_until(rng, np.where(is_renewed, age, 0), 7), 4), pulses
    )

    # Dead when the deal is created, perhaps opened again by somebody who may not.
    is_dead = (claim == EXPIRED) | (claim == REOPENED_WRONGLY) | is_reopened
    dead_for = np.where(
        claim == EXPIRED, between(rng, 0, 60 * DAY, size), between(rng, 21 * DAY, 60 * DAY, size)
    )
    dead_at = np.where(is_reopened, reopened - between(rng, 2 * DAY, 20 * DAY, size), created)
    dead_at = np.where(
        (claim == EXPIRED) | (claim == REOPENED_WRONGLY), created - dead_for, dead_at
    )
    was_renewed = (claim == EXPIRED) & (rng.random(size) < 0.25)
    is_renewed = np.where(is_dead, was_renewed, is_renewed)
    pulses = np.where(
        is_dead, np.where(was_renewed, 4, 0) + choose(rng, [1, 1, 1, 2], size), pulses
    )
    ages = _age_at_end(pulses, is_renewed, jitter)
    answered = np.where(is_dead, dead_at - ages, answered)
    submitted = np.where(is_dead, answered - wait, submitted)
    wrongly = claim == REOPENED_WRONGLY
    reopened = np.where(wrongly, dead_at + between(rng, 2 * DAY, 20 * DAY, size), reopened)
    reopener = np.where(wrongly, 1 + choose(rng, [1, 1], size), 0)

    # Not answered in time, or answered with no.
    is_open = closed == NEVER
    pending = claim == PENDING
    submitted = np.where(
        pending & is_open, company.end - between(rng, 1, 14 * DAY, size), submitted
    )
    submitted = np.where(pending & ~is_open, closed - between(rng, 1, 10 * DAY, size), submitted)
    answered = np.where(
        pending, np.where(is_open, NEVER, closed + between(rng, 1, 12 * DAY, size)), answered
    )
    answered = np.where(answered >= company.end, NEVER, answered)
    rejected = claim == REJECTED
    submitted = np.where(rejected, created - between(rng, 0, 30 * DAY, size), submitted)
    refusal = np.minimum(wait, np.maximum((horizon - submitted) // 2, 1))
    answered = np.where(rejected, submitted + refusal, answered)
    is_rejected = rejected | (pending & (answered != NEVER) & (rng.random(size) < 0.3))
    is_plain = rejected | pending
    is_renewed = is_renewed & ~is_plain
    pulses = np.where(is_renewed, pulses, np.minimum(pulses, 3))
    reopened = np.where(is_plain, NEVER, reopened)

    lives = _planned(
        Lives(
            submitted=submitted,
            answered=answered,
            is_rejected=is_rejected,
            renewed=np.where(is_renewed, answered + between(rng, 72 * DAY, 86 * DAY, size), NEVER),
            pulses=pulses,
            ended=never,
            runs_out=none > 0,
            reopened=reopened,
            reopener=reopener,
            later_pulses=later_pulses,
            later_end=never,
            later_runs_out=none > 0,
        ),
        jitter,
    )
    return lives, jitter, first_touch


def _contested(claimed: pd.DataFrame) -> Bools:
    """Whether two valid claims meet on the deal."""
    losers = claimed.loc[claimed["claim"] == LOST_TIE, "deal"].to_numpy()
    return np.isin(claimed["deal"].to_numpy(), losers)


def _winner_submitted(claimed: pd.DataFrame, submitted: Ints) -> Ints:
    """For each claim the submission of the deal's valid one; its own where there is none."""
    valid = (claimed["claim"] == VALID).to_numpy()
    found = pd.Series(submitted[valid], index=claimed["deal"].to_numpy()[valid])
    return np.asarray(
        claimed["deal"].map(found).fillna(pd.Series(submitted, index=claimed.index)),
        dtype=np.int64,
    )


def _age_at_end(pulses: Ints, is_renewed: Bools, jitter: Ints) -> Ints:
    """How long after its answer a claim ends: at its term, or a silence after the last activity."""
    last = _last_pulse(np.zeros(len(pulses), dtype=np.int64), pulses, jitter)
    return np.where(
        _runs_out(pulses, is_renewed), np.where(is_renewed, 2, 1) * TERM, last + SILENCE
    )


def _runs_out(pulses: Ints, is_renewed: Bools) -> Bools:
    """Enough activities to stay alive until the term is over."""
    return np.asarray(pulses >= np.where(is_renewed, 6, 3))


def _planned(lives: Lives, jitter: Ints) -> Lives:
    """The plan with its ends filled in."""
    is_approved = (lives.answered != NEVER) & ~lives.is_rejected
    is_renewed = lives.renewed != NEVER
    is_reopened = (lives.reopened != NEVER) & (lives.reopener == 0)
    age = _age_at_end(lives.pulses, is_renewed, jitter)
    later = _age_at_end(lives.later_pulses, lives.pulses < 0, jitter)
    known = {f.name: getattr(lives, f.name) for f in fields(Lives)}
    return Lives(
        **known
        | {
            "ended": np.where(is_approved, lives.answered + age, NEVER),
            "runs_out": is_approved & _runs_out(lives.pulses, is_renewed),
            "later_end": np.where(is_reopened, lives.reopened + later, NEVER),
            "later_runs_out": is_reopened & (lives.later_pulses >= 3),
        }
    )


def _strays(company: Company, rng: np.random.Generator, size: int) -> tuple[Lives, Ints]:
    """Registrations that never led to a deal, in every state."""
    jitter = between(rng, HOUR, 3 * DAY, size * MOST_PULSES).reshape(size, MOST_PULSES)
    submitted = between(rng, company.start, company.end - 14 * DAY, size)
    recent = rng.random(size) < 0.04
    submitted = np.where(recent, company.end - between(rng, 1, 14 * DAY, size), submitted)
    answered = submitted + _answers(rng, size)
    answered = np.where(recent | (answered >= company.end), NEVER, answered)
    is_rejected = (answered != NEVER) & (rng.random(size) < 0.2)
    stands = (answered != NEVER) & ~is_rejected
    is_renewed = stands & (rng.random(size) < 0.2)
    pulses = np.where(is_renewed, 4, 0) + choose(rng, [1, 1, 1, 2], size)
    ended = answered + _age_at_end(pulses, is_renewed, jitter)
    reopens = stands & (rng.random(size) < 0.12)
    reopened = np.where(reopens, ended + between(rng, 2 * DAY, 20 * DAY, size), NEVER)
    never = np.full(size, NEVER)
    return (
        _planned(
            Lives(
                submitted=submitted,
                answered=answered,
                is_rejected=is_rejected,
                renewed=np.where(
                    is_renewed, answered + between(rng, 72 * DAY, 86 * DAY, size), NEVER
                ),
                pulses=pulses,
                ended=never,
                runs_out=reopens & False,
                reopened=reopened,
                reopener=choose(rng, [0.6, 0.2, 0.2], size),
                later_pulses=choose(rng, [1, 1, 1, 1], size),
                later_end=never,
                later_runs_out=reopens & False,
            ),
            jitter,
        ),
        jitter,
    )


def _stray_partners(rng: np.random.Generator, traits: pd.DataFrame, size: int) -> Ints:
    return choose(rng, traits["strength"].to_numpy(), size)


def _joined(first: Lives, second: Lives) -> Lives:
    return Lives(
        **{
            f.name: np.concatenate([getattr(first, f.name), getattr(second, f.name)])
            for f in fields(Lives)
        }
    )


def _events(company: Company, rng: np.random.Generator, plan: Lives, jitter: Ints) -> pd.DataFrame:
    """Activities, renewals and reopenings before the end of the history, in order of time."""
    stands = (plan.answered != NEVER) & ~plan.is_rejected
    claim, place = spread(np.where(stands, plan.pulses, 0))
    activity = plan.answered[claim] + PULSE * (place + 1) + jitter[claim, place]
    again = (plan.reopened != NEVER) & (plan.reopener == 0)
    later_claim, later_place = spread(np.where(again, plan.later_pulses, 0))
    later = (
        plan.reopened[later_claim] + PULSE * (later_place + 1) + jitter[later_claim, later_place]
    )
    renewed = np.flatnonzero(plan.renewed != NEVER)
    reopened = np.flatnonzero(plan.reopened != NEVER)
    proof = choose(rng, [1, 1, 1], len(plan.submitted))
    events = pd.DataFrame(
        {
            "claim": np.concatenate([claim, later_claim, renewed, reopened]),
            "event": np.repeat(
                [0, 1, 2], [len(claim) + len(later_claim), len(renewed), len(reopened)]
            ),
            "at": np.concatenate([activity, later, plan.renewed[renewed], plan.reopened[reopened]]),
        }
    )
    events["proof"] = np.where(events["event"] == 1, proof[events["claim"].to_numpy()], -1)
    events["by_role"] = np.where(
        events["event"] == 2, plan.reopener[events["claim"].to_numpy()], -1
    )
    events = events[events["at"] < company.end]
    return events.sort_values(["at", "claim", "event"], kind="stable").reset_index(drop=True)


def _written(events: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "event_id": ids("rev", np.arange(len(events))),
            "registration_id": ids("reg", events["claim"].to_numpy()),
            "event": words(("activity", "renewal", "reopening"), events["event"].to_numpy()),
            "occurred_at": instants(events["at"].to_numpy()),
            "proof": words(PROOFS, events["proof"].to_numpy()),
            "by_role": words(REOPENERS, events["by_role"].to_numpy()),
        }
    )


def _registrations(
    company: Company,
    rng: np.random.Generator,
    plan: Lives,
    events: pd.DataFrame,
    partner: Ints,
    account: Ints,
    deal: Ints,
) -> pd.DataFrame:
    size = len(partner)

    def latest(kind: int, column: str) -> Ints:
        found = np.full(size, -1 if column != "at" else NEVER)
        rows = events[events["event"] == kind]
        found[rows["claim"].to_numpy()] = rows[column].to_numpy()
        return found

    renewed, reopened, activity = latest(1, "at"), latest(2, "at"), latest(0, "at")
    newest = np.maximum.reduce([plan.submitted, plan.answered, activity, renewed, reopened])
    updated = np.minimum(newest + between(rng, 0, 2 * DAY, size), company.end - 1)
    updated = reach(updated, company.end)
    return pd.DataFrame(
        {
            "registration_id": ids("reg", np.arange(size)),
            "partner_id": ids("prt", partner, 5),
            "account_id": ids("acc", account),
            "opportunity_id": ids("opp", deal),
            "submitted_at": instants(plan.submitted),
            "responded_at": instants(plan.answered),
            "decision": words(
                ("pending", "approved", "rejected"),
                np.where(plan.answered == NEVER, 0, np.where(plan.is_rejected, 2, 1)),
            ),
            "renewed_at": instants(renewed),
            "renewal_proof": words(PROOFS, latest(1, "proof")),
            "last_activity_at": instants(activity),
            "reopened_at": instants(reopened),
            "reopened_by_role": words(REOPENERS, latest(2, "by_role")),
            "updated_at": instants(updated),
        }
    )


def _truth(company: Company, plan: Lives, partner: Ints, account: Ints, deal: Ints) -> pd.DataFrame:
    """Each registration's state at the end of the history, read off its plan step by step."""
    end = company.end
    status = np.zeros(len(partner), dtype=np.int64)
    until = np.full(len(partner), NEVER)

    def step(at: Ints, becomes: Ints | int, valid_until: Ints) -> None:
        happened = (at != NEVER) & (at < end)
        status[happened] = np.broadcast_to(becomes, len(at))[happened]
        until[happened] = valid_until[happened]

    step(
        plan.answered,
        np.where(plan.is_rejected, 2, 1),
        np.where(plan.is_rejected, NEVER, plan.answered + TERM),
    )
    step(plan.renewed, 3, plan.answered + 2 * TERM)
    step(plan.ended, np.where(plan.runs_out, 4, 5), plan.ended)
    is_wrong = plan.reopener > 0
    step(
        plan.reopened,
        np.where(is_wrong, 7, 6),
        np.where(is_wrong, plan.ended, plan.reopened + TERM),
    )
    step(plan.later_end, np.where(plan.later_runs_out, 4, 5), plan.later_end)
    has_answer = plan.answered != NEVER
    return pd.DataFrame(
        {
            "registration_id": ids("reg", np.arange(len(partner))),
            "partner_id": ids("prt", partner, 5),
            "account_id": ids("acc", account),
            "opportunity_id": ids("opp", deal),
            "status": words(STATUSES, status),
            "submitted_at": instants(plan.submitted),
            "valid_until": instants(until),
            "response_seconds": pd.Series(np.where(has_answer, plan.answered - plan.submitted, 0))
            .astype("Int64")
            .mask(~has_answer),
            "case": pd.Series([None] * len(partner), dtype="str"),
        }
    )


def _direct(
    rng: np.random.Generator, claimed: pd.DataFrame, deals: pd.DataFrame, lives: Lives
) -> pd.DataFrame:
    """Accounts of new deals whose first direct engagement must lie right for the claims."""
    table = pd.DataFrame(
        {
            "account": deals["account"].to_numpy(),
            "claim": claimed["claim"].to_numpy(),
            "submitted": lives.submitted,
            "horizon": deals["horizon"].to_numpy(),
        }
    )[deals["kind"].to_numpy() == 0]
    stands = table[table["claim"].isin([VALID, LOST_TIE])]
    latest = stands.groupby("account", sort=True)[["submitted", "horizon"]].max()
    size = len(latest)
    after = between(rng, latest["submitted"].to_numpy(), latest["horizon"].to_numpy() + 1, size)
    after = np.where(rng.random(size) < 0.45, NEVER, after)
    beaten = table[table["claim"] == DIRECT]
    earliest = beaten.groupby("account", sort=True)["submitted"].min()
    before = earliest.to_numpy() - between(rng, HOUR, 40 * DAY, len(earliest))
    return pd.DataFrame(
        {
            "account": np.concatenate([latest.index.to_numpy(), earliest.index.to_numpy()]),
            "direct": np.concatenate([after, before]),
        }
    )
