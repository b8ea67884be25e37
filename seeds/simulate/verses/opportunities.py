"""Opportunities and accounts as the CRM writes them down."""

import numpy as np
import pandas as pd

from seeds.simulate import names
from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import (
    CURRENCIES,
    DAY,
    MINOR_DIGITS,
    NEVER,
    Ints,
    between,
    choose,
    dates,
    flags,
    ids,
    instants,
    reach,
    whole,
    words,
)
from seeds.simulate.verses import planted
from seeds.simulate.verses.deals import TYPES, strays
from seeds.simulate.verses.terms import list_of

STAGES = ("Prospecting", "Qualification", "Discovery", "Proposal", "Negotiation")
STAGES_CLOSED = ("Closed Won", "Closed Lost")
SOURCES = ("partner", "inbound", "outbound", "event", "referral")
SEGMENTS = ("enterprise", "mid_market", "smb")
REGIONS = ("EMEA", "Americas", "APAC")
INDUSTRIES = ("software", "retail", "manufacturing", "healthcare", "finance", "public", "media")
PRODUCTS = ("Core", "Insight", "Flow", "Guard")


def write_opportunities(company: Company, rng: np.random.Generator) -> Frames:
    """`crm.opportunities`."""
    deals = company.verse("deals")["deals"]
    size = len(deals)
    created, closed = deals["created"].to_numpy(), deals["closed"].to_numpy()
    horizon, is_won = deals["horizon"].to_numpy(), deals["is_won"].to_numpy()
    is_closed = closed != NEVER
    age = np.clip((company.end - created) // (18 * DAY), 0, 4)
    stage = np.where(is_closed, np.where(is_won, 5, 6), age)
    qualified = np.where(
        (stage > 0) & (is_won | (rng.random(size) < 0.75)),
        created + (horizon - created) // 4,
        NEVER,
    )
    missing = ~deals["has_amount"].to_numpy()
    amount = deals["amount"].to_numpy()
    newest = np.maximum(created, np.where(is_closed, closed, company.end - 7 * DAY))
    updated = reach(
        np.minimum(newest + between(rng, 0, 6 * DAY, size), company.end - 1), company.end
    )
    product = choose(rng, [4, 3, 2, 1], size)
    segment = words(("Enterprise", "Team", "Starter"), deals["segment"].to_numpy())
    # Of some deals that are still open nobody has said yet whose they are, or when they close.
    unowned, undated = (~is_closed & (np.arange(size) % every == 0) for every in (23, 31))
    opportunities = pd.DataFrame(
        {
            "opportunity_id": ids("opp", np.arange(size)),
            "account_id": ids("acc", deals["account"].to_numpy()),
            "opportunity_name": segment + " " + words(PRODUCTS, product),
            "opportunity_type": words(TYPES, deals["kind"].to_numpy()),
            "stage": words((*STAGES, *STAGES_CLOSED), stage),
            "amount": whole(amount, missing),
            "list_amount": whole(_list_amounts(company, deals), missing),
            "currency": words(CURRENCIES, deals["currency"].to_numpy()),
            "created_at": instants(created),
            "expected_close_on": dates(
                np.where(undated, NEVER, created + between(rng, 30 * DAY, 150 * DAY, size))
            ),
            "qualified_at": instants(qualified),
            "closed_at": instants(closed),
            "is_closed": flags(is_closed),
            "is_won": flags(is_won),
            "owner": pd.Series(
                [names.person_name(int(n) + 100) for n in rng.integers(0, 40, size)], dtype="str"
            ).mask(unowned),
            "lead_source": words(SOURCES, choose(rng, [4, 3, 2, 1, 2], size)),
            "updated_at": instants(updated),
        }
    )
    return {
        "crm.opportunities": planted.joined(
            opportunities, company.verse("planted")["planted.opportunities"]
        )
    }


def _list_amounts(company: Company, deals: pd.DataFrame) -> Ints:
    """Resellers' deals as their margin leaves them; else a quarter above, in whole major units."""
    amount, currency = deals["amount"].to_numpy(), deals["currency"].to_numpy()
    terms = company.verse("terms")["terms"]
    step = np.array([10 ** MINOR_DIGITS[code] for code in CURRENCIES], dtype=np.int64)[currency]
    return np.where(
        terms["is_reseller"],
        list_of(amount, terms["discount"].to_numpy()),
        amount * 5 // 4 // step * step,
    )


def write_accounts(company: Company, rng: np.random.Generator) -> Frames:
    """`crm.accounts`: those with deals, those only claimed, and those of integrators' projects."""
    deals = company.verse("deals")["deals"]
    claims = company.verse("claims")
    size = int(deals["account"].max()) + 1 + strays(company, deals)
    created = between(rng, company.start, company.end, size)
    direct = np.where(rng.random(size) < 0.4, NEVER, created)
    first = deals.drop_duplicates("account", keep="first")
    created[first["account"].to_numpy()] = first["created"].to_numpy() - 20 * DAY
    direct[first["account"].to_numpy()] = first["direct"].to_numpy()
    meant = claims["direct"]
    direct[meant["account"].to_numpy()] = meant["direct"].to_numpy()
    segment = choose(rng, [0.18, 0.42, 0.40], size)
    segment[first["account"].to_numpy()] = first["segment"].to_numpy()
    updated = np.minimum(
        np.maximum(created, direct) + between(rng, 0, 90 * DAY, size), company.end - 1
    )

    account_names = names.account_names(np.arange(size, dtype=np.int64))
    account_names[20 : 20 + len(names.HOSTILE_ACCOUNTS)] = names.HOSTILE_ACCOUNTS
    parent = np.where(rng.random(size) < 0.04, rng.integers(0, 20, size), -1)
    accounts = pd.DataFrame(
        {
            "account_id": ids("acc", np.arange(size)),
            "account_name": account_names,
            "segment": words(SEGMENTS, segment),
            "region": words(REGIONS, choose(rng, [4, 4, 2], size)),
            "industry": words(INDUSTRIES, choose(rng, [3, 2, 2, 1, 2, 1, 1], size)),
            "domain": ids("customer", np.arange(size)) + ".example",
            "parent_account_id": ids("acc", np.where(np.arange(size) < 20, -1, parent)),
            "created_at": instants(created),
            "first_direct_touch_at": instants(direct),
            "updated_at": instants(reach(updated, company.end)),
        }
    )
    others = planted.joined(
        company.verse("planted")["planted.accounts"],
        company.verse("projects")["projects.accounts"],
    )
    leaking = company.verse("leaks")
    for customer in leaking["leaks.customers"].to_dict("records"):
        accounts.loc[customer["account"], customer["column"]] = customer["value"]
    return {
        "crm.accounts": planted.joined(planted.joined(accounts, others), leaking["leaks.accounts"])
    }
