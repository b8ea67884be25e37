"""The six splits of a won deal in plain Python, from spec 3, with fractions.

Deliberately another shape than the models: one deal at a time, each model a function from the
touches in their order to exact shares by partner.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from itertools import groupby

PARTICIPATING = frozenset(
    ("lead", "intro", "demo", "technical_validation", "proposal", "negotiation", "marketing")
)
DELIVERY = frozenset(("implementation", "support"))
SHARE_UNITS = 10**12
UNATTRIBUTED = "unattributed"

Shares = dict[str, Fraction]
Cell = tuple[str, str, str, Decimal, int | None, date | None]


@dataclass(frozen=True)
class Rules:
    """What attribution_settings and role_pools say on one day."""

    first_share: Fraction = Fraction(2, 5)
    last_share: Fraction = Fraction(2, 5)
    half_life_days: Decimal = Decimal(30)
    collapses: bool = False
    needs_evidence: bool = False
    lookback_days: int | None = None
    pools: tuple[tuple[str, Fraction], ...] = (
        ("sourcer", Fraction(2, 5)),
        ("influencer", Fraction(1, 5)),
        ("implementer", Fraction(1, 5)),
        ("closer", Fraction(1, 5)),
    )


@dataclass(frozen=True)
class Deal:
    opportunity_id: str
    amount: Decimal | None
    currency: str | None
    created_at: datetime
    closed_at: datetime | None
    is_won: bool


@dataclass(frozen=True)
class Touch:
    touch_id: str
    opportunity_id: str
    partner_id: str
    touched_at: datetime
    touch_type: str
    role: str | None
    evidence: str | None


def counted(
    deal: Deal, touches: Iterable[Touch], types: frozenset[str], rules: Rules
) -> list[Touch]:
    """The touches of those types that a deal may be split by, in their order."""
    earliest = None
    if deal.closed_at is not None and rules.lookback_days is not None:
        earliest = deal.closed_at - timedelta(days=rules.lookback_days)
    return sorted(
        (
            touch
            for touch in touches
            if touch.touch_type in types
            and (deal.closed_at is None or touch.touched_at <= deal.closed_at)
            and (earliest is None or touch.touched_at >= earliest)
            and (not rules.needs_evidence or (touch.evidence or "").strip())
        ),
        key=lambda touch: (touch.touched_at, touch.touch_id),
    )


def in_line(touches: Sequence[Touch], rules: Rules) -> list[Touch]:
    """Every touch, or of each run by one partner the first."""
    if not rules.collapses:
        return list(touches)
    return [next(run) for _, run in groupby(touches, key=lambda touch: touch.partner_id)]


def by_partner(touches: Sequence[Touch], weights: Sequence[Fraction]) -> Shares:
    total, shares = sum(weights), defaultdict[str, Fraction](Fraction)
    for touch, weight in zip(touches, weights, strict=True):
        if weight:
            shares[touch.partner_id] += weight / total
    return shares


def first_touch(line: Sequence[Touch], _: Rules) -> Shares:
    return {line[0].partner_id: Fraction(1)}


def last_touch(line: Sequence[Touch], _: Rules) -> Shares:
    return {line[-1].partner_id: Fraction(1)}


def linear(line: Sequence[Touch], _: Rules) -> Shares:
    return by_partner(line, [Fraction(1)] * len(line))


def position_based(line: Sequence[Touch], rules: Rules) -> Shares:
    if len(line) <= 2:
        return linear(line, rules)
    between = (1 - rules.first_share - rules.last_share) / (len(line) - 2)
    return by_partner(line, [rules.first_share, *[between] * (len(line) - 2), rules.last_share])


def time_decay(line: Sequence[Touch], rules: Rules) -> Shares:
    """Weights of the last touch's to fifteen places: the powers themselves have no end."""
    with localcontext() as context:
        context.prec = 60
        weights = []
        for touch in line:
            away = line[-1].touched_at - touch.touched_at
            seconds = Decimal(away // timedelta(microseconds=1)) / 10**6
            weight = Decimal(2) ** (-seconds / 86_400 / rules.half_life_days)
            weights.append(Fraction((weight * 10**15).quantize(Decimal(1), ROUND_HALF_UP)))
    return by_partner(line, weights)


def role_based(touches: Sequence[Touch], rules: Rules) -> Shares:
    partners = {
        role: sorted({touch.partner_id for touch in touches if touch.role == role})
        for role, pool in rules.pools
        if pool
    }
    filled = sum(pool for role, pool in rules.pools if partners.get(role))
    shares = defaultdict[str, Fraction](Fraction)
    for role, pool in rules.pools:
        for partner in partners.get(role, ()):
            shares[partner] += pool / filled / len(partners[role])
    return shares


IN_LINE: Mapping[str, Callable[[Sequence[Touch], Rules], Shares]] = {
    "first_touch": first_touch,
    "last_touch": last_touch,
    "linear": linear,
    "position_based": position_based,
    "time_decay": time_decay,
}


def largest_remainder(shares: Mapping[str, Fraction], whole: int) -> dict[str, int]:
    """Whole units by partner, the sign of the whole restored."""
    exact = {partner: share * abs(whole) for partner, share in shares.items()}
    parts = {partner: int(part) for partner, part in exact.items()}
    left = abs(whole) - sum(parts.values())
    for partner in sorted(exact, key=lambda key: (parts[key] - exact[key], key))[:left]:
        parts[partner] += 1
    return {partner: part if whole >= 0 else -part for partner, part in parts.items()}


def splits(deal: Deal, cents: int | None, touches: Sequence[Touch], rules: Rules) -> Iterable[Cell]:
    """What fct_attribution says of a won deal: its touches with their known partners."""
    line = in_line(counted(deal, touches, PARTICIPATING, rules), rules)
    admitted = counted(deal, touches, PARTICIPATING | DELIVERY, rules)
    told = {model: split(line, rules) if line else {} for model, split in IN_LINE.items()}
    told["role_based"] = role_based(admitted, rules)
    closed_on = deal.closed_at.date() if deal.closed_at else None
    for model, earned in told.items():
        shares = earned or {UNATTRIBUTED: Fraction(1)}
        units = largest_remainder(shares, SHARE_UNITS)
        parts = None if cents is None else largest_remainder(shares, cents)
        for partner, unit in units.items():
            yield (
                deal.opportunity_id,
                partner,
                model,
                Decimal(unit).scaleb(-12),
                None if parts is None else parts[partner],
                closed_on,
            )
