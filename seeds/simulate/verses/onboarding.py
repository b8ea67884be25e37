"""How far each partner has come since it applied: long ago for most, still under way for some."""

import numpy as np
import pandas as pd

from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import DAY, HOUR, NEVER, Ints, between, dates, ids, instants, reach, words
from seeds.simulate.verses.deals import PARTICIPATING, VALID
from seeds.simulate.verses.roles import REGISTERED

STAGES = ("security", "sandbox", "certification", "first_success", "complete")
"""What a partner is waiting for."""

STAGE_DAYS = np.array([14, 7, 30])
"""How long each of the first stages may take before a partner is said to be stuck."""

SUCCESS_DAYS = np.array([120, 90, 60, 45])
"""From the day it applied to its first success, by tier from registered to platinum."""

PLANTED = (
    ("in_security_for_14_days", 3, (14,)),
    ("in_security_for_15_days", 17, (15,)),
    ("in_the_sandbox_for_7_days", 16, (18, 7)),
    ("in_the_sandbox_for_8_days", 10, (18, 8)),
    ("to_be_certified_for_30_days", 14, (50, 40, 30)),
    ("to_be_certified_for_31_days", 15, (50, 40, 31)),
    ("without_success_for_120_days", 12, (120, 100, 90, 80)),
    ("without_success_for_121_days", 19, (121, 100, 90, 80)),
)
"""Case, partner without a tier, and how many days ago it took each step: it begins anew."""

STEPS = ((6, 16), (3, 8), (12, 34), (15, 70))
"""Least and most days from one stage to the next for whoever does not stall."""


def write(company: Company, rng: np.random.Generator) -> Frames:
    """`crm.onboardings`, and the stage in which each partner stands."""
    traits = company.verse("partners")["traits"]
    status = company.verse("partners")["crm.partners"]["status"].to_numpy()
    size = len(traits)
    signed = traits["signed_at"].to_numpy()
    applied = signed - between(rng, 20, 50, size) * DAY
    # Of those who never signed the security review is still going on.
    is_prospect = status == "prospect"
    applied = np.where(is_prospect, company.end - between(rng, 5, 60, size) * DAY, applied)
    at = applied - applied % DAY
    days = [at]
    for least, most in STEPS:
        at = at + between(rng, least, most + 1, size) * DAY
        days.append(at)
    # A newcomer without a deal of its own has not got there, whatever its beat.
    is_new = signed > company.end - 300 * DAY
    won = _first_wins(company, size)
    days[4] = np.where(is_new, np.where(won == NEVER, NEVER, np.maximum(won, days[3])), days[4])
    tier = traits["tier"].to_numpy()
    is_slow = is_new & (tier == REGISTERED) & (rng.random(size) < 0.55)
    stalls = np.where(is_slow, between(rng, 2, 5, size), len(STAGES))
    stalls = np.where(is_prospect, 1, stalls)
    for step in range(1, len(days)):
        gone = (stalls <= step) | (days[step] >= company.end) | (days[step - 1] == NEVER)
        days[step] = np.where(gone, NEVER, days[step])
    moments, case = np.stack(days), np.full(size, None, dtype=object)
    today = company.end - DAY
    for name, number, ago in PLANTED:
        if number < size:
            moments[:, number] = NEVER
            moments[: len(ago), number] = today - np.array(ago) * DAY
            case[number] = name
    newest = moments.max(axis=0)
    reached = (moments != NEVER).sum(axis=0) - 1
    waits_since = np.where(reached < len(STAGE_DAYS), newest, moments[0])
    may_wait = np.where(
        reached < len(STAGE_DAYS), STAGE_DAYS[np.minimum(reached, 2)], SUCCESS_DAYS[tier]
    )
    is_stuck = (reached < len(STEPS)) & (today - waits_since > may_wait * DAY)
    partner_id = ids("prt", np.arange(size), 5)
    columns = ("intake_on", "security_cleared_on", "sandbox_ready_on", "certified_on")
    return {
        "crm.onboardings": pd.DataFrame(
            {
                "partner_id": partner_id,
                **{name: dates(at) for name, at in zip(columns, moments, strict=False)},
                "first_success_on": dates(moments[4]),
                "updated_at": instants(
                    reach(
                        np.minimum(newest + between(rng, HOUR, DAY, size), company.end - 1),
                        company.end,
                    )
                ),
            }
        ),
        "truth.onboardings": pd.DataFrame(
            {
                "partner_id": partner_id,
                "stage": words(STAGES, reached),
                "is_stuck": is_stuck & (status != "offboarded"),
                "case": pd.Series(case, dtype="str"),
            }
        ),
    }


def _first_wins(company: Company, size: int) -> Ints:
    """The day each partner first won a deal or had a part in one, NEVER without."""
    deals, parts = company.verse("deals")["deals"], company.verse("deals")["parts"]
    takes_part = (parts["claim"] == VALID) | (parts["touch"] == PARTICIPATING)
    rows = parts[takes_part].merge(deals[["is_won", "closed"]], left_on="deal", right_index=True)
    first = rows[rows["is_won"]].groupby("partner")["closed"].min()
    won = np.full(size, NEVER)
    won[first.index.to_numpy()] = first.to_numpy() - first.to_numpy() % DAY
    return won
