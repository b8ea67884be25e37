"""What serving customers and partners costs, month by month, and the list prices."""

import numpy as np
import pandas as pd

from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import (
    CURRENCIES,
    DAY,
    MINOR_DIGITS,
    NEVER,
    USD_PER_UNIT,
    Floats,
    Ints,
    dates,
    ids,
    month_of,
    months_after,
    spread,
    whole,
    words,
)
from seeds.simulate.usage import METERS
from seeds.simulate.verses.billing import BLOCK, BLOCK_PRICES
from seeds.simulate.verses.roles import SILVER
from seeds.simulate.verses.subscriptions import PRODUCTS, mrr_at
from seeds.simulate.verses.terms import only_refers

TYPES = ("cogs", "partner_team", "support", "onboarding", "tooling", "sales", "marketing")
COGS, PARTNER_TEAM, SUPPORT, ONBOARDING, TOOLING, SALES, MARKETING = range(7)

COGS_SHARE = 0.22
"""Of the monthly revenue, give or take a tenth."""

LARGE_ACCOUNT = 12_000_00
"""Cents of monthly revenue from which an account's cost of goods is booked by itself."""

ONBOARDING_MONTHS = 3
EURO_EVERY = 9
"""One partner in so many is looked after from an office that books in euros."""

PRICE_RISE = 400 * DAY
"""So long ago list prices of products rose."""

PRODUCT_PRICES = (450_00, 900_00, 600_00, 750_00)


def write(company: Company, rng: np.random.Generator) -> Frames:
    """`billing.costs`: some booked to partners or accounts, some to the whole programme."""
    first = int(month_of(np.array([company.start]))[0])
    count = int(np.datetime64(company.end - DAY, "s").astype("datetime64[M]").astype(int))
    count -= int(np.datetime64(first, "s").astype("datetime64[M]").astype(int)) - 1
    months = months_after(np.full(count, first), np.arange(count))
    months = months[months >= company.start] if count > 1 else months
    rows = pd.concat(
        [
            _cost_of_goods(company, rng, months),
            _of_partners(company, rng, months),
            _of_referrers(company, months),
            _of_programme(company, rng, months),
        ],
        ignore_index=True,
    ).sort_values(["month", "type", "partner", "account"], kind="stable", ignore_index=True)
    accounts = company.verse("subscriptions")["subscriptions"]["account_id"]
    account = rows["account"].to_numpy()
    named = accounts.iloc[np.maximum(account, 0)].reset_index(drop=True)
    return {
        "billing.costs": pd.DataFrame(
            {
                "cost_id": ids("cst", np.arange(len(rows))),
                "cost_type": words(TYPES, rows["type"].to_numpy()),
                "partner_id": ids("prt", rows["partner"].to_numpy(), 5),
                "account_id": named.where(account >= 0, None),
                "month": dates(rows["month"].to_numpy()),
                "amount": whole(rows["amount"].to_numpy()),
                "currency": words(CURRENCIES, rows["currency"].to_numpy()),
            }
        )
    }


def _costs(
    kind: int, month: Ints, amount: Ints, *, partner: Ints | int = -1, account: Ints | int = -1
) -> pd.DataFrame:
    """Rows of one type; `account` is the number of a subscription of it."""
    who = np.asarray(partner)
    is_local = (who >= 0) & (who % EURO_EVERY == EURO_EVERY - 1)
    return pd.DataFrame(
        {
            "type": kind,
            "month": month,
            "partner": partner,
            "account": account,
            "amount": amount,
            "currency": np.where(is_local, 1, 0),
        }
    )


def _cost_of_goods(company: Company, rng: np.random.Generator, months: Ints) -> pd.DataFrame:
    """Large accounts by themselves, the others together."""
    latent = company.verse("subscriptions")["subscriptions"]
    rows = np.arange(len(latent))
    starts, ends = latent["starts"].to_numpy(), latent["ends"].to_numpy()
    rate = dollars()[latent["currency"].to_numpy()]
    found = []
    for month in months.tolist():
        last = int(months_after(np.array([month]), 1)[0]) - DAY
        active = rows[(starts <= last) & ((ends == NEVER) | (ends > month))]
        revenue = mrr_at(latent, active, np.full(len(active), month)) * rate[active]
        cost = (revenue * COGS_SHARE * (0.9 + 0.2 * rng.random(len(active)))).astype(np.int64)
        is_large = revenue >= LARGE_ACCOUNT
        large = active[is_large]
        found.append(_costs(COGS, np.full(len(large), month), cost[is_large], account=large))
        rest = cost[~is_large].sum(keepdims=True)
        found.append(_costs(COGS, np.array([month]), rest))
    return pd.concat(found, ignore_index=True)


def _of_referrers(company: Company, months: Ints) -> pd.DataFrame:
    """The partner team's time on those who only refer: more than what they bring."""
    latent = company.verse("subscriptions")["subscriptions"]
    partner = latent["partner"].to_numpy()
    rows = np.flatnonzero((partner >= 0) & only_refers(company)[np.maximum(partner, 0)])
    month = np.repeat(months, len(rows))
    rows = np.tile(rows, len(months))
    starts, ends = latent["starts"].to_numpy()[rows], latent["ends"].to_numpy()[rows]
    active = (starts <= months_after(month, 1) - DAY) & ((ends == NEVER) | (ends > month))
    rows, month = rows[active], month[active]
    worth = dollars()[latent["currency"].to_numpy()[rows]]
    spent = pd.DataFrame(
        {
            "partner": partner[rows],
            "month": month,
            "amount": (mrr_at(latent, rows, month) * worth).astype(np.int64),
        }
    )
    sums = spent.groupby(["partner", "month"], sort=True)["amount"].sum().reset_index()
    who, month, amount = (sums[c].to_numpy() for c in ("partner", "month", "amount"))
    return _costs(PARTNER_TEAM, month, amount, partner=who)


def dollars() -> Floats:
    """About how many US cents a minor unit of each currency is worth."""
    return np.array([USD_PER_UNIT[c] * 10.0 ** (2 - MINOR_DIGITS[c]) for c in CURRENCIES])


def _of_partners(company: Company, rng: np.random.Generator, months: Ints) -> pd.DataFrame:
    """Time of the partner team on those with a tier, onboarding of newcomers, tools of a few."""
    traits = company.verse("partners")["traits"]
    who, place = spread(np.full(len(traits), len(months)))
    month = months[place]
    signed = traits["signed_at"].to_numpy()[who]
    tier = traits["tier"].to_numpy()[who]
    noise = 0.9 + 0.2 * rng.random(len(who))
    hours = (np.array([0, 450_00, 1_100_00, 2_600_00])[tier] * noise).astype(np.int64)
    has_team = (tier >= SILVER) & (signed <= month)
    joins = month_of(signed)
    is_new = (month >= joins) & (month < months_after(joins, ONBOARDING_MONTHS))
    intake = (1_800_00 * noise).astype(np.int64)
    has_tool = (who % 11 == 3) & (signed <= month)
    costs: pd.DataFrame = pd.concat(
        [
            _costs(PARTNER_TEAM, month, hours, partner=who)[has_team],
            _costs(ONBOARDING, month, intake, partner=who)[is_new],
            _costs(TOOLING, month, np.full(len(who), 120_00), partner=who)[has_tool],
        ],
        ignore_index=True,
    )
    return costs


def _of_programme(company: Company, rng: np.random.Generator, months: Ints) -> pd.DataFrame:
    """What nobody can be named for: it grows with the programme."""
    size, count = company.scale.partners, len(months)
    growth = 1 + 0.25 * np.arange(count) / max(count, 1)
    found = []
    for kind, each in (
        (PARTNER_TEAM, 260_00),
        (SUPPORT, 190_00),
        (TOOLING, 75_00),
        (SALES, 4_950_00),
        (MARKETING, 2_310_00),
    ):
        amount = each * size * growth * (0.92 + 0.16 * rng.random(count))
        found.append(_costs(kind, months, amount.astype(np.int64)))
    return pd.concat(found, ignore_index=True)


def write_prices(company: Company, rng: np.random.Generator) -> Frames:
    """`billing.price_book`: metered units by the block of bills, products by the month."""
    del rng
    rise = company.end - PRICE_RISE
    rise -= rise % DAY
    rows: list[tuple[str, float, str, int, int]] = []
    for code in CURRENCIES:
        digits = MINOR_DIGITS[code]
        for meter, block in zip(METERS, BLOCK_PRICES[code], strict=True):
            rows.append((meter, block / 10**digits / BLOCK, code, NEVER, NEVER))
    for product, cents in zip(PRODUCTS, PRODUCT_PRICES, strict=True):
        rows.append((product, cents * 0.94 / 100, "USD", company.start - 365 * DAY, rise))
        rows.append((product, cents / 100, "USD", rise, NEVER))
    frame = pd.DataFrame(
        rows, columns=["meter_or_product", "unit_price", "currency", "valid_from", "valid_to"]
    )
    return {
        "billing.price_book": frame.assign(
            meter_or_product=frame["meter_or_product"].astype("str"),
            currency=frame["currency"].astype("str"),
            valid_from=dates(frame["valid_from"].to_numpy()),
            valid_to=dates(frame["valid_to"].to_numpy()),
        )
    }
