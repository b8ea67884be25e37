"""The companies of the programme, and the traits that drive everything they do."""

import numpy as np
import pandas as pd

from seeds.simulate import names
from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import (
    DAY,
    NEVER,
    YEAR,
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

PARTNER_TYPES = ("platform", "si", "reseller", "oem", "data_provider", "referral")
TYPE_SHARES = [0.14, 0.21, 0.24, 0.10, 0.12, 0.19]
TIERS = ("registered", "silver", "gold", "platinum")
STATUSES = ("prospect", "active", "paused", "offboarded")
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

FIXED_TIERS = (3, 2, 0, 0)
"""Tiers that the first partners hold throughout, so that contested deals can be planted."""


def write(company: Company, rng: np.random.Generator) -> Frames:
    """`crm.partners`, and `traits`: one row per partner in the same order, index = its number."""
    size = company.scale.partners
    kind = np.concatenate([np.arange(6), choose(rng, TYPE_SHARES, size - 6)]).astype(np.int64)
    traits = _traits(company, rng, kind)
    tier = _initial_tiers(rng, traits)
    opening = min(company.start, company.end - YEAR)
    tier_since = between(rng, opening - YEAR, opening - 30 * DAY, size)
    tier_since = np.where(traits["signed_at"] > tier_since, traits["signed_at"], tier_since)
    tier_since = np.where(tier == 0, NEVER, tier_since)
    place = choose(rng, COUNTRY_SHARES, size)
    status = np.select(
        [traits["left_at"] < company.end, traits["signed_at"] == NEVER, rng.random(size) < 0.03],
        [3, 0, 2],
        1,
    )
    manager = [names.person_name(int(n)) for n in rng.integers(0, 3 + size // 14, size)]
    sponsor = [names.person_name(int(n) + 300) for n in rng.integers(0, 5 + size // 40, size)]
    partner_names = _names(traits)
    parent = np.where(rng.random(size) < 0.03, rng.integers(0, 6, size), -1)
    parent = np.where(np.arange(size) < 12, -1, parent)
    touched = np.maximum(traits["signed_at"], company.start)
    partners = pd.DataFrame(
        {
            "partner_id": ids("prt", np.arange(size), 5),
            "partner_name": partner_names,
            "partner_type": words(PARTNER_TYPES, kind),
            "status": words(STATUSES, status),
            "signed_on": dates(traits["signed_at"].to_numpy()),
            "initial_tier": words(TIERS, np.where(tier_since == NEVER, -1, tier)),
            "tier_since": dates(tier_since),
            "partner_manager": manager,
            "partner_manager_email": [names.email_of(person) for person in manager],
            "executive_sponsor": sponsor,
            "region": words([region for region, _ in COUNTRIES], place),
            "country": words([country for _, country in COUNTRIES], place),
            "strategic_fit": words(FITS, choose(rng, [0.3, 0.45, 0.25], size)),
            "is_strategic": flags(rng.random(size) < 0.08),
            "is_subsidised": flags(rng.random(size) < 0.05),
            "domain": [names.domain_of(name, n) for n, name in enumerate(partner_names)],
            "parent_partner_id": ids("prt", parent, 5),
            "updated_at": instants(reach(between(rng, touched, company.end, size), company.end)),
        }
    )
    traits["tier"] = np.where(tier_since == NEVER, 0, tier)
    traits["tier_since"] = np.where(tier_since == NEVER, NEVER, tier_since - tier_since % DAY)
    return {"crm.partners": partners, "traits": traits}


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


def _traits(company: Company, rng: np.random.Generator, kind: Ints) -> pd.DataFrame:
    """What a partner is like: strength, rates in 0–1 now and their drift a year, coming, going."""
    size = len(kind)
    quality = rng.normal(0, 1, size)

    def level(own: float) -> Floats:
        mixed = 0.6 * quality + own * rng.normal(0, 1, size)
        return np.asarray(1 / (1 + np.exp(-1.25 * mixed - 0.35)))

    trend = np.array([0.75, -0.8, 0.0])[choose(rng, TREND_SHARES, size)]
    trend = trend + rng.normal(0, 0.15, size)
    signed = between(rng, company.start - 4 * YEAR, company.start - YEAR // 2, size)
    is_new = rng.random(size) < 0.10
    recent = between(rng, company.end - 270 * DAY, company.end - 20 * DAY, size)
    signed = np.where(is_new, np.maximum(recent, company.start - YEAR // 2), signed)
    signed = np.where(rng.random(size) < 0.02, NEVER, signed)
    left = np.where(
        (trend < -0.7) & (rng.random(size) < 0.25),
        between(rng, company.end - 300 * DAY, company.end - 10 * DAY, size),
        np.iinfo(np.int64).max,
    )
    first = np.arange(size) < len(FIXED_TIERS)
    signed = np.where(first, min(company.start, company.end - YEAR) - 2 * YEAR, signed)
    left = np.where(first | (signed == NEVER), np.iinfo(np.int64).max, left)
    return pd.DataFrame(
        {
            "kind": kind,
            "strength": np.exp(rng.normal(0, 0.75, size) + 0.3 * quality),
            "trend": trend,
            "signed_at": signed,
            "left_at": left,
            "skill": level(0.8),
            "delivery": level(0.8),
            "support": level(0.8),
            "security": level(0.8),
            "loyalty": level(0.7),
            "drift": np.where(np.abs(trend) > 0.5, 0.16 * np.sign(trend), 0.0)
            + rng.normal(0, 0.05, size),
            "is_quiet": (rng.random(size) < 0.04) & ~first,
        }
    )


def _initial_tiers(rng: np.random.Generator, traits: pd.DataFrame) -> Ints:
    merit = np.log(traits["strength"].to_numpy()) + rng.normal(0, 0.6, len(traits))
    cuts = np.quantile(merit, [0.45, 0.72, 0.91])
    tier: Ints = np.searchsorted(cuts, merit)
    tier[: len(FIXED_TIERS)] = FIXED_TIERS
    return tier


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
    """A partner for each instant: by strength, trend and appeal, among those signed by then."""
    traits = company.verse("partners")["traits"]
    width = 28 * DAY
    bucket = np.clip((at - company.start) // width, 0, None)
    buckets = int(bucket.max(initial=0)) + 1
    moment = company.start + (np.arange(buckets, dtype=np.int64)[:, None] + 1) * width
    middle = (company.start + company.end) // 2
    trend = traits["trend"].to_numpy()
    growth = np.exp(np.clip(trend * (moment - middle) / YEAR, -2.5, 2.5))
    weight = appeal * traits["strength"].to_numpy() * growth
    signed, left = traits["signed_at"].to_numpy(), traits["left_at"].to_numpy()
    weight = weight * ((signed + 30 * DAY < moment) & (left > moment))
    weight = np.where(weight.sum(axis=1, keepdims=True) > 0, weight, 1.0)
    edges = np.cumsum(weight, axis=1)
    edges /= edges[:, -1:]
    flat = (edges + np.arange(buckets)[:, None]).ravel()
    place = np.searchsorted(flat, bucket + rng.random(len(at)), side="right")
    drawn: Ints = np.minimum(place - bucket * len(traits), len(traits) - 1)
    return drawn
