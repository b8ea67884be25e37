"""What partners' people do in portal and training: every week, now and then, once, or never."""

import numpy as np
import pandas as pd

from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import (
    DAY,
    HOUR,
    Ints,
    between,
    choose,
    ids,
    instants,
    reach,
    spread,
    words,
)
from seeds.simulate.verses.roles import REGISTERED, cast

ACTIVITIES = ("portal_login", "training_completed", "content_download", "webinar", "office_hours")
GAPS = np.array([7, 15, 30, 60, 400])
"""Days between logins: every week, twice a month, monthly, every other month, hardly ever."""

GAP_OF_POINTS = {20: 7, 15: 15, 10: 91, 0: 0}
"""The beat that gives a planted health its points; 91 days are once in the quarter, 0 is never."""

LONGEST = 800 * DAY
"""How far back the portal remembers."""


def write(company: Company, rng: np.random.Generator) -> Frames:
    """`crm.enablement_activity`: logins on a beat, and what people learn in between."""
    traits = company.verse("partners")["traits"]
    begins, gap = _beats(company, rng, traits)
    known = np.maximum(company.end - begins, 0)
    counts = np.where(gap > 0, known // (np.maximum(gap, 1) * DAY) + 1, 0)
    partner, place = spread(counts)
    at = (
        begins[partner] + place * gap[partner] * DAY + between(rng, 7 * HOUR, 19 * HOUR, len(place))
    )
    eager = np.where(gap == 0, 0.0, np.minimum(30 / np.maximum(gap, 1), 3.0))
    learner, _ = spread(rng.poisson(eager * 1.5 * known / (365 * DAY)))
    learned = between(rng, begins[learner], company.end, len(learner))
    kind = np.concatenate(
        [np.zeros(len(at), dtype=np.int64), 1 + choose(rng, [4, 3, 2, 1], len(learner))]
    )
    partner, at = np.concatenate([partner, learner]), np.concatenate([at, learned])
    keep = at < company.end
    partner, at, kind = partner[keep], at[keep], kind[keep]
    order = np.argsort(at, kind="stable")
    partner, at, kind = partner[order], at[order], kind[order]
    person = partner * 4 + choose(rng, [4, 3, 2, 1], len(at))
    return {
        "crm.enablement_activity": pd.DataFrame(
            {
                "activity_id": ids("act", np.arange(len(at))),
                "partner_id": ids("prt", partner, 5),
                "person_id": ids("usr", np.where(rng.random(len(at)) < 0.05, -1, person), 6),
                "activity_type": words(ACTIVITIES, kind),
                "occurred_at": instants(reach(at, company.end)),
            }
        )
    }


def _beats(company: Company, rng: np.random.Generator, traits: pd.DataFrame) -> tuple[Ints, Ints]:
    """Midnight of each partner's first login, and the days between its logins (0 = never)."""
    size = len(traits)
    is_ranked = traits["life"].to_numpy() > REGISTERED
    mood = np.where(
        is_ranked, choose(rng, [5, 3, 2, 0, 0], size), choose(rng, [2, 2, 2, 2, 2], size)
    )
    gap = GAPS[mood]
    begins = np.maximum(traits["signed_at"].to_numpy(), company.end - LONGEST)
    begins += between(rng, 0, gap * DAY, size)
    begins -= begins % DAY
    for number, role in enumerate(cast(size)):
        if role is not None and role.health is not None:
            gap[number] = GAP_OF_POINTS[role.health.engagement]
            if gap[number] == 91:
                begins[number] = company.quarter_end() - 45 * DAY - 8 * 91 * DAY
    return begins, gap
