"""The companies of the programme, and the traits that drive everything they do."""

import numpy as np
import pandas as pd

from seeds.simulate import names
from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import (
    DAY,
    NEVER,
    YEAR,
    Bools,
    Floats,
    Ints,
    between,
    choose,
    dates,
    flags,
    ids,
    instants,
    reach,
    words,
)
from seeds.simulate.verses.roles import (
    DATA_PROVIDER,
    GOLD,
    HELD_FOR_COVERAGE,
    NEWCOMER_SIGNED,
    PLATINUM,
    PROVISIONAL,
    REGISTERED,
    SI,
    SILENT,
    Role,
    cast,
    is_ordinary,
    playing,
)

PARTNER_TYPES = ("platform", "si", "reseller", "oem", "data_provider", "referral")
TYPE_SHARES = [0.14, 0.21, 0.24, 0.10, 0.12, 0.19]
TIERS = ("registered", "silver", "gold", "platinum")
STATUSES = ("prospect", "active", "paused", "offboarded")
OFFBOARDED = 3
FITS = ("strong", "moderate", "weak")
COUNTRIES = (
    ("EMEA", "Germany"),
    ("EMEA", "United Kingdom"),
    ("EMEA", "France"),
    ("EMEA", "Kuwait"),
    ("Americas", "United States"),
    ("Americas", "Brazil"),
    ("Americas", "Canada"),
    ("APAC", "Japan"),
    ("APAC", "Singapore"),
    ("APAC", "Australia"),
)
COUNTRY_SHARES = [12, 10, 8, 3, 32, 6, 6, 10, 6, 7]
TREND_SHARES = [0.22, 0.18, 0.60]
"""Rising, fading, steady."""

TIER_SHARES = [0.55, 0.25, 0.14, 0.06]
"""Of ordinary partners."""

LEVELS = ((0.15, 0.85), (0.57, 0.70), (0.70, 0.83), (0.84, 0.93))
"""The span of its rates that supports each tier, from registered to platinum."""

STRENGTHS = ((0.2, 1.3), (1.1, 1.6), (1.6, 2.6), (3.5, 5.0))
"""How much of the business falls to a partner, by the tier that its life supports."""

FIT_OF_POINTS = {10: 0, 5: 1, 0: 2}
"""The fit that gives a planted health its points."""


def write(company: Company, rng: np.random.Generator) -> Frames:
    """`crm.partners`, and `traits`: one row per partner in the same order, index = its number."""
    size = company.scale.partners
    roles = cast(size)
    kind = choose(rng, TYPE_SHARES, size)
    kind = np.array(
        [code if role is None else role.kind for code, role in zip(kind, roles, strict=True)]
    )
    kind[:6] = np.arange(6)
    traits = _traits(company, rng, kind, roles)
    tier = traits["tier"].to_numpy()
    signed = traits["signed_at"].to_numpy()
    opening = min(company.start, company.quarter_end(8))
    tier_since = np.maximum(between(rng, opening - YEAR, opening - 30 * DAY, size), signed)
    tier_since = np.where(tier == REGISTERED, NEVER, tier_since)
    place = choose(rng, COUNTRY_SHARES, size)
    is_undated = is_ordinary(roles) & (signed < opening) & (rng.random(size) < 0.02)
    status = np.select([is_undated, rng.random(size) < 0.03], [0, 2], 1)
    status[playing(roles, SILENT)[:1]] = OFFBOARDED
    manager = [names.person_name(int(n)) for n in rng.integers(0, 3 + size // 14, size)]
    sponsor = [names.person_name(int(n) + 300) for n in rng.integers(0, 5 + size // 40, size)]
    partner_names = _names(traits)
    parent = np.where(rng.random(size) < 0.03, rng.integers(0, 6, size), -1)
    parent = np.where(np.arange(size) < 12, -1, parent)
    touched = np.maximum(signed, company.start)
    partners = pd.DataFrame(
        {
            "partner_id": ids("prt", np.arange(size), 5),
            "partner_name": partner_names,
            "partner_type": words(PARTNER_TYPES, kind),
            "status": words(STATUSES, status),
            "signed_on": dates(np.where(is_undated, NEVER, signed)),
            "initial_tier": words(TIERS, np.where(tier_since == NEVER, -1, tier)),
            "tier_since": dates(tier_since),
            "partner_manager": manager,
            "partner_manager_email": [names.email_of(person) for person in manager],
            "executive_sponsor": sponsor,
            "region": words([region for region, _ in COUNTRIES], place),
            "country": words([country for _, country in COUNTRIES], place),
            "strategic_fit": words(FITS, _fits(rng, roles)),
            "is_strategic": flags(rng.random(size) < 0.08),
            "is_subsidised": flags((rng.random(size) < 0.05) | _is_carried(traits, roles)),
            "domain": [names.domain_of(name, n) for n, name in enumerate(partner_names)],
            "parent_partner_id": ids("prt", parent, 5),
            "updated_at": instants(reach(between(rng, touched, company.end, size), company.end)),
        }
    )
    traits["tier_since"] = np.where(tier_since == NEVER, NEVER, tier_since - tier_since % DAY)
    return {"crm.partners": partners, "traits": traits}


def _is_carried(traits: pd.DataFrame, roles: list[Role | None]) -> Bools:
    """Ordinary data providers without a tier: we pay for their beginning."""
    is_young = is_ordinary(roles) & (traits["life"].to_numpy() == REGISTERED)
    return np.asarray(is_young & (traits["kind"].to_numpy() == DATA_PROVIDER))


def _fits(rng: np.random.Generator, roles: list[Role | None]) -> Ints:
    drawn = choose(rng, [0.3, 0.45, 0.25], len(roles))
    return np.array(
        [
            code if role is None or role.health is None else FIT_OF_POINTS[role.health.fit]
            for code, role in zip(drawn, roles, strict=True)
        ]
    )


def _names(traits: pd.DataFrame) -> list[str]:
    seen = dict.fromkeys(range(6), 0)
    found = []
    for code in traits["kind"].tolist():
        found.append(names.partner_name(PARTNER_TYPES[code], seen[code]))
        seen[code] += 1
    # The weakest bear the hostile names, so that a demonstration opens with likely ones.
    weakest = np.argsort(
        traits[["skill", "delivery", "support", "security"]].sum(axis=1).to_numpy()
    )
    for place, hostile in zip(weakest.tolist(), names.HOSTILE_PARTNERS, strict=False):
        found[place] = hostile
    return found


def _traits(
    company: Company, rng: np.random.Generator, kind: Ints, roles: list[Role | None]
) -> pd.DataFrame:
    """What a partner is like: its tier and the one its life supports, strength, rates in 0–1 now.

    Rates keep within the span that supports the tier; only those who have none to lose drift far.
    """
    size = len(kind)
    ordinary = is_ordinary(roles)
    tier = _tiers(rng, ordinary)
    life = tier.copy()
    for number, role in enumerate(roles):
        if role is not None:
            tier[number], life[number] = role.tier, role.life
    low, high = np.array(LEVELS)[life].T
    quality = np.where(
        life == REGISTERED, 1 / (1 + np.exp(-1.2 * rng.normal(0, 1, size))), rng.random(size)
    )

    def level() -> Floats:
        spread = np.where(life == REGISTERED, 0.14, 0.03) * rng.normal(0, 1, size)
        return np.asarray(np.clip(low + quality * (high - low) + spread, low, high))

    # A newcomer can only miss a gate where enough is known to judge it by.
    is_known = np.array([role is PROVISIONAL for role in roles])
    least, most = np.array(STRENGTHS)[np.where(is_known, GOLD, life)].T
    trend = np.array([0.75, -0.8, 0.0])[choose(rng, TREND_SHARES, size)]
    trend = trend + rng.normal(0, 0.15, size)
    drift = np.where(np.abs(trend) > 0.5, 0.16 * np.sign(trend), 0.0) + rng.normal(0, 0.05, size)
    return pd.DataFrame(
        {
            "kind": kind,
            "tier": tier,
            "life": life,
            "strength": least + rng.random(size) ** 1.5 * (most - least),
            "trend": trend,
            "signed_at": _signed(company, rng, kind, ordinary & (life == REGISTERED), roles),
            "skill": level(),
            "delivery": level(),
            "support": level(),
            "security": level(),
            "loyalty": level(),
            "drift": np.where(life == REGISTERED, drift, drift / 8),
            "is_quiet": [role is HELD_FOR_COVERAGE for role in roles],
            "is_drawn": [role is None or role.is_drawn for role in roles],
            "sources": np.where(
                ordinary,
                (life > REGISTERED) | (rng.random(size) < 0.5),
                [role is not None and role.sources for role in roles],
            ),
        }
    )


def _tiers(rng: np.random.Generator, ordinary: Bools) -> Ints:
    """Tiers of ordinary partners in fixed shares; the first partner of all is platinum."""
    rank = np.where(ordinary, rng.random(len(ordinary)), -1.0)
    rank[0] = 1.0
    place = np.empty(len(rank), dtype=np.int64)
    place[np.argsort(rank, kind="stable")] = np.arange(len(rank)) - int((~ordinary).sum())
    edges = np.cumsum(TIER_SHARES)[:-1] * ordinary.sum()
    tier: Ints = np.searchsorted(edges, place + 0.5).astype(np.int64)
    tier[0] = PLATINUM
    return tier


def _signed(
    company: Company,
    rng: np.random.Generator,
    kind: Ints,
    may_be_new: Bools,
    roles: list[Role | None],
) -> Ints:
    """Long ago for most; some of those without a tier, and provisional ones, of late."""
    size = len(roles)
    last = company.quarter_end()
    early = min(company.start - YEAR // 2, company.quarter_end(8) - YEAR - YEAR // 4)
    latest = np.where(kind == SI, min(early, company.quarter_end(16)), early)
    signed = between(rng, latest - 3 * YEAR, latest, size)
    is_new = may_be_new & (rng.random(size) < 0.18)
    signed = np.where(is_new, between(rng, last - 240 * DAY, last - 20 * DAY, size), signed)
    is_provisional = np.array([role is PROVISIONAL for role in roles])
    return np.where(is_provisional, last - NEWCOMER_SIGNED, signed)


def level_at(traits: pd.DataFrame, trait: str, partner: Ints, at: Ints, end: int) -> Floats:
    """A partner's rate at an instant, 0.02–0.98: today's level less the drift since."""
    now = traits[trait].to_numpy()[partner]
    drift = traits["drift"].to_numpy()[partner]
    return np.clip(now - drift * (end - at) / YEAR, 0.02, 0.98)


def draw_partners(
    company: Company,
    rng: np.random.Generator,
    at: Ints,
    appeal: Floats,
) -> Ints:
    """A partner for each instant: by strength, trend and appeal, among those signed by then.

    Partners whose roles leave nothing to chance are never drawn.
    """
    traits = company.verse("partners")["traits"]
    width = 28 * DAY
    bucket = np.clip((at - company.start) // width, 0, None)
    buckets = int(bucket.max(initial=0)) + 1
    moment = company.start + (np.arange(buckets, dtype=np.int64)[:, None] + 1) * width
    middle = (company.start + company.end) // 2
    trend = traits["trend"].to_numpy()
    growth = np.exp(np.clip(trend * (moment - middle) / YEAR, -2.5, 2.5))
    weight = appeal * traits["is_drawn"].to_numpy() * traits["strength"].to_numpy() * growth
    signed = weight * (traits["signed_at"].to_numpy() + 30 * DAY < moment)
    weight = np.where(signed.sum(axis=1, keepdims=True) > 0, signed, weight)
    edges = np.cumsum(weight, axis=1)
    edges /= edges[:, -1:]
    flat = (edges + np.arange(buckets)[:, None]).ravel()
    place = np.searchsorted(flat, bucket + rng.random(len(at)), side="right")
    drawn: Ints = np.minimum(place - bucket * len(traits), len(traits) - 1)
    return drawn
