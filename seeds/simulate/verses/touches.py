"""What partners did on deals: touches that make every part come out as it was meant."""

import numpy as np
import pandas as pd

from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import (
    DAY,
    NEVER,
    Ints,
    between,
    choose,
    ids,
    instants,
    spread,
    words,
)
from seeds.simulate.verses import planted
from seeds.simulate.verses.deals import (
    AFTER_CLOSE,
    CLAIMS,
    IMPLEMENTATION,
    MENTION,
    NO_TOUCH,
    NONE,
    PARTICIPATING,
    VALID,
)

TOUCH_TYPES = (
    "lead",
    "intro",
    "demo",
    "technical_validation",
    "proposal",
    "negotiation",
    "marketing",
    "implementation",
    "support",
    "mention",
)
FIRST_IMPLEMENTATION_TYPE = 7
MENTION_TYPE = 9
ROLES = ("sourcer", "influencer", "implementer", "closer")
ROLE_OF_TYPE = np.array([0, 0, 1, 1, 3, 3, 1, 2, 2, 1])
EVIDENCE = ("call notes", "email thread", "meeting invite", "signed proposal", "workshop agenda")

OUTCOMES = ("sourced", "influenced", "not_attributed")
REASONS = (
    "registered_first",
    "participated",
    "no_touch",
    "only_after_close",
    "implementation_or_support_only",
    "mention_only",
)
UNKNOWN_EVERY = 400
"""One deal in so many has a touch by a partner nobody knows."""


def write(company: Company, rng: np.random.Generator) -> Frames:
    """`crm.opportunity_touches` and the truth of every (opportunity, partner)."""
    deals = company.verse("deals")["deals"]
    parts = company.verse("deals")["parts"]
    touches = pd.concat(
        [
            _in_time(company, rng, deals, parts),
            _after_close(company, rng, deals, parts),
        ],
        ignore_index=True,
    )
    touches = touches.sort_values(["at", "deal", "partner"], kind="stable").reset_index(drop=True)
    known = _written(rng, touches)
    unknown = _unknown(company, rng, deals)
    planted_frames = company.verse("planted")
    strangers = unknown[unknown["partner_id"] == STRANGER]
    return {
        "crm.opportunity_touches": planted.joined(
            planted.joined(known, unknown), planted_frames["planted.opportunity_touches"]
        ),
        "truth.outcomes": planted.joined(
            planted.joined(_truth(parts), _truth_of_unknown(strangers)),
            planted_frames["planted.outcomes"],
        ),
    }


STRANGER = "prt-unknown"
"""A partner id that no extract explains; facts keep its touches under `unknown`."""


def _in_time(
    company: Company, rng: np.random.Generator, deals: pd.DataFrame, parts: pd.DataFrame
) -> pd.DataFrame:
    """Touches no later than the close, none so early that it would undo a claim."""
    deal = parts["deal"].to_numpy()
    created, horizon = deals["created"].to_numpy()[deal], deals["horizon"].to_numpy()[deal]
    claims = company.verse("claims")["claims"]
    submitted = np.full(len(parts), NEVER)
    submitted[claims["part"].to_numpy()] = claims["submitted"].to_numpy()
    forced = parts["first_touch"].to_numpy().copy()
    claimed = claims["part"].to_numpy()
    forced[claimed] = np.maximum(forced[claimed], claims["first_touch"].to_numpy())

    meant = parts["touch"].to_numpy()
    size = len(parts)
    counts = np.select(
        [meant == PARTICIPATING, np.isin(meant, (IMPLEMENTATION, MENTION))],
        [1 + choose(rng, [4, 3, 2, 1], size), 1 + choose(rng, [3, 1], size)],
        0,
    )
    earliest = created - 15 * DAY
    earliest = np.where(submitted == NEVER, earliest, np.maximum(submitted - 6 * DAY, earliest))
    earliest = np.minimum(earliest, horizon)
    part, place = spread(counts)
    at = between(rng, earliest[part], horizon[part] + 1, len(part))
    at = np.where((place == 0) & (forced[part] != NEVER), forced[part], at)
    kind = _kinds(rng, meant[part], place)
    return pd.DataFrame(
        {
            "deal": deal[part],
            "partner": parts["partner"].to_numpy()[part],
            "at": at,
            "kind": kind,
        }
    )


def _kinds(rng: np.random.Generator, meant: Ints, place: Ints) -> Ints:
    """The type of each touch; the first one carries what is meant, lesser ones may follow."""
    size = len(meant)
    joins = choose(rng, [3, 2, 3, 2, 3, 2, 2], size)
    builds = FIRST_IMPLEMENTATION_TYPE + choose(rng, [2, 1], size)
    lesser = np.where(rng.random(size) < 0.3, MENTION_TYPE, builds)
    kind = np.where(
        meant == PARTICIPATING, joins, np.where(meant == IMPLEMENTATION, builds, MENTION_TYPE)
    )
    may_be_less = (place > 0) & np.isin(meant, (PARTICIPATING, IMPLEMENTATION))
    return np.where(may_be_less & (rng.random(size) < 0.25), lesser, kind)


def _after_close(
    company: Company, rng: np.random.Generator, deals: pd.DataFrame, parts: pd.DataFrame
) -> pd.DataFrame:
    """Touches after the close: all there is for some, aftercare for others."""
    deal = parts["deal"].to_numpy()
    closed = deals["closed"].to_numpy()[deal]
    meant = parts["touch"].to_numpy()
    has_after = (closed != NEVER) & (closed + DAY < company.end)
    cares = has_after & deals["is_won"].to_numpy()[deal] & (rng.random(len(parts)) < 0.12)
    cares &= meant != NO_TOUCH
    counts = np.where(meant == AFTER_CLOSE, 1 + choose(rng, [2, 1], len(parts)), cares * 1)
    part, _ = spread(counts.astype(np.int64))
    latest = np.minimum(closed + 60 * DAY, company.end)
    at = between(rng, closed[part] + 1, latest[part], len(part))
    anything = choose(rng, [2, 1, 2, 1, 1, 1, 2, 5, 4, 3], len(part))
    return pd.DataFrame(
        {
            "deal": deal[part],
            "partner": parts["partner"].to_numpy()[part],
            "at": at,
            "kind": np.where(
                meant[part] == AFTER_CLOSE, anything, FIRST_IMPLEMENTATION_TYPE + anything % 2
            ),
        }
    )


def _written(rng: np.random.Generator, touches: pd.DataFrame) -> pd.DataFrame:
    size = len(touches)
    kind = touches["kind"].to_numpy()
    role = np.where(rng.random(size) < 0.08, -1, ROLE_OF_TYPE[kind])
    evidence = np.where(rng.random(size) < 0.55, choose(rng, [1] * len(EVIDENCE), size), -1)
    return pd.DataFrame(
        {
            "touch_id": ids("tch", np.arange(size)),
            "opportunity_id": ids("opp", touches["deal"].to_numpy()),
            "partner_id": ids("prt", touches["partner"].to_numpy(), 5),
            "touched_at": instants(touches["at"].to_numpy()),
            "touch_type": words(TOUCH_TYPES, kind),
            "role": words(ROLES, role),
            "evidence": words(EVIDENCE, evidence),
        }
    )


def _unknown(company: Company, rng: np.random.Generator, deals: pd.DataFrame) -> pd.DataFrame:
    """Orphans: touches by a partner nobody knows, and touches on deals nobody knows."""
    every = np.arange(0, len(deals), UNKNOWN_EVERY)
    at = between(
        rng, deals["created"].to_numpy()[every], deals["horizon"].to_numpy()[every] + 1, len(every)
    )
    by_stranger = pd.DataFrame(
        {
            "touch_id": ids("tch-s", np.arange(len(every)), 5),
            "opportunity_id": ids("opp", every),
            "partner_id": STRANGER,
            "touched_at": instants(at),
            "touch_type": words(TOUCH_TYPES, choose(rng, [1] * 7, len(every))),
            "role": words(ROLES, np.full(len(every), 1)),
            "evidence": words(EVIDENCE, np.full(len(every), -1)),
        }
    )
    size = max(2, len(every) // 2)
    on_nothing = pd.DataFrame(
        {
            "touch_id": ids("tch-n", np.arange(size), 5),
            "opportunity_id": ids("opp-lost", np.arange(size), 5),
            "partner_id": ids("prt", np.zeros(size, dtype=np.int64), 5),
            "touched_at": instants(between(rng, company.start, company.end, size)),
            "touch_type": words(TOUCH_TYPES, choose(rng, [1] * 7, size)),
            "role": words(ROLES, np.full(size, 1)),
            "evidence": words(EVIDENCE, np.full(size, -1)),
        }
    )
    return planted.joined(by_stranger, on_nothing)


def _truth(parts: pd.DataFrame) -> pd.DataFrame:
    """The outcome of each part, straight from what was meant."""
    claim, touch = parts["claim"].to_numpy(), parts["touch"].to_numpy()
    reason_of_touch = np.array([2, 1, 3, 4, 5])
    reason = np.where(claim == VALID, 0, reason_of_touch[touch])
    outcome = np.where(claim == VALID, 0, np.where(touch == PARTICIPATING, 1, 2))
    failed = np.where((claim == VALID) | (claim == NONE), -1, claim)
    return pd.DataFrame(
        {
            "opportunity_id": ids("opp", parts["deal"].to_numpy()),
            "partner_id": ids("prt", parts["partner"].to_numpy(), 5),
            "outcome": words(OUTCOMES, outcome),
            "reason": words(REASONS, reason),
            "sourced_failure": words(CLAIMS, failed),
            "case": pd.Series([None] * len(parts), dtype="str"),
        }
    )


def _truth_of_unknown(touches: pd.DataFrame) -> pd.DataFrame:
    size = len(touches)
    return pd.DataFrame(
        {
            "opportunity_id": touches["opportunity_id"].to_numpy(),
            "partner_id": "unknown",
            "outcome": "influenced",
            "reason": "participated",
            "sourced_failure": pd.Series([None] * size, dtype="str"),
            "case": "touched_by_an_unknown_partner",
        }
    )
