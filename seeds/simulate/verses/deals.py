"""What is meant: every deal, who takes part in it, and what shall come of each part.

This verse decides; `claims` and `touches` then write facts that make it so. Nothing here or there
applies the rules of attribution.
"""

import numpy as np
import pandas as pd

from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import (
    CURRENCIES,
    DAY,
    HOUR,
    MINOR_DIGITS,
    NEVER,
    USD_PER_UNIT,
    Bools,
    Floats,
    Ints,
    between,
    choose,
    draw_instants,
    reach,
    spread,
)
from seeds.simulate.verses import drumbeat
from seeds.simulate.verses.drumbeat import JOIN_EVERY
from seeds.simulate.verses.partners import draw_partners, level_at
from seeds.simulate.verses.roles import REGISTERED

DEALS_PER_PARTNER_YEAR = 15
"""Beside those of the partners' own beats."""

STRAY_SHARE = 0.12
"""Registrations, per deal, of accounts that never became a deal."""
CURRENCY_SHARES = [0.70, 0.13, 0.08, 0.06, 0.03]
TYPES = ("new", "expansion", "renewal")

CLAIMS = (
    "none",
    "valid",
    "lost_tie",
    "registration_pending",
    "registration_rejected",
    "invalid_reopen",
    "registration_expired",
    "registered_too_late",
    "already_direct",
)
"""What shall become of a partner's registration on a deal."""
NONE, VALID, LOST_TIE, PENDING, REJECTED, REOPENED_WRONGLY, EXPIRED, TOO_LATE, DIRECT = range(9)

NO_TOUCH, PARTICIPATING, AFTER_CLOSE, IMPLEMENTATION, MENTION = range(5)
"""What a partner does on a deal."""

SOURCING_APPEAL = np.array([0.5, 1.0, 1.3, 0.7, 0.5, 1.2])
JOINING_APPEAL = np.array([1.1, 1.3, 0.6, 0.7, 1.0, 0.45])
"""By partner type: platform, si, reseller, oem, data_provider, referral."""

FAILED_CLAIMS = (PENDING, REJECTED, REOPENED_WRONGLY, EXPIRED, TOO_LATE, DIRECT)
FAILED_SHARES = [0.22, 0.15, 0.08, 0.22, 0.18, 0.15]


def write(company: Company, rng: np.random.Generator) -> Frames:
    """`deals`, one row each, index = its number, and `parts`, one row per deal and partner."""
    deals = _deals(company, rng)
    parts = _parts(company, rng, deals)
    deals = _close(company, rng, deals, parts)
    deals, parts = _with_beats(company, rng, deals, parts)
    parts = _feasible(company, deals, parts)
    return {"deals": deals, "parts": parts}


def _with_beats(
    company: Company, rng: np.random.Generator, deals: pd.DataFrame, parts: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Adds the deals that partners' lives rest on, each of a new account of ours."""
    beats = drumbeat.deals(company, rng)
    size, first = len(beats), len(deals)
    currency = np.zeros(size, dtype=np.int64)
    closed = beats["closed"].to_numpy()
    added = pd.DataFrame(
        {
            "created": beats["created"].to_numpy(),
            "kind": 0,
            "account": int(deals["account"].max()) + 1 + np.arange(size),
            "segment": choose(rng, [0.18, 0.42, 0.40], size),
            "currency": currency,
            "amount": minor_units(beats["usd"].to_numpy(), currency),
            "usd": beats["usd"].to_numpy(),
            "closed": closed,
            "is_won": beats["is_won"].to_numpy(),
            "horizon": np.where(closed == NEVER, company.end - 1, closed),
            "has_amount": True,
            "direct": NEVER,
        }
    )
    created = added["created"].to_numpy()
    taken = pd.DataFrame(
        {
            "deal": first + np.arange(size),
            "place": 0,
            "partner": beats["partner"].to_numpy(),
            "touch": PARTICIPATING,
            "claim": np.where(beats["is_sourced"], VALID, NONE),
            "rival_ranks_lower": False,
            "first_touch": created + between(rng, HOUR, 3 * DAY, size),
        }
    )
    taken["first_touch"] = np.minimum(taken["first_touch"], added["horizon"])
    return (
        pd.concat([deals, added.astype(deals.dtypes.to_dict())], ignore_index=True),
        pd.concat([parts, taken.astype(parts.dtypes.to_dict())], ignore_index=True),
    )


def _joins(company: Company, rng: np.random.Generator, created: Ints) -> pd.DataFrame:
    """Partners without a beat of their own take part in a deal now and then."""
    traits = company.verse("partners")["traits"]
    partner = np.flatnonzero(traits["is_drawn"] & (traits["life"] == REGISTERED))
    begins = np.maximum(traits["signed_at"].to_numpy()[partner], company.start)
    begins = begins + between(rng, 0, JOIN_EVERY, len(partner))
    owner, place = spread(np.maximum(company.end - begins, 0) // JOIN_EVERY + 1)
    at = begins[owner] + place * JOIN_EVERY
    deal = np.minimum(np.searchsorted(created, at), len(created) - 1)
    return pd.DataFrame(
        {
            "deal": deal,
            "place": 4,
            "partner": partner[owner],
            "touch": PARTICIPATING,
            "claim": NONE,
            "first_touch": np.minimum(
                created[deal] + between(rng, HOUR, DAY, len(deal)), company.end - HOUR
            ),
        }
    )


def customers(company: Company) -> int:
    """How many accounts have a deal; theirs are the first numbers."""
    return int(company.verse("deals")["deals"]["account"].max()) + 1


def strays(company: Company, deals: pd.DataFrame) -> int:
    """How many accounts are claimed without ever becoming a deal; numbered after the others."""
    return round(len(deals) * STRAY_SHARE) + len(drumbeat.promised(company)[0])


def _deals(company: Company, rng: np.random.Generator) -> pd.DataFrame:
    size = max(60, round(company.scale.partners * company.years * DEALS_PER_PARTNER_YEAR))
    created = draw_instants(rng, company.start, company.end - 3 * HOUR, size)
    created = reach(created, company.end - 4 * HOUR)
    created.sort()
    kind = choose(rng, [0.62, 0.25, 0.13], size)
    account, kind = _accounts(rng, created, kind)
    segment = choose(rng, [0.18, 0.42, 0.40], int(account.max()) + 1)[account]
    currency = choose(rng, CURRENCY_SHARES, int(account.max()) + 1)[account]
    usd = np.exp(rng.normal(np.array([11.3, 10.4, 9.5])[segment], 0.75))
    return pd.DataFrame(
        {
            "created": created,
            "kind": kind,
            "account": account,
            "segment": segment,
            "currency": currency,
            "amount": minor_units(usd, currency),
            "usd": usd,
        }
    )


def minor_units(usd: Floats, currency: Ints) -> Ints:
    """US dollars as minor units of a currency, in round hundreds of major units or so."""
    worth = np.array([USD_PER_UNIT[code] for code in CURRENCIES])[currency]
    digits = np.array([MINOR_DIGITS[code] for code in CURRENCIES])[currency]
    step = np.where(digits == 0, 5_000, 25)
    major = np.maximum(np.round(usd / worth / step), 1) * step
    return np.asarray(np.round(major * 10.0**digits), dtype=np.int64)


def _accounts(rng: np.random.Generator, created: Ints, kind: Ints) -> tuple[Ints, Ints]:
    """The account of each deal: its own for a new one, an earlier one's for the rest."""
    opens = kind == 0
    fresh = np.cumsum(opens) - 1
    known = np.searchsorted(created[opens], created - 60 * DAY)
    has_known = (known > 0) & ~opens
    earlier = np.floor(rng.random(len(kind)) * known).astype(np.int64)
    kind = np.where(opens | has_known, kind, 0)
    late = ~opens & ~has_known
    account = np.where(opens, fresh, earlier)
    account[late] = opens.sum() + np.arange(late.sum())
    return account, kind


def _parts(company: Company, rng: np.random.Generator, deals: pd.DataFrame) -> pd.DataFrame:
    traits = company.verse("partners")["traits"]
    size = len(deals)
    created = deals["created"].to_numpy()
    is_new = deals["kind"].to_numpy() == 0
    lead = choose(rng, [0.41, 0.08, 0.02, 0.14, 0.35], size)
    claim = np.select(
        [(lead == 1) | (lead == 2), lead == 3],
        [VALID, _failed(rng, size, is_new)],
        NONE,
    )
    touch = np.where(
        claim == VALID,
        choose(rng, [0.08, 0.80, 0.04, 0.04, 0.04], size),
        choose(rng, [0.06, 0.66, 0.08, 0.12, 0.08], size),
    )
    kind = traits["kind"].to_numpy()
    sourcing = SOURCING_APPEAL[kind] * traits["sources"].to_numpy()
    joining = JOINING_APPEAL[kind]
    partner = np.where(
        claim == VALID,
        draw_partners(company, rng, created, sourcing),
        draw_partners(company, rng, created, joining),
    )
    rival, partner, has_rival, rival_ranks_lower = _rivals(
        company, rng, lead == 2, partner, created
    )
    leads = pd.DataFrame(
        {"deal": np.arange(size), "place": 0, "partner": partner, "touch": touch, "claim": claim}
    )[lead > 0]
    rivals = pd.DataFrame(
        {
            "deal": np.arange(size),
            "place": 1,
            "partner": rival,
            "touch": choose(rng, [0.2, 0.6, 0.05, 0.05, 0.1], size),
            "claim": LOST_TIE,
        }
    )[has_rival]
    others = []
    for place, share in ((2, 0.42), (3, 0.18)):
        comes = (lead > 0) & (rng.random(size) < share)
        failed = _failed(rng, size, is_new & (claim != VALID))
        others.append(
            pd.DataFrame(
                {
                    "deal": np.arange(size),
                    "place": place,
                    "partner": draw_partners(company, rng, created, joining),
                    "touch": choose(rng, [0.03, 0.70, 0.07, 0.12, 0.08], size),
                    "claim": np.where(rng.random(size) < 0.07, failed, NONE),
                }
            )[comes]
        )
    joins = _joins(company, rng, created)
    drawn = [frame.assign(first_touch=NEVER) for frame in (leads, rivals, *others)]
    parts = pd.concat([*drawn, joins], ignore_index=True)
    parts = parts.sort_values(["deal", "place"], kind="stable")
    parts = parts.drop_duplicates(["deal", "partner"], keep="first").reset_index(drop=True)
    parts["rival_ranks_lower"] = rival_ranks_lower[parts["deal"].to_numpy()]
    return parts


def _failed(rng: np.random.Generator, size: int, may_be_direct: Bools) -> Ints:
    drawn = np.array(FAILED_CLAIMS, dtype=np.int64)[choose(rng, FAILED_SHARES, size)]
    return np.where((drawn == DIRECT) & ~may_be_direct, REJECTED, drawn)


def _rivals(
    company: Company, rng: np.random.Generator, contested: Bools, partner: Ints, created: Ints
) -> tuple[Ints, Ints, Bools, Bools]:
    """Winner and loser of contested deals: half by tier, half by who submitted first."""
    traits = company.verse("partners")["traits"]
    is_unranked = traits["tier"].to_numpy() == 0
    unranked = (is_unranked & traits["sources"].to_numpy()).astype(np.float64)
    ranked = (~is_unranked & traits["sources"].to_numpy()).astype(np.float64)
    by_tier = rng.random(len(partner)) < 0.5
    rival = draw_partners(company, rng, created, unranked)
    partner = np.where(
        contested,
        np.where(
            by_tier,
            draw_partners(company, rng, created, ranked),
            draw_partners(company, rng, created, unranked),
        ),
        partner,
    )
    tier = traits["tier"].to_numpy()
    held = (tier[partner] > 0) & (traits["tier_since"].to_numpy()[partner] < created)
    as_meant = (tier[rival] == 0) & np.where(by_tier, held, tier[partner] == 0)
    return rival, partner, contested & as_meant & (rival != partner), by_tier


def _close(
    company: Company, rng: np.random.Generator, deals: pd.DataFrame, parts: pd.DataFrame
) -> pd.DataFrame:
    """Adds when it closed (NEVER = open), whether it was won, and how far facts count."""
    traits = company.verse("partners")["traits"]
    size, created = len(deals), deals["created"].to_numpy()
    days = np.exp(rng.normal(np.array([4.3, 3.9, 3.5])[deals["segment"].to_numpy()], 0.65))
    closed = created + np.maximum((days * DAY).astype(np.int64), 30 * HOUR)
    first = parts.drop_duplicates("deal", keep="first")
    chance = np.full(size, 0.30)
    lead = first["partner"].to_numpy()
    skill = level_at(traits, "skill", lead, created[first["deal"].to_numpy()], company.end)
    chance[first["deal"].to_numpy()] = 0.02 + 0.52 * skill
    chance = chance + np.where(deals["kind"].to_numpy() == 2, 0.25, 0.0)
    is_closed = closed < company.end
    closed = np.where(is_closed, closed, NEVER)
    return deals.assign(
        closed=closed,
        is_won=is_closed & (rng.random(size) < chance),
        horizon=np.where(is_closed, closed, company.end - 1),
        has_amount=rng.random(size) > 0.015,
        direct=_direct(rng, deals, size),
    )


def _direct(rng: np.random.Generator, deals: pd.DataFrame, size: int) -> Ints:
    """When we ourselves first spoke to the account, where no claim depends on it."""
    before = deals["created"].to_numpy() - between(rng, 0, 90 * DAY, size)
    return np.where(rng.random(size) < 0.25, NEVER, before)


def _feasible(company: Company, deals: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """Only what can still happen by the last day; a part without any fact is no part."""
    closed = deals["closed"].to_numpy()[parts["deal"].to_numpy()]
    has_after = (closed != NEVER) & (closed + DAY < company.end)
    touch = parts["touch"].to_numpy()
    touch = np.where((touch == AFTER_CLOSE) & ~has_after, MENTION, touch)
    parts = parts.assign(touch=touch)
    kept: pd.DataFrame = parts[(touch != NO_TOUCH) | (parts["claim"] != NONE)].reset_index(
        drop=True
    )
    return kept
