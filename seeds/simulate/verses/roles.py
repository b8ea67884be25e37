"""The cast: partners who are planted to be promoted, warned, paused … at the last quarter end.

A role says which tier a partner holds by the programme and which one its life supports; the other
verses write lives that keep to it. Everybody else is ordinary: what they hold is what they live.
"""

from dataclasses import dataclass

import numpy as np

from seeds.simulate.draws import DAY, Bools, Ints

PLATFORM, SI, RESELLER, OEM, DATA_PROVIDER, REFERRAL = range(6)
REGISTERED, SILVER, GOLD, PLATINUM = range(4)
NOTHING = -1
COPY_EVERY = 60
"""The whole cast appears once for so many partners."""


@dataclass(frozen=True)
class Health:
    """What makes up a planted health: its band, and the points of its five dimensions."""

    band: str
    revenue: int
    activity: int
    engagement: int
    satisfaction: int | None
    fit: int
    won_before: int
    """US dollars won a year before the last quarter; and then in it."""
    won_now: int
    registrations: int
    answers: tuple[int, ...]


@dataclass(frozen=True)
class Role:
    """One part in the cast, and what must come of it at the last quarter end."""

    case: str
    kind: int
    tier: int
    life: int
    action: str = "hold"
    reason: str | None = "in_place"
    """None where more than one will do."""

    recommended: int = NOTHING
    rung: str = "none"
    rung_case: str | None = None
    is_drawn: bool = True
    """Whether chance may add deals to those the role needs."""
    sources: bool = True
    health: Health | None = None


PROMOTED_TO_SILVER = Role(
    "promoted_to_silver", RESELLER, REGISTERED, SILVER, "promote", "qualified_twice", SILVER
)
PROMOTED_TO_GOLD = Role(
    "promoted_to_gold", DATA_PROVIDER, SILVER, GOLD, "promote", "qualified_twice", GOLD
)
PROMOTED_TO_PLATINUM = Role(
    "promoted_to_platinum", SI, GOLD, PLATINUM, "promote", "qualified_twice", PLATINUM
)
PROMOTED_TO_THE_LOWER = Role(
    "promoted_to_the_lower_of_two_quarters",
    RESELLER,
    REGISTERED,
    GOLD,
    "promote",
    "qualified_twice",
    SILVER,
)
PAUSED = Role(
    "paused_without_a_contract", OEM, REGISTERED, REGISTERED, "pause", "no_active_contract"
)
HELD_FOR_COVERAGE = Role(
    "held_for_coverage", REFERRAL, SILVER, REGISTERED, "hold", "coverage", SILVER, is_drawn=False
)
DEMOTED = Role(
    "demoted_after_two_misses",
    SI,
    SILVER,
    SILVER,
    "demote",
    "misses",
    REGISTERED,
    rung="training",
    rung_case="steps_back_from_probation",
)
DEMOTED_FOR_SALES = Role(
    "demoted_for_want_of_sales",
    RESELLER,
    GOLD,
    GOLD,
    "demote",
    "misses",
    SILVER,
    sources=False,
)
WARNED = Role(
    "warned_at_the_first_miss",
    SI,
    GOLD,
    GOLD,
    "warn",
    "first_miss",
    GOLD,
    rung="training",
    rung_case="first_quarter_below_sixty",
)
SILENT = Role(
    "exits_after_a_silent_year",
    SI,
    SILVER,
    REGISTERED,
    "exit",
    "inactive",
    rung="offboarding_review",
    rung_case="three_quarters_below_sixty",
    is_drawn=False,
)
SILENT_WHILE_REGISTERED = Role(
    "exits_after_a_silent_half_year",
    SI,
    REGISTERED,
    REGISTERED,
    "exit",
    "inactive",
    rung="offboarding_review",
    rung_case="two_quarters_below_forty",
    is_drawn=False,
)
PROVISIONAL = Role(
    "held_in_its_first_months", RESELLER, SILVER, REGISTERED, "hold", "provisional", SILVER
)
ON_PROBATION = Role(
    "on_probation",
    SI,
    REGISTERED,
    REGISTERED,
    recommended=REGISTERED,
    rung="probation",
    rung_case="two_quarters_below_sixty",
)
STAYS_ON_PROBATION = Role(
    "stays_on_probation",
    SI,
    REGISTERED,
    REGISTERED,
    recommended=REGISTERED,
    rung="probation",
    rung_case="between_sixty_and_seventy_after_probation",
)


def _healthy(kind: int, health: Health) -> Role:
    return Role(
        f"health_{health.band.lower().replace('-', '_')}",
        kind,
        REGISTERED,
        REGISTERED,
        reason=None,
        recommended=REGISTERED,
        is_drawn=False,
        health=health,
    )


CHAMPION = _healthy(
    RESELLER, Health("Champion", 30, 25, 20, 15, 10, 40_000, 60_000, 6, (9, 9, 10, 10))
)
HEALTHY = _healthy(REFERRAL, Health("Healthy", 20, 20, 15, 10, 5, 40_000, 44_000, 3, (9, 10, 4)))
AT_RISK = _healthy(RESELLER, Health("At-risk", 10, 10, 15, 5, 5, 40_000, 40_000, 2, (9, 8, 3)))
CRITICAL = _healthy(REFERRAL, Health("Critical", 0, 10, 10, 0, 5, 40_000, 20_000, 1, (7, 5, 2, 6)))
CHURNING = _healthy(RESELLER, Health("Churning", 0, 0, 0, None, 0, 0, 0, 0, (3, 9)))

OF_HEALTH = (CHAMPION, HEALTHY, AT_RISK, CRITICAL, CHURNING)

FIRST = (
    None,
    PROMOTED_TO_PLATINUM,
    PROMOTED_TO_SILVER,
    PAUSED,
    PROMOTED_TO_GOLD,
    HELD_FOR_COVERAGE,
)
"""The first six partners, one of each type; the first four hold their tiers for contested deals."""

OTHERS = (
    PROMOTED_TO_THE_LOWER,
    DEMOTED,
    WARNED,
    SILENT,
    SILENT_WHILE_REGISTERED,
    PROVISIONAL,
    ON_PROBATION,
    *OF_HEALTH,
    DEMOTED_FOR_SALES,
    STAYS_ON_PROBATION,
)
WHOLE_CAST_FROM = len(FIRST) + len(OTHERS)
"""The number of partners from which every role is played; smaller companies play the first ones."""


def cast(size: int) -> list[Role | None]:
    """The role of every partner, None for an ordinary one."""
    players: list[Role | None] = [*FIRST, *OTHERS]
    for _ in range(size // COPY_EVERY - 1):
        players += [*FIRST[1:], *OTHERS]
    return (players + [None] * size)[:size]


def playing(roles: list[Role | None], *wanted: Role) -> Ints:
    """The numbers of the partners who play one of these roles."""
    return np.array(
        [number for number, role in enumerate(roles) if role is not None and role in wanted],
        dtype=np.int64,
    )


def is_ordinary(roles: list[Role | None]) -> Bools:
    """Which partners have no role."""
    return np.array([role is None for role in roles], dtype=np.bool_)


NEWCOMER_SIGNED = 160 * DAY
"""How long before the last quarter end a provisional newcomer signed: within its first 6 months."""
