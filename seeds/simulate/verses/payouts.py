"""What partners were paid: commissions, shares of revenue, bonuses, and marketing funds."""

import numpy as np
import pandas as pd

from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import (
    CURRENCIES,
    DAY,
    MINOR_DIGITS,
    NEVER,
    Bools,
    Ints,
    between,
    choose,
    dates,
    flags,
    half_away,
    ids,
    instants,
    month_of,
    months_after,
    reach,
    spread,
    whole,
    words,
)
from seeds.simulate.verses.operations import APPROVERS
from seeds.simulate.verses.planted import joined
from seeds.simulate.verses.roles import GOLD, PLATINUM, REFERRAL, REGISTERED, RESELLER
from seeds.simulate.verses.subscriptions import FRAUD, MIGRATED
from seeds.simulate.verses.terms import (
    FIRST_YEAR,
    SHARE,
    SHARE_MONTHS,
    THOUSANDTHS,
    credited,
    first_year,
    rate_at,
    tier_at,
)

HOLDBACK = 30 * DAY
WITHOUT_PAYMENT = 60 * DAY
CLAWED_BACK = 180 * DAY
"""What is cancelled or cut down so early takes commission back."""

UNPAID_SHARE = 0.04
DISPUTED_SHARE = 0.04
BONUS_EVERY = 40
"""One credited deal in so many earns a bonus of a round amount."""

REBATES = ((250_000_00, 20), (500_000_00, 50), (1_000_000_00, 0))
"""Cents of a year's volume from which it earns so many thousandths; of the largest we agree."""

BUDGETS = (0, 2_000_00, 10_000_00, 35_000_00)
"""Cents of marketing funds a quarter, at most, by tier."""

SMALL, SURELY_LARGE = 4_000_00, 6_000_00
"""Amounts below and above the line of 5,000, whichever of the two currencies they are in."""

LOW_EVERY = 9
"""One large request in so many was granted by somebody who may not."""

ACTIVITIES = ("event", "webinar", "campaign", "content", "training")


def write(company: Company, rng: np.random.Generator) -> Frames:
    """`billing.payouts`: exactly what was earned, once it was payable."""
    leaking = company.verse("leaks")
    rows = credited(company)
    deals = _deals(company)
    parts = [
        _commissions(rng, rows[~rows["opportunity_id"].isin(leaking["leaks.deals"])], deals),
        _shares(company, rows, deals),
        _bonuses(rng, rows),
        _rebates(company, rows),
        _marketing(company, rng),
    ]
    payouts = pd.concat(parts, ignore_index=True)
    payouts = payouts[payouts["at"] < company.end]
    payouts = payouts.sort_values(["at", "partner", "kind"], kind="stable").reset_index(drop=True)
    at = reach(payouts["at"].to_numpy(), company.end)
    disputed, settled = payouts["disputed"].to_numpy(bool), payouts["resolved"].to_numpy()
    size = len(payouts)
    written = pd.DataFrame(
        {
            "payout_id": ids("pay", np.arange(size)),
            "partner_id": ids("prt", payouts["partner"].to_numpy(), 5),
            "opportunity_id": payouts["opportunity_id"].astype("str"),
            "subscription_id": payouts["subscription_id"].astype("str"),
            "kind": payouts["kind"].astype("str"),
            "amount": whole(payouts["amount"].to_numpy()),
            "currency": payouts["currency"].astype("str"),
            "paid_on": dates(at),
            "disputed": flags(disputed),
            "resolved_on": dates(np.where(disputed & (settled < company.end), settled, NEVER)),
        }
    )
    return {"billing.payouts": joined(written, leaking["leaks.payouts"])}


def _deals(company: Company) -> pd.DataFrame:
    """By opportunity with a subscription: its number, first payment (NEVER), and early losses.

    An early loss takes back `parts` of `whole` of what was earned, on the day `lost`; of two losses
    finance has not yet worked out what they take (`is_unclear`).
    """
    latent = company.verse("subscriptions")["subscriptions"]
    bills = company.verse("invoices")["bills"]
    paid = bills[bills["paid"] != NEVER].groupby("subscription")["paid"].min()
    first = pd.Series(NEVER, index=latent.index)
    first[paid.index] = paid
    columns = ("starts", "ends", "changed", "mrr", "after", "reason")
    starts, ends, changed, mrr, after, reason = (latent[c].to_numpy() for c in columns)
    is_fraud = reason == FRAUD
    left = (ends != NEVER) & (reason != MIGRATED) & ((ends - starts < CLAWED_BACK) | is_fraud)
    cut = (changed != NEVER) & (after < mrr) & (changed - starts < CLAWED_BACK)
    lost = np.select([left, cut], [ends, changed], NEVER)
    days = np.where(left | cut, lost - starts, 0) // DAY
    parts, whole_parts = _taken_back(np.where(left & is_fraud, 0, days))
    deals = pd.DataFrame(
        {
            "opportunity_id": latent["opportunity_id"],
            "subscription": latent.index,
            "first_paid": first,
            "lost": lost,
            "parts": np.select([left, cut], [parts * mrr, parts * (mrr - after)], 0),
            "whole": whole_parts * mrr,
            "is_unclear": left & cut,
            "has_left": left,
        }
    )
    return deals[deals["opportunity_id"].notna()]


def _taken_back(days: Ints) -> tuple[Ints, Ints]:
    """The share that goes back after so many days: all, then half, then less day by day."""
    parts = np.select([days < 30, days < 90], [180, 90], 180 - days)
    return np.maximum(parts, 0), np.full(len(days), 180)


def _commissions(rng: np.random.Generator, rows: pd.DataFrame, deals: pd.DataFrame) -> pd.DataFrame:
    """First-year commissions: once, after the first payment and the holdback.

    What an early loss takes back is left out where it came before, and taken back where after.
    """
    rows = rows[np.isin(rows["kind"], list(FIRST_YEAR))].merge(
        deals, on="opportunity_id", how="left"
    )
    size = len(rows)
    has_bill = rows["subscription"].notna().to_numpy()
    first = rows["first_paid"].fillna(NEVER).to_numpy().astype(np.int64)
    payable = np.where(has_bill, first + HOLDBACK, rows["closed"].to_numpy() + WITHOUT_PAYMENT)
    waits = has_bill & (first == NEVER)
    waits |= rows["is_unclear"].fillna(value=False).to_numpy(bool)
    forgotten = rng.random(size) < UNPAID_SHARE
    at = payable + between(rng, DAY, 20 * DAY, size)
    at -= at % DAY
    earned = first_year(rows)
    lost = rows["lost"].fillna(NEVER).to_numpy().astype(np.int64)
    parts = rows["parts"].fillna(0).to_numpy().astype(np.int64)
    whole_parts = rows["whole"].fillna(1).to_numpy().astype(np.int64)
    back = half_away(earned * parts, whole_parts)
    is_known = lost <= at
    disputed: Bools = rng.random(size) < DISPUTED_SHARE
    paid = pd.DataFrame(
        {
            "partner": rows["partner"],
            "opportunity_id": rows["opportunity_id"],
            "subscription_id": pd.Series([None] * size, dtype="str"),
            "kind": np.where(rows["kind"] == REFERRAL, "referral_fee", "commission"),
            "amount": earned - np.where(is_known, back, 0),
            "currency": rows["currency"],
            "at": at,
            "disputed": disputed,
            "resolved": at + between(rng, 5, 90, size) * DAY,
        }
    )
    taken = paid.assign(amount=-back, at=lost, disputed=False)
    is_paid = ~waits & ~forgotten
    kept: pd.DataFrame = pd.concat(
        [
            paid[is_paid & (paid["amount"].to_numpy() > 0)],
            taken[is_paid & ~is_known & (back > 0)],
        ],
        ignore_index=True,
    )
    return kept


def _shares(company: Company, rows: pd.DataFrame, deals: pd.DataFrame) -> pd.DataFrame:
    """Shares of the cash collected: on the tenth of the month after, for two years."""
    rows = rows[np.isin(rows["kind"], list(SHARE))].merge(deals, on="opportunity_id")
    agreed = rate_at(
        company, "revenue_share", rows["partner"].to_numpy(), rows["closed"].to_numpy()
    )
    usual = np.array([SHARE.get(kind, 0) for kind in range(6)])[rows["kind"].to_numpy()]
    rows = rows.assign(
        rate=np.where(agreed >= 0, agreed, usual),
        halves=np.where(rows["is_sourced"], 1, 2),
        row=np.arange(len(rows)),
    )
    cash = rows.merge(_cash(company), on="subscription")
    closed_on = cash["closed"].to_numpy() - cash["closed"].to_numpy() % DAY
    in_term = cash["paid"] < months_after(closed_on, SHARE_MONTHS)
    cash = cash[in_term.to_numpy()].assign(month=month_of(cash["paid"].to_numpy())[in_term])
    by_month = cash.groupby(["row", "month"], sort=True, as_index=False)["cash"].sum()
    of = rows.iloc[by_month["row"].to_numpy()]
    total = by_month.groupby("row")["cash"].cumsum().to_numpy()
    earned = half_away(total * of["rate"].to_numpy(), THOUSANDTHS * of["halves"].to_numpy())
    earned = np.maximum(earned, 0)
    is_first = by_month["row"].ne(by_month["row"].shift()).to_numpy()
    before = np.where(is_first, 0, np.roll(earned, 1))
    tenth = months_after(by_month["month"].to_numpy(), 1) + 9 * DAY
    held = of["first_paid"].to_numpy() + HOLDBACK
    held += -held % DAY
    size = len(by_month)
    paid = pd.DataFrame(
        {
            "partner": of["partner"].to_numpy(),
            "opportunity_id": of["opportunity_id"].to_numpy(),
            "subscription_id": company.verse("subscriptions")["subscriptions"][
                "subscription_id"
            ].to_numpy()[of["subscription"].to_numpy().astype(np.int64)],
            "kind": "revenue_share",
            "amount": earned - before,
            "currency": of["currency"].to_numpy(),
            "at": np.maximum(tenth, held),
            "disputed": np.zeros(size, dtype=np.bool_),
            "resolved": NEVER,
        }
    )
    is_safe = ~of["has_left"].to_numpy(bool)
    kept: pd.DataFrame = paid[is_safe & (paid["amount"].to_numpy() != 0)]
    return kept


def _cash(company: Company) -> pd.DataFrame:
    """Cash of each subscription: what was paid without tax, refunds taken off."""
    bills = company.verse("invoices")["bills"]
    came = bills[bills["paid"] != NEVER]
    return pd.DataFrame(
        {"subscription": came["subscription"], "paid": came["paid"], "cash": came["net"]}
    )


def _bonuses(rng: np.random.Generator, rows: pd.DataFrame) -> pd.DataFrame:
    """Bonuses of a campaign, for some deals."""
    rows = rows.iloc[::BONUS_EVERY]
    size = len(rows)
    at = rows["closed"].to_numpy() + between(rng, 20 * DAY, 45 * DAY, size)
    return pd.DataFrame(
        {
            "partner": rows["partner"].to_numpy(),
            "opportunity_id": rows["opportunity_id"].to_numpy(),
            "subscription_id": pd.Series([None] * size, dtype="str"),
            "kind": "spiff",
            "amount": between(rng, 1, 5, size) * 250_00,
            "currency": "USD",
            "at": at - at % DAY,
            "disputed": np.zeros(size, dtype=np.bool_),
            "resolved": NEVER,
        }
    )


def _rebates(company: Company, rows: pd.DataFrame) -> pd.DataFrame:
    """Rebates on what resellers bought in a year, in the middle of next March.

    A purchase has one buyer, who sourced it.
    """
    rows = rows[(rows["kind"] == RESELLER) & rows["is_sourced"]]
    year = rows["closed"].to_numpy().view("datetime64[s]").astype("datetime64[Y]")
    rows = rows.assign(
        year=year.astype("datetime64[s]").astype(np.int64), cents=_in_dollars(company, rows)
    )
    volume = rows.groupby(["partner", "year"], sort=True)["cents"].sum()
    band = np.searchsorted([bound for bound, _ in REBATES], volume.to_numpy(), side="right")
    rate = np.array([0, *(rate for _, rate in REBATES)])[band]
    size = len(volume)
    begins = volume.index.get_level_values("year").to_numpy().astype(np.int64)
    paid = pd.DataFrame(
        {
            "partner": volume.index.get_level_values("partner").to_numpy(),
            "opportunity_id": pd.Series([None] * size, dtype="str"),
            "subscription_id": pd.Series([None] * size, dtype="str"),
            "kind": "rebate",
            "amount": half_away(volume.to_numpy() * rate, THOUSANDTHS),
            "currency": "USD",
            "at": months_after(begins, 14) + 14 * DAY,
            "disputed": np.zeros(size, dtype=np.bool_),
            "resolved": NEVER,
        }
    )
    kept: pd.DataFrame = paid[paid["amount"] > 0]
    return kept


def _in_dollars(company: Company, rows: pd.DataFrame) -> Ints:
    """Cents of each amount at the last rate on or before the day its deal closed."""
    rates = company.verse("fx_rates")["billing.fx_rates"]
    amount = rows["amount"].to_numpy()
    cents = amount.copy()
    for code in CURRENCIES[1:]:
        own = rates[rates["currency"] == code].sort_values("rate_date")
        days = own["rate_date"].to_numpy().astype("datetime64[s]").astype(np.int64)
        place = np.searchsorted(days, rows["closed"].to_numpy(), side="right") - 1
        millionths = np.round(own["usd_per_unit"].to_numpy() * 1_000_000).astype(np.int64)[place]
        worth = half_away(amount * millionths, 10 ** (4 + MINOR_DIGITS[code]))
        cents = np.where(rows["currency"] == code, worth, cents)
    return cents


def _marketing(company: Company, rng: np.random.Generator) -> pd.DataFrame:
    """What was claimed of marketing funds, three weeks later."""
    claims = company.verse("mdf_requests")["claims"]
    size = len(claims)
    return pd.DataFrame(
        {
            "partner": claims["partner"].to_numpy(),
            "opportunity_id": pd.Series([None] * size, dtype="str"),
            "subscription_id": pd.Series([None] * size, dtype="str"),
            "kind": "mdf",
            "amount": claims["spent"].to_numpy(),
            "currency": words(CURRENCIES, claims["currency"].to_numpy()).to_numpy(),
            "at": claims["claimed"].to_numpy() + between(rng, 14, 28, size) * DAY,
            "disputed": np.zeros(size, dtype=np.bool_),
            "resolved": NEVER,
        }
    )


def write_marketing(company: Company, rng: np.random.Generator) -> Frames:
    """`crm.mdf_requests`: those with a tier ask most quarters, within their budget, and claim."""
    traits = company.verse("partners")["traits"]
    asks = np.flatnonzero((traits["tier"] > REGISTERED) & ~traits["is_quiet"])
    quarters = max(int(company.scale.weeks // 13), 1)
    who, place = spread(np.full(len(asks), quarters))
    partner = asks[who]
    begins = company.start + place * 13 * 7 * DAY
    asked = begins + between(rng, 0, 60 * DAY, len(partner))
    asked -= asked % DAY
    tier = tier_at(company, partner, asked)
    kept = (tier > REGISTERED) & (rng.random(len(partner)) < 0.6)
    kept &= asked >= traits["signed_at"].to_numpy()[partner]
    kept &= asked < company.end - DAY
    partner, asked, tier = partner[kept], asked[kept], tier[kept]
    size = len(partner)
    amount = (np.array(BUDGETS)[tier] * (0.25 + 0.7 * rng.random(size))).astype(np.int64)
    amount -= amount % 100_00
    granted = asked + between(rng, 1, 12, size) * DAY
    is_granted = (rng.random(size) < 0.88) & (granted < company.end)
    granted = np.where(is_granted, granted, NEVER)
    claimed = granted + between(rng, 25, 75, size) * DAY
    claims = is_granted & (rng.random(size) < 0.85) & (claimed < company.end)
    spent = (amount * (0.6 + 0.4 * rng.random(size))).astype(np.int64)
    leads = rng.poisson(spent / 100_00 / 3)
    currency = choose(rng, [0.85, 0.15], size)
    approver, by_rule = _approvers(tier, amount)
    newest = np.maximum.reduce([asked, granted, np.where(claims, claimed, NEVER)])
    requests = pd.DataFrame(
        {
            "request_id": ids("mdf", np.arange(size), 6),
            "partner_id": ids("prt", partner, 5),
            "activity_type": words(ACTIVITIES, choose(rng, [3, 2, 3, 1, 1], size)),
            "requested_on": dates(asked),
            "approved_on": dates(granted),
            "approver_role": words(APPROVERS, np.where(is_granted, approver, -1)),
            "amount": whole(amount),
            "spent": whole(spent, ~claims),
            "currency": words(CURRENCIES, currency),
            "claimed_on": dates(np.where(claims, claimed, NEVER)),
            "leads": whole(leads, ~claims),
            "pipeline_amount": whole(leads * 900_00, ~claims),
            "updated_at": instants(
                reach(
                    np.minimum(newest + between(rng, 60, DAY, size), company.end - 1), company.end
                )
            ),
        }
    )
    told = pd.DataFrame(
        {"partner": partner, "currency": currency, "claimed": claimed, "spent": spent}
    )
    planted = company.verse("operations")
    ruled = pd.DataFrame(
        {
            "request_id": requests["request_id"],
            "is_approved_by_rule": flags(by_rule).mask(~is_granted),
            "case": pd.Series([None] * size, dtype="str"),
        }
    )
    return {
        "crm.mdf_requests": joined(requests, planted["operations.mdf_requests"]),
        "claims": told[claims].reset_index(drop=True),
        "truth.fund_requests": joined(ruled, planted["operations.approvals"]),
    }


def _approvers(tier: Ints, amount: Ints) -> tuple[Ints, Bools]:
    """Who granted each request, and whether they were the ones to: mostly, but not always."""
    needed = np.select([tier == PLATINUM, (tier == GOLD) & (amount >= SMALL)], [2, 1], 0)
    is_low = (needed > 0) & (np.arange(len(tier)) % LOW_EVERY == 0) & (amount >= SURELY_LARGE)
    return np.where(is_low, 0, needed), ~is_low
