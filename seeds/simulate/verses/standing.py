"""Where every partner must be found at the last quarter end: a truth told by its role alone."""

import numpy as np
import pandas as pd

from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import DAY, ids, words
from seeds.simulate.verses.partners import TIERS
from seeds.simulate.verses.roles import NOTHING, PROVISIONAL, SI, cast

TELLING_WEEKS = 70
"""Of a shorter history not enough is known to hold it to its truth."""


def write(company: Company, rng: np.random.Generator) -> Frames:
    """The truths of movement (all partners), remediation (all integrators) and planted health.

    A partner who signed after the last quarter end is not judged at it. Ordinary partners hold what
    they have, whatever the reason; planted ones for the reason told. A health without a band is one
    whose revenue alone is told: not applicable. Told for a history of `TELLING_WEEKS` or more.
    """
    del rng
    traits = company.verse("partners")["traits"]
    last = company.quarter_end()
    told = company.scale.weeks >= TELLING_WEEKS
    number = np.flatnonzero(told & (traits["signed_at"].to_numpy() < last))
    players = cast(len(traits))
    roles = [players[place] for place in number.tolist()]
    tier = traits["tier"].to_numpy()[number]
    recommended = np.array(
        [
            held if role is None else role.recommended
            for role, held in zip(roles, tier, strict=True)
        ],
        dtype=np.int64,
    )
    return {
        "truth.movements": pd.DataFrame(
            {
                "partner_id": ids("prt", number, 5),
                "quarter_end": _day(last, len(number)),
                "action": _texts([role.action if role else "hold" for role in roles]),
                "current_tier": words(TIERS, tier),
                "recommended_tier": words(TIERS, np.where(recommended == NOTHING, -1, recommended)),
                "reason": _texts([role.reason if role else None for role in roles]),
                "case": _texts([role.case if role else None for role in roles]),
            }
        ),
        "truth.remediation": _remediation(company, number),
        "truth.health": _health(company, number),
    }


def _remediation(company: Company, number: np.ndarray) -> pd.DataFrame:
    traits = company.verse("partners")["traits"]
    roles = cast(len(traits))
    integrators = number[traits["kind"].to_numpy()[number] == SI]
    played = [roles[place] for place in integrators.tolist()]
    return pd.DataFrame(
        {
            "partner_id": ids("prt", integrators, 5),
            "quarter_end": _day(company.quarter_end(), len(integrators)),
            "rung": _texts([role.rung if role else "none" for role in played]),
            "case": _texts([role.rung_case if role else None for role in played]),
        }
    )


def _health(company: Company, number: np.ndarray) -> pd.DataFrame:
    roles = cast(company.scale.partners)
    rows = [
        (place, role.health, "newcomer_without_a_year" if role is PROVISIONAL else role.case)
        for place in number.tolist()
        if (role := roles[place]) is not None and (role is PROVISIONAL or role.health is not None)
    ]
    healths = [health for _, health, _ in rows]

    def points(name: str) -> pd.Series:
        values = [None if health is None else getattr(health, name) for health in healths]
        return pd.Series(values, dtype="Int64")

    return pd.DataFrame(
        {
            "partner_id": ids("prt", np.array([place for place, _, _ in rows], dtype=np.int64), 5),
            "quarter_end": _day(company.quarter_end(), len(rows)),
            "health_band": _texts([health.band if health else None for health in healths]),
            "revenue_points": points("revenue"),
            "activity_points": points("activity"),
            "engagement_points": points("engagement"),
            "satisfaction_points": points("satisfaction"),
            "strategic_fit_points": points("fit"),
            "case": _texts([case for _, _, case in rows]),
        }
    )


def _texts(values: list[str] | list[str | None]) -> pd.Series:
    return pd.Series(values, dtype="str")


def _day(last: int, size: int) -> pd.Series:
    """The last day of the quarter, so many times."""
    day = np.datetime64(last - DAY, "s").astype("datetime64[D]")
    return pd.Series([str(day)] * size, dtype="str")
