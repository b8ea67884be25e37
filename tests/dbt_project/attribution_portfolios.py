"""Small random portfolios on a coarse grid of time, so that ties, gaps of exactly 30 and ends of
exactly 90 days are common."""

import random
from datetime import datetime, timedelta

from attribution_oracle import DAY, Deal, Event, Partner, Portfolio, Registration, Touch

START = datetime(2025, 1, 1)
AS_OF_END = START + 240 * DAY
SECOND = timedelta(seconds=1)
TOUCH_TYPES = ("lead", "demo", "marketing", "proposal", "mention", "implementation", "support")


def instant(rng: random.Random, low: int = 0, high: int = 27) -> datetime:
    """A point of the ten-day grid, at times a second off; the end of the as-of date is 24."""
    return START + 10 * DAY * rng.randint(low, high) + rng.choice((0, 0, 0, 0, 1, -1)) * SECOND


def maybe(rng: random.Random, share: float, value: datetime) -> datetime | None:
    return value if rng.random() < share else None


def portfolio(number: int) -> Portfolio:
    """The portfolio of that number: a few partners, one or two accounts, one to three deals."""
    rng = random.Random(number)
    prefix = f"{number:04d}"
    partners = [
        Partner(
            f"{prefix}-p{index}",
            rng.choice((None, "registered", "silver", "gold", "gold", "platinum")),
            maybe(rng, 0.7, START + 10 * DAY * rng.randint(0, 20)),
        )
        for index in range(3)
    ]
    names = [p.partner_id for p in partners] + [f"{prefix}-stranger"]
    weights = (4, 4, 3, 1)
    accounts = [f"{prefix}-a{index}" for index in range(rng.choice((1, 1, 2)))]
    deals = [_deal(rng, f"{prefix}-o{index}", accounts) for index in range(rng.randint(1, 3))]
    registrations = [
        _registration(
            rng, f"{prefix}-r{index}", rng.choices(names, weights)[0], rng.choice(accounts), deals
        )
        for index in range(rng.randint(0, 4))
    ]
    touches = []
    for deal in deals:
        for _ in range(rng.randint(0, 5)):
            at = instant(rng)
            if registrations and rng.random() < 0.35:
                claim = rng.choice(registrations)
                at = claim.submitted_at - rng.choice((6, 7, 7, 8)) * DAY
                at += rng.choice((-1, 0, 0, 1)) * SECOND
            elif deal.closed_at is not None and rng.random() < 0.3:
                at = deal.closed_at + rng.choice((-1, 0, 0, 1)) * SECOND
            touches.append(
                Touch(
                    deal.opportunity_id,
                    rng.choices(names, weights)[0],
                    at,
                    rng.choice(TOUCH_TYPES),
                )
            )
    direct = {account: maybe(rng, 0.4, instant(rng, 2, 20)) for account in accounts}
    return Portfolio(partners, deals, touches, registrations, direct)


def _deal(rng: random.Random, key: str, accounts: list[str]) -> Deal:
    created = instant(rng, 6, 25)
    is_closed = rng.random() < 0.6
    closed = created + 10 * DAY * rng.randint(0, 8) if is_closed and rng.random() < 0.95 else None
    return Deal(
        key,
        rng.choice([*accounts, *accounts, *accounts, None]),
        rng.choice(("new", "new", "expansion", "renewal")),
        rng.choice((None, 0, 1, 2, 3, 6, -2, -6, 100_001, 2_500_000)),
        created,
        closed,
        is_closed,
        is_closed and rng.random() < 0.6,
    )


def _registration(
    rng: random.Random, key: str, partner: str, account: str, deals: list[Deal]
) -> Registration:
    deal = rng.choice(deals)
    submitted = instant(rng, 0, 22)
    if rng.random() < 0.6:
        submitted = deal.created_at - 10 * DAY * rng.choice((0, 0, 1, 2, 3, 5, 9, 10, 12))
        submitted += rng.choice((0, 0, 0, 1, -1)) * SECOND
    wait = rng.choice((0 * DAY, 2 * DAY, 2 * DAY + SECOND, 10 * DAY, 20 * DAY, 40 * DAY))
    if deal.closed_at is not None and rng.random() < 0.15:
        wait = max(deal.closed_at - submitted + rng.choice((0, 0, 1)) * SECOND, 0 * DAY)
    decision = rng.choice(("approved",) * 7 + ("rejected", "pending", None))
    responded = submitted + wait if decision in ("approved", "rejected") else None
    if rng.random() < 0.04:
        responded = None
    named = deal.opportunity_id if rng.random() < 0.6 else None
    if rng.random() < 0.03:
        named = f"{key}-nowhere"
    return Registration(
        key,
        partner,
        account,
        named,
        submitted,
        responded,
        decision,
        _events(rng, submitted, responded),
    )


def _events(
    rng: random.Random, submitted: datetime, responded: datetime | None
) -> tuple[Event, ...]:
    """Up to eight events, of each kind, often just within or just past what is allowed."""
    events = []
    at = rng.choice((submitted, responded or submitted))
    for _ in range(rng.choice((0, 1, 3, 5, 8))):
        at += rng.choice((0, 10, 20, 25, 30, 30, 30, 40)) * DAY + rng.choice((0, 0, 0, 1)) * SECOND
        event = rng.choice(("activity", "activity", "activity", "renewal", "renewal", "reopening"))
        events.append(
            Event(
                event,
                at,
                has_proof=event == "renewal" and rng.random() < 0.75,
                by_role=rng.choice(("vp", "vp", "manager", None)) if event == "reopening" else None,
            )
        )
    return tuple(events)
