"""How far each partner has come since it applied: long ago for most, still under way for some."""

import numpy as np
import pandas as pd

from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import DAY, HOUR, NEVER, Ints, between, dates, ids, instants, reach, words
from seeds.simulate.verses.deals import PARTICIPATING, VALID

STAGES = ("security", "sandbox", "certification", "first_success", "done")
"""What a partner is waiting for."""

STEPS = ((12, 40), (5, 18), (15, 45), (20, 110))
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
    stalls = np.where(is_new & (rng.random(size) < 0.55), between(rng, 2, 5, size), len(STAGES))
    stalls = np.where(is_prospect, 1, stalls)
    for step in range(1, len(days)):
        gone = (stalls <= step) | (days[step] >= company.end) | (days[step - 1] == NEVER)
        days[step] = np.where(gone, NEVER, days[step])
    moments = np.stack(days)
    newest = moments.max(axis=0)
    reached = (moments != NEVER).sum(axis=0) - 1
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
                "case": pd.Series([None] * size, dtype="str"),
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
