"""Deal registrations: facts that make every claim come out as it was meant.

Each claim gets a life of the shape its outcome needs; the state at the end of the history is read
off that plan, not off the rules.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import (
    DAY,
    HOUR,
    NEVER,
    Ints,
    between,
    choose,
    ids,
    instants,
    reach,
    spread,
    words,
)
from seeds.simulate.verses import lives as shapes
from seeds.simulate.verses import planted
from seeds.simulate.verses.deals import (
    DIRECT,
    EXPIRED,
    IMPLEMENTATION,
    LOST_TIE,
    MENTION,
    NONE,
    PARTICIPATING,
    PENDING,
    REOPENED_WRONGLY,
    TOO_LATE,
    VALID,
    strays,
)
from seeds.simulate.verses.drumbeat import promised
from seeds.simulate.verses.lives import (
    PULSE,
    TERM,
    Lives,
    Moments,
    behind,
    draw_jitter,
    live,
    without_a_deal,
)
from seeds.simulate.verses.partners import draw_partners

CONTESTED, AFTER_CREATION, AFTER_TOUCH, LAPSED, WRONGLY, UNANSWERED, REFUSED, BEHIND = range(4, 12)
SHAPES = {
    0: shapes.standing,
    1: shapes.renewed,
    2: shapes.reopened,
    3: shapes.answered_later,
    CONTESTED: shapes.contested,
    AFTER_CREATION: shapes.submitted_after_creation,
    AFTER_TOUCH: shapes.submitted_after_touch,
    LAPSED: shapes.lapsed,
    WRONGLY: shapes.reopened_wrongly,
    UNANSWERED: shapes.unanswered,
    REFUSED: shapes.refused,
}
"""The life of each kind of claim; BEHIND is lived once its winner's is known."""

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

    stray_size = strays(company, deals_frame)
    stray_jitter = draw_jitter(rng, stray_size)
    stray_lives, strangers = _strays(company, rng, stray_jitter)
    nowhere = np.full(stray_size, -1)
    first_stray = int(deals_frame["account"].max()) + 1
    matched = np.concatenate([deal, nowhere])
    held = pd.DataFrame(
        {
            "registration_id": ids("reg", np.arange(len(matched))),
            "partner_id": ids("prt", np.concatenate([claimed["partner"], strangers]), 5),
            "account_id": ids(
                "acc", np.concatenate([deals["account"], first_stray + np.arange(stray_size)])
            ),
            "opportunity_id": ids("opp", matched),
        }
    )
    named = ids("opp", np.concatenate([np.where(by_account, -1, deal), nowhere]))

    every = lives.followed_by(stray_lives)
    events = _events(company, rng, every, np.concatenate([jitter, stray_jitter]))
    registrations = _registrations(company, rng, every, events, held.assign(opportunity_id=named))
    truth = _truth(company, every, held)
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


def _strays(company: Company, rng: np.random.Generator, jitter: Ints) -> tuple[Lives, Ints]:
    """Claims without a deal, drawn and promised, and the partner of each."""
    traits = company.verse("partners")["traits"]
    holders, submitted = promised(company)
    drawn = len(jitter) - len(holders)
    lives = without_a_deal(rng, company.start, company.end, drawn, jitter[:drawn])
    partner = draw_partners(company, rng, lives.submitted, np.ones(len(traits)))
    kept = shapes.plan(submitted, submitted + 20 * HOUR, jitter[drawn:], pulses=2)
    return lives.followed_by(kept), np.concatenate([partner, holders])


def _shapes(rng: np.random.Generator, claimed: pd.DataFrame) -> Ints:
    """Which life each claim shall have."""
    claim = claimed["claim"].to_numpy()
    size = len(claim)
    losers = claimed.loc[claimed["claim"] == LOST_TIE, "deal"].to_numpy()
    is_contested = np.isin(claimed["deal"].to_numpy(), losers)
    by_touch = np.isin(claimed["touch"].to_numpy(), (PARTICIPATING, IMPLEMENTATION, MENTION))
    by_touch &= rng.random(size) < 0.6
    alive = choose(rng, [0.58, 0.16, 0.10, 0.16], size)
    losing = np.where(claimed["rival_ranks_lower"].to_numpy(), CONTESTED, BEHIND)
    return np.select(
        [
            np.isin(claim, (VALID, DIRECT)) & ~is_contested,
            claim == VALID,
            claim == LOST_TIE,
            claim == TOO_LATE,
            claim == EXPIRED,
            claim == REOPENED_WRONGLY,
            claim == PENDING,
        ],
        [
            alive,
            CONTESTED,
            losing,
            np.where(by_touch, AFTER_TOUCH, AFTER_CREATION),
            LAPSED,
            WRONGLY,
            UNANSWERED,
        ],
        REFUSED,
    )


def _lives_on_deals(
    company: Company, rng: np.random.Generator, claimed: pd.DataFrame, deals: pd.DataFrame
) -> tuple[Lives, Ints, Ints]:
    """A life for each claim on a deal, its activities' jitter, and touches that must come first."""
    shape = _shapes(rng, claimed)
    jitter = draw_jitter(rng, len(claimed))
    moments = Moments(
        created=deals["created"].to_numpy(),
        horizon=deals["horizon"].to_numpy(),
        closed=deals["closed"].to_numpy(),
        winner=np.full(len(claimed), NEVER),
        end=company.end,
    )
    lives = live(rng, SHAPES, shape, moments, jitter)
    late = np.flatnonzero(shape == BEHIND)
    rivals = replace(moments, winner=_winners(claimed, lives.submitted)).of(late)
    lives.put(late, behind(rng, rivals, jitter[late]))
    early = lives.submitted - 7 * DAY - between(rng, HOUR, 20 * DAY, len(claimed))
    return lives, jitter, np.where(shape == AFTER_TOUCH, early, NEVER)


def _winners(claimed: pd.DataFrame, submitted: Ints) -> Ints:
    """For each claim the submission of the deal's valid one; NEVER where there is none."""
    deal = claimed["deal"].to_numpy()
    valid = claimed["claim"].to_numpy() == VALID
    found = np.full(int(deal.max(initial=0)) + 1, NEVER)
    found[deal[valid]] = submitted[valid]
    submissions: Ints = found[deal]
    return submissions


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
    held: pd.DataFrame,
) -> pd.DataFrame:
    """The rows of the entity for who holds what; the timestamps repeat the last of each event."""
    size = len(held)

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
            **held,
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


def _truth(company: Company, plan: Lives, held: pd.DataFrame) -> pd.DataFrame:
    """Each registration's state at the end of the history, read off its plan step by step."""
    end = company.end
    status = np.zeros(len(held), dtype=np.int64)
    until = np.full(len(held), NEVER)

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
            **held,
            "status": words(STATUSES, status),
            "submitted_at": instants(plan.submitted),
            "valid_until": instants(until),
            "response_seconds": pd.Series(np.where(has_answer, plan.answered - plan.submitted, 0))
            .astype("Int64")
            .mask(~has_answer),
            "case": pd.Series([None] * len(held), dtype="str"),
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
