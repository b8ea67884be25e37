"""What customers subscribe to: won with partners, for projects, or bought from us directly."""

import numpy as np
import pandas as pd

from seeds.simulate import usage
from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import (
    CURRENCIES,
    DAY,
    NEVER,
    YEAR,
    Floats,
    Ints,
    between,
    choose,
    dates,
    ids,
    instants,
    reach,
    whole,
    words,
)
from seeds.simulate.verses.planted import joined
from seeds.simulate.verses.terms import PARTNER_ROLES, list_of, role_of

PRODUCTS = ("Core", "Insight", "Flow", "Guard")
REASONS = ("churn", "fraud", "migrated")
CHURN, FRAUD, MIGRATED = range(3)
PERIODS = np.array([1, 3, 12])
INCLUDED = np.array([1, 5, 20]) * 10_000
DIRECT_MRR = np.array([49, 99, 199, 499]) * 100

LINGER = 45 * DAY
"""An account that stops calling keeps paying so long: nobody calls without a subscription."""

ROOM = 5
"""A subscription includes so many times the units its account is expected to use."""


def write(company: Company, rng: np.random.Generator) -> Frames:
    """`billing.subscriptions`, their changes, and `subscriptions`: what is meant by each."""
    latent = pd.concat(
        [
            _of_deals(company, rng),
            _of_projects(company.verse("projects")["projects.subscriptions"]),
        ],
        ignore_index=True,
    )
    latent = _changed(rng, latent, company.end)
    needs = _needs(company)
    latent = pd.concat([latent, _direct(company, rng, latent, needs)], ignore_index=True)
    latent["included"] = _included(latent, needs)
    leaking = company.verse("leaks")
    return {
        "billing.subscriptions": joined(
            _written(company, rng, latent), leaking["leaks.subscriptions"]
        ),
        "billing.subscription_changes": joined(
            _changes(latent), leaking["leaks.subscription_changes"]
        ),
        "subscriptions": latent,
    }


def _of_deals(company: Company, rng: np.random.Generator) -> pd.DataFrame:
    """One per new deal won; loyalty keeps them."""
    deals = company.verse("deals")["deals"]
    terms = company.verse("terms")["terms"]
    traits = company.verse("partners")["traits"]
    won = np.flatnonzero(deals["is_won"].to_numpy() & (deals["kind"].to_numpy() == 0))
    size = len(won)
    partner = terms["partner"].to_numpy()[won]
    starts = deals["closed"].to_numpy()[won] + between(rng, 0, 10 * DAY, size)
    starts = np.minimum(starts - starts % DAY, company.end - DAY)
    loyalty = np.where(partner >= 0, traits["loyalty"].to_numpy()[partner], 0.55)
    stays = rng.exponential(1.2 + 14 * loyalty**2, size) * YEAR
    ends = starts + 45 * DAY + (stays // DAY).astype(np.int64) * DAY
    period = choose(rng, [2, 3, 5], size)
    return pd.DataFrame(
        {
            "subscription_id": ids("sub", np.arange(size)),
            "account_id": ids("acc", deals["account"].to_numpy()[won]),
            "opportunity_id": ids("opp", won),
            "partner": partner,
            "role": role_of(company, partner),
            "product": choose(rng, [4, 3, 2, 1], size),
            "starts": starts,
            "ends": np.where(ends < company.end, ends, NEVER),
            "reason": choose(rng, [90, 2, 8], size),
            "mrr": np.maximum(deals["amount"].to_numpy()[won] // 12, 1),
            "discount": terms["discount"].to_numpy()[won],
            "included": INCLUDED[period],
            "currency": deals["currency"].to_numpy()[won],
            "months": PERIODS[period],
        }
    )


def _of_projects(paid: pd.DataFrame) -> pd.DataFrame:
    """Those that integrators' projects put to use."""
    return paid.assign(
        opportunity_id=pd.Series([None] * len(paid), dtype="str"),
        role=2,
        reason=CHURN,
        discount=0,
        included=INCLUDED[-1],
    )


def _needs(company: Company) -> pd.DataFrame:
    """By account: how long its installs may call, and the units they are expected to use a month.

    Columns: account_id, since, until (NEVER = still calling), units.
    """
    installs = company.verse("installs")["installs"]
    live = installs["activated"].to_numpy() != NEVER
    rows = installs[live].assign(load=usage.weights(company, len(installs))[live])
    removed = rows["removed"].to_numpy()
    at_once = rows["load"].sum() / 2 if len(rows) else 1.0
    months = max(min(company.scale.weeks, usage.WEEKS) / 4.35, 0.25)
    units = company.scale.events / months * rows["load"] / at_once * usage.UNITS_A_CALL
    rows = rows.assign(units=units, removed=np.where(removed == NEVER, company.end, removed))
    needs = rows.groupby("account", sort=True).agg(
        since=("activated", "min"), until=("removed", "max"), units=("units", "sum")
    )
    until = needs["until"].to_numpy() + LINGER
    return pd.DataFrame(
        {
            "account_id": ids("acc", needs.index.to_numpy()),
            "since": np.maximum(needs["since"].to_numpy(), company.start),
            "until": np.where(until < company.end, until - until % DAY, NEVER),
            "units": needs["units"].to_numpy(),
        }
    )


def _direct(
    company: Company, rng: np.random.Generator, others: pd.DataFrame, needs: pd.DataFrame
) -> pd.DataFrame:
    """Small plans, bought from us, of accounts that call without another subscription."""
    first_call = company.end - usage.WEEKS * 7 * DAY
    last_until = np.where(others["ends"] == NEVER, company.end, others["ends"])
    pairs = others.assign(last=last_until).merge(needs, on="account_id")
    begins = np.maximum(pairs["since"], first_call)
    stays = np.where(pairs["until"] == NEVER, company.end, pairs["until"])
    covers = (pairs["starts"] <= begins) & (pairs["last"] >= stays)
    without = needs[~needs["account_id"].isin(pairs.loc[covers, "account_id"])]
    size = len(without)
    starts = without["since"].to_numpy() - between(rng, DAY, 20 * DAY, size)
    return pd.DataFrame(
        {
            "subscription_id": ids("sub-d", np.arange(size), 6),
            "account_id": without["account_id"].to_numpy(),
            "opportunity_id": pd.Series([None] * size, dtype="str"),
            "partner": -1,
            "role": -1,
            "product": 0,
            "starts": starts - starts % DAY,
            "ends": without["until"].to_numpy(),
            "reason": CHURN,
            "mrr": DIRECT_MRR[choose(rng, [4, 3, 2, 1], size)],
            "discount": 0,
            "included": INCLUDED[1],
            "currency": 0,
            "months": PERIODS[choose(rng, [0, 1, 4], size)],
            "changed": NEVER,
            "after": 0,
        }
    )


def _included(latent: pd.DataFrame, needs: pd.DataFrame) -> Floats:
    """Units a month that nobody's calls exceed, in round numbers."""
    expected = latent["account_id"].map(needs.set_index("account_id")["units"]).fillna(0.0)
    room = np.ceil(ROOM * expected.to_numpy() / 10_000) * 10_000 + 40_000
    room = np.where(expected > 0, room, 0)
    return np.asarray(np.maximum(latent["included"].to_numpy(), room), dtype=np.float64)


def _changed(rng: np.random.Generator, latent: pd.DataFrame, end: int) -> pd.DataFrame:
    """At most one change of each subscription: when (NEVER = never), and the amount after it."""
    size = len(latent)
    starts, ends, mrr = (latent[column].to_numpy() for column in ("starts", "ends", "mrr"))
    is_project = latent["opportunity_id"].isna().to_numpy()
    until = np.where(ends == NEVER, end, ends)
    at = between(rng, starts + 60 * DAY, np.maximum(until, starts + 60 * DAY), size)
    happens = (until > starts + 90 * DAY) & (rng.random(size) < 0.35) & ~is_project
    grows = rng.random(size) < 0.75
    lasting = np.flatnonzero(~is_project & (ends == NEVER) & (starts < end - 90 * DAY))
    if len(lasting):
        # Somebody changes on the last day: the extract is fresh.
        latest = lasting[int(np.argmax(np.where(happens, at, starts)[lasting]))]
        happens[latest], at[latest] = True, end - DAY
    after = np.maximum(mrr * np.where(grows, 13, 8) // 10, 1)
    return latent.assign(
        changed=np.where(happens, at - at % DAY, NEVER), after=np.where(happens, after, mrr)
    )


def _written(company: Company, rng: np.random.Generator, latent: pd.DataFrame) -> pd.DataFrame:
    """The rows of the entity; `mrr` is the amount each began with."""
    size = len(latent)
    ends, mrr = latent["ends"].to_numpy(), latent["mrr"].to_numpy()
    newest = np.maximum.reduce([latent["starts"].to_numpy(), ends, latent["changed"].to_numpy()])
    updated = np.minimum(newest + between(rng, 60, 3 * DAY, size), company.end - 1)
    return pd.DataFrame(
        {
            "subscription_id": latent["subscription_id"],
            "account_id": latent["account_id"],
            "partner_id": ids("prt", latent["partner"].to_numpy(), 5),
            "partner_role": words(PARTNER_ROLES, latent["role"].to_numpy()),
            "opportunity_id": latent["opportunity_id"],
            "product": words(PRODUCTS, latent["product"].to_numpy()),
            "started_on": dates(latent["starts"].to_numpy()),
            "ended_on": dates(ends),
            "end_reason": words(REASONS, np.where(ends == NEVER, -1, latent["reason"])),
            "mrr": whole(mrr),
            "list_mrr": whole(list_of(mrr, latent["discount"].to_numpy())),
            "included_units": latent["included"],
            "currency": words(CURRENCIES, latent["currency"].to_numpy()),
            "billing_period_months": whole(latent["months"].to_numpy()),
            "updated_at": instants(reach(updated, company.end)),
        }
    )


def _changes(latent: pd.DataFrame) -> pd.DataFrame:
    changed = latent[latent["changed"] != NEVER].sort_values("changed", kind="stable")
    return pd.DataFrame(
        {
            "change_id": ids("chg", np.arange(len(changed))),
            "subscription_id": changed["subscription_id"].to_numpy(),
            "changed_on": dates(changed["changed"].to_numpy()),
            "mrr": whole(changed["after"].to_numpy()),
            "currency": words(CURRENCIES, changed["currency"].to_numpy()),
        }
    )


def mrr_at(latent: pd.DataFrame, rows: Ints, at: Ints) -> Ints:
    """The monthly amount of these subscriptions on each day."""
    changed = latent["changed"].to_numpy()[rows]
    is_after = (changed != NEVER) & (changed <= at)
    amount: Ints = np.where(
        is_after, latent["after"].to_numpy()[rows], latent["mrr"].to_numpy()[rows]
    )
    return amount
