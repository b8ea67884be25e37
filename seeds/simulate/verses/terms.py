"""What partners are granted and paid: the sheet a finance team works from, and who holds what.

Verses that write bills and payouts read amounts off this sheet; nothing here looks at the programme
of `seeds/policy`, whose rates it repeats as they have stood throughout the history.
"""

import numpy as np
import pandas as pd

from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import NEVER, Bools, Ints, half_away, ids
from seeds.simulate.verses.deals import (
    EXPIRED,
    NONE,
    PARTICIPATING,
    PENDING,
    REJECTED,
    REOPENED_WRONGLY,
    VALID,
)
from seeds.simulate.verses.roles import (
    DATA_PROVIDER,
    OEM,
    PLATFORM,
    REFERRAL,
    REGISTERED,
    RESELLER,
    SI,
    cast,
    is_ordinary,
)

PARTNER_ROLES = ("resold", "referred", "implemented", "embedded")
RESOLD, REFERRED, IMPLEMENTED, EMBEDDED = range(4)
ROLE_OF_TYPE = np.array([EMBEDDED, IMPLEMENTED, RESOLD, EMBEDDED, EMBEDDED, REFERRED])

THOUSANDTHS = 1_000
FIRST_YEAR = {SI: (100, 120, 120, 150), REFERRAL: (100, 150, 200, 250)}
"""Thousandths of a deal's first year, by tier from registered to platinum."""

SHARE = {PLATFORM: 100, DATA_PROVIDER: 100}
"""Thousandths of the cash collected, where no contract says otherwise."""

SHARE_MONTHS = 24
RESELLER_MARGIN = (250, 300, 350, 400)
REGISTERED_POINTS = 50
OEM_DISCOUNT = 450
"""A little less than an OEM may have."""


def only_refers(company: Company) -> Bools:
    """Partners for whom referring is all their business became, at more cost than it brings.

    Some of the weakest resellers, and data providers, whom we subsidise.
    """
    traits = company.verse("partners")["traits"]
    number = np.arange(len(traits))
    is_weak = is_ordinary(cast(len(traits))) & (traits["life"].to_numpy() == REGISTERED)
    kind = traits["kind"].to_numpy()
    is_one = ((kind == RESELLER) & (number % 3 == 0)) | (kind == DATA_PROVIDER)
    chosen: Bools = is_weak & is_one & (number > 0)
    return chosen


def role_of(company: Company, partner: Ints) -> Ints:
    """What each partner of record did for a subscription; -1 without one."""
    kind = company.verse("partners")["traits"]["kind"].to_numpy()
    known = np.maximum(partner, 0)
    role = np.where(only_refers(company)[known], REFERRED, ROLE_OF_TYPE[kind[known]])
    return np.where(partner >= 0, role, -1)


def tier_at(company: Company, partner: Ints, at: Ints) -> Ints:
    """The tier each partner held at an instant."""
    traits = company.verse("partners")["traits"]
    tier, since = traits["tier"].to_numpy(), traits["tier_since"].to_numpy()
    held: Ints = np.where(since[partner] <= at, tier[partner], 0)
    return held


def rate_at(company: Company, column: str, partner: Ints, at: Ints) -> Ints:
    """Thousandths that a contract in force on the day grants each partner; -1 without one."""
    contracts = company.verse("contracts")["terms"]
    rates = contracts[contracts[column] >= 0]
    pairs = pd.DataFrame({"partner": partner, "at": at, "row": np.arange(len(partner))}).merge(
        rates[["partner", "starts", "until", column]], on="partner"
    )
    holds = (pairs["starts"] <= pairs["at"]) & (pairs["at"] < pairs["until"])
    pairs = pairs[holds].sort_values(["row", "starts"], kind="stable")
    pairs = pairs.drop_duplicates("row", keep="last")
    found = np.full(len(partner), -1, dtype=np.int64)
    found[pairs["row"].to_numpy()] = pairs[column].to_numpy()
    return found


def list_of(amount: Ints, discount: Ints) -> Ints:
    """The list price, in minor units, of which the amount is left after a discount at most."""
    gross: Ints = amount * THOUSANDTHS // (THOUSANDTHS - discount)
    return gross


def write(company: Company, rng: np.random.Generator) -> Frames:
    """`terms`: for each deal the partner of record (-1 = none) and the discount it was given.

    A discount is in thousandths of the list price. Chance has no part in it.
    """
    del rng
    deals = company.verse("deals")["deals"]
    parts = company.verse("deals")["parts"]
    partner = partner_of_record(parts, len(deals))
    kind = company.verse("partners")["traits"]["kind"].to_numpy()
    at = np.where(deals["closed"] == NEVER, deals["created"], deals["closed"])
    known = np.maximum(partner, 0)
    is_reseller = (partner >= 0) & (kind[known] == RESELLER)
    sourced = np.zeros(len(deals), dtype=np.bool_)
    sourced[parts.loc[parts["claim"] == VALID, "deal"].to_numpy()] = True
    margin = np.array(RESELLER_MARGIN)[tier_at(company, known, at)]
    margin = margin + np.where(sourced, REGISTERED_POINTS, 0)
    agreed = rate_at(company, "reseller_discount", known, at)
    margin = np.where(agreed >= 0, agreed, margin)
    later = rate_at(company, "reseller_discount", known, np.full(len(deals), company.end - 1))
    margin = np.where((agreed < 0) & (later >= 0), RESELLER_MARGIN[0], margin)
    # Where another reseller's claim failed, nobody is given more than anybody may have.
    margin = np.where(_disputed(parts, kind, len(deals)) & ~sourced, RESELLER_MARGIN[0], margin)
    is_oem = (partner >= 0) & (kind[known] == OEM)
    discount = np.select([is_reseller, is_oem], [margin, np.full(len(deals), OEM_DISCOUNT)], 0)
    return {
        "terms": pd.DataFrame(
            {"partner": partner, "discount": discount, "is_reseller": is_reseller}
        )
    }


def partner_of_record(parts: pd.DataFrame, deals: int) -> Ints:
    """Who holds the customer: mostly whoever sourced the deal, else often who took part."""
    partner = np.full(deals, -1)
    joined = parts[(parts["touch"] == PARTICIPATING) & (parts["claim"] == NONE)]
    joined = joined.drop_duplicates("deal", keep="first")
    joined = joined[joined["deal"] % 3 != 0]
    partner[joined["deal"].to_numpy()] = joined["partner"].to_numpy()
    sourced = parts[parts["claim"] == VALID]
    partner[sourced["deal"].to_numpy()] = sourced["partner"].to_numpy()
    return partner


def _disputed(parts: pd.DataFrame, kind: Ints, deals: int) -> Bools:
    """Deals that a reseller claimed in vain."""
    failed = np.isin(parts["claim"], (PENDING, REJECTED, REOPENED_WRONGLY, EXPIRED))
    failed &= kind[parts["partner"].to_numpy()] == RESELLER
    found = np.zeros(deals, dtype=np.bool_)
    found[parts.loc[failed, "deal"].to_numpy()] = True
    return found


def credited(company: Company) -> pd.DataFrame:
    """Won deals with an amount and every partner that sourced or influenced one, as was meant.

    Columns: opportunity_id, partner, kind, tier at the close, is_sourced, is_renewal, closed,
    amount, currency.
    """
    outcomes = company.verse("touches")["truth.outcomes"]
    opportunities = company.verse("opportunities")["crm.opportunities"]
    won = opportunities[opportunities["is_won"] & opportunities["amount"].notna()]
    rows = outcomes[outcomes["outcome"] != "not_attributed"].merge(
        won[["opportunity_id", "opportunity_type", "closed_at", "amount", "currency"]],
        on="opportunity_id",
    )
    traits = company.verse("partners")["traits"]
    number = pd.Series(np.arange(len(traits)), index=ids("prt", np.arange(len(traits)), 5))
    rows = rows[rows["partner_id"].isin(number.index)].reset_index(drop=True)
    partner = number[rows["partner_id"]].to_numpy()
    closed = rows["closed_at"].to_numpy().astype("datetime64[s]").astype(np.int64)
    return pd.DataFrame(
        {
            "opportunity_id": rows["opportunity_id"],
            "partner": partner,
            "kind": traits["kind"].to_numpy()[partner],
            "tier": tier_at(company, partner, closed),
            "is_sourced": rows["outcome"].to_numpy() == "sourced",
            "is_renewal": rows["opportunity_type"].to_numpy() == "renewal",
            "closed": closed,
            "amount": rows["amount"].to_numpy().astype(np.int64),
            "currency": rows["currency"],
        }
    )


def first_year(rows: pd.DataFrame) -> Ints:
    """What each of these credited partners earns once; half of it where it only influenced.

    A renewal has no first year.
    """
    rates = np.zeros((6, 4), dtype=np.int64)
    for kind, by_tier in FIRST_YEAR.items():
        rates[kind] = by_tier
    rate = rates[rows["kind"].to_numpy(), rows["tier"].to_numpy()]
    rate = np.where(rows["is_renewal"], 0, rate)
    parts = np.where(rows["is_sourced"], 1, 2) * THOUSANDTHS
    return half_away(rows["amount"].to_numpy() * rate, parts)
