"""Business that keeps its beat: deals that what a partner lives rests on, whatever chance adds.

In any twelve months of the last two years a partner's own beat alone passes the gates of the tier
its life supports, by a margin: what it sources and wins, and the pipeline it takes part in.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from seeds.simulate.company import Company
from seeds.simulate.draws import DAY, HOUR, NEVER, Ints, between, spread
from seeds.simulate.verses.roles import (
    DEMOTED_FOR_SALES,
    GOLD,
    HELD_FOR_COVERAGE,
    PLATINUM,
    SILENT,
    SILENT_WHILE_REGISTERED,
    SILVER,
    cast,
    playing,
)

BEATS_BEGIN = 9
"""Beats begin so many quarters ago, or with the history if that is longer."""

JOIN_EVERY = 50 * DAY
"""Partners without a beat take part in a deal of others so often: they are weak, not silent."""

NO_SALES_SINCE = 5
"""So many quarters ago the partner in want of sales won its last deal: a year, and the two quarters
at whose ends it misses."""


@dataclass(frozen=True)
class Beat:
    """A deal every `gap` days, open for about `open_days`, of an amount in US dollars."""

    is_sourced: bool
    is_won: bool
    gap: int
    open_days: int
    least: int
    most: int


BEATS = {
    SILVER: (
        Beat(is_sourced=True, is_won=True, gap=85, open_days=50, least=14_000, most=20_000),
        Beat(is_sourced=False, is_won=False, gap=85, open_days=90, least=36_000, most=46_000),
    ),
    GOLD: (
        Beat(is_sourced=True, is_won=True, gap=60, open_days=50, least=30_000, most=40_000),
        Beat(is_sourced=False, is_won=True, gap=90, open_days=60, least=60_000, most=80_000),
        Beat(is_sourced=False, is_won=False, gap=55, open_days=100, least=62_000, most=80_000),
    ),
    PLATINUM: (
        Beat(is_sourced=True, is_won=True, gap=45, open_days=55, least=85_000, most=110_000),
        Beat(is_sourced=False, is_won=True, gap=50, open_days=55, least=95_000, most=120_000),
        Beat(is_sourced=False, is_won=False, gap=40, open_days=110, least=130_000, most=170_000),
    ),
}


def deals(company: Company, rng: np.random.Generator) -> pd.DataFrame:
    """The deals of every beat and role: partner, created, closed, is_won, is_sourced, usd."""
    rows = pd.concat([_beats(company, rng), _of_roles(company, rng)], ignore_index=True)
    rows = rows[rows["created"] < company.end - DAY]
    is_open = rows["closed"] >= company.end
    rows["closed"] = rows["closed"].mask(is_open | (rows["closed"] == NEVER), NEVER)
    rows["is_won"] &= rows["closed"] != NEVER
    return rows.sort_values(["created", "partner"], kind="stable").reset_index(drop=True)


def _beats(company: Company, rng: np.random.Generator) -> pd.DataFrame:
    traits = company.verse("partners")["traits"]
    life = traits["life"].to_numpy()
    first = min(company.start, company.quarter_end(BEATS_BEGIN))
    stopped = playing(cast(len(traits)), DEMOTED_FOR_SALES)
    parts = []
    for tier, beats in BEATS.items():
        for beat in beats:
            partner = np.flatnonzero(life == tier)
            begins = first + between(rng, 0, beat.gap * DAY, len(partner))
            owner, place = spread((company.end - begins) // (beat.gap * DAY) + 1)
            size = len(owner)
            created = begins[owner] + place * beat.gap * DAY
            created += np.floor(np.clip(rng.normal(13, 2.5, size), 7, 20) * HOUR).astype(np.int64)
            closed = created + between(
                rng, (beat.open_days - 8) * DAY, (beat.open_days + 8) * DAY, size
            )
            parts.append(
                pd.DataFrame(
                    {
                        "partner": partner[owner],
                        "created": created,
                        "closed": closed,
                        "is_won": beat.is_won,
                        "is_sourced": beat.is_sourced,
                        "usd": rng.integers(beat.least // 250, beat.most // 250, size) * 250.0,
                    }
                )
            )
    beaten = pd.concat(parts, ignore_index=True)
    is_late = beaten["is_sourced"] & (beaten["closed"] >= company.quarter_end(NO_SALES_SINCE))
    return beaten[~(is_late & beaten["partner"].isin(stopped))]


def _of_roles(company: Company, rng: np.random.Generator) -> pd.DataFrame:
    """The few deals of roles that leave nothing to chance."""
    rows = []
    for number, role in enumerate(cast(company.scale.partners)):
        noon = company.quarter_end() + 12 * HOUR + int(rng.integers(0, 2 * HOUR))
        if role is SILENT:
            rows += [_won(number, noon - days * DAY, 60, 24_000) for days in (700, 620, 540, 480)]
        elif role is SILENT_WHILE_REGISTERED:
            rows += [_won(number, noon - days * DAY, 60, 16_000) for days in (420, 340)]
        elif role is DEMOTED_FOR_SALES:
            large = company.quarter_end(NO_SALES_SINCE) - 50 * DAY + 12 * HOUR
            rows.append(_won(number, large - 60 * DAY, 60, 150_000))
        elif role is HELD_FOR_COVERAGE:
            rows.append(_open(number, noon - 80 * DAY, 18_000))
        elif role is not None and role.health is not None:
            # One still open, one won in the middle of the quarter, one a year before.
            rows.append(_open(number, noon - 100 * DAY, 12_000))
            for won, years in ((role.health.won_now, 0), (role.health.won_before, 1)):
                if won:
                    rows.append(_won(number, noon - (150 + 365 * years) * DAY, 105, won))
    return pd.DataFrame(
        rows, columns=["partner", "created", "closed", "is_won", "is_sourced", "usd"]
    )


def _won(partner: int, created: int, open_days: int, usd: float) -> tuple[object, ...]:
    """A deal it sources and that is won after so many days."""
    return partner, created, created + open_days * DAY, True, True, float(usd)


def _open(partner: int, created: int, usd: float) -> tuple[object, ...]:
    """A deal of others it takes part in, still open."""
    return partner, created, NEVER, False, False, float(usd)


def promised(company: Company) -> tuple[Ints, Ints]:
    """Registrations of planted health, beyond those of deals: partner and submission of each."""
    partners, submitted = [], []
    for number, role in enumerate(cast(company.scale.partners)):
        if role is not None and role.health is not None:
            for place in range(role.health.registrations):
                partners.append(number)
                submitted.append(company.quarter_end() - (8 + 12 * place) * DAY + 10 * HOUR)
    return np.array(partners, dtype=np.int64), np.array(submitted, dtype=np.int64)
