"""What customers pay: subscriptions, their changes, invoices and lines, and exchange rates."""

import numpy as np
import pandas as pd

from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import (
    CURRENCIES,
    DAY,
    MINOR_DIGITS,
    NEVER,
    USD_PER_UNIT,
    YEAR,
    Ints,
    between,
    choose,
    dates,
    ids,
    instants,
    reach,
    spread,
    whole,
    words,
)
from seeds.simulate.verses.deals import NONE, PARTICIPATING, VALID
from seeds.simulate.verses.planted import joined

MONTH = YEAR // 12
PRODUCTS = ("Core", "Insight", "Flow", "Guard")
ROLES = ("resold", "referred", "implemented", "embedded")
ROLE_OF_TYPE = np.array([3, 2, 0, 3, 3, 1])
PERIODS = np.array([1, 3, 12])


def write_subscriptions(company: Company, rng: np.random.Generator) -> Frames:
    """`billing.subscriptions` and their changes: one per new deal won; loyalty keeps them."""
    deals = company.verse("deals")["deals"]
    parts = company.verse("deals")["parts"]
    traits = company.verse("partners")["traits"]
    won = np.flatnonzero(deals["is_won"].to_numpy() & (deals["kind"].to_numpy() == 0))
    size = len(won)
    partner = _partner_of_record(parts, len(deals))[won]
    starts = deals["closed"].to_numpy()[won] + between(rng, 0, 10 * DAY, size)
    starts = np.minimum(starts - starts % DAY, company.end - DAY)
    loyalty = np.where(partner >= 0, traits["loyalty"].to_numpy()[partner], 0.55)
    stays = rng.exponential(1.2 + 14 * loyalty**2, size) * YEAR
    ends = starts + 45 * DAY + (stays // DAY).astype(np.int64) * DAY
    ends = np.where(ends < company.end, ends, NEVER)
    currency = deals["currency"].to_numpy()[won]
    mrr = np.maximum(deals["amount"].to_numpy()[won] // 12, 1)
    period = choose(rng, [2, 3, 5], size)
    kind = traits["kind"].to_numpy()[np.maximum(partner, 0)]
    product = choose(rng, [4, 3, 2, 1], size)

    changed, change_at, after = _changes(rng, starts, ends, mrr, company.end)
    newest = mrr.copy()
    newest[changed] = after
    last = np.maximum(starts, ends)
    last[changed] = np.maximum(last[changed], change_at)
    subscriptions = pd.DataFrame(
        {
            "subscription_id": ids("sub", np.arange(size)),
            "account_id": ids("acc", deals["account"].to_numpy()[won]),
            "partner_id": ids("prt", partner, 5),
            "partner_role": words(ROLES, np.where(partner >= 0, ROLE_OF_TYPE[kind], -1)),
            "opportunity_id": ids("opp", won),
            "product": words(PRODUCTS, product),
            "started_on": dates(starts),
            "ended_on": dates(ends),
            "end_reason": words(
                ("churn", "fraud", "migrated"),
                np.where(ends == NEVER, -1, choose(rng, [90, 2, 8], size)),
            ),
            "mrr": whole(newest),
            "list_mrr": whole(newest * 5 // 4),
            "included_units": np.array([1e4, 5e4, 2e5])[period],
            "currency": words(CURRENCIES, currency),
            "billing_period_months": whole(PERIODS[period]),
            "updated_at": instants(
                reach(
                    np.minimum(last + between(rng, 60, 3 * DAY, size), company.end - 1), company.end
                )
            ),
        }
    )
    changes = pd.DataFrame(
        {
            "change_id": ids("chg", np.arange(len(changed))),
            "subscription_id": ids("sub", changed),
            "changed_on": dates(change_at),
            "mrr": whole(after),
            "currency": words(CURRENCIES, currency[changed]),
        }
    )
    latent = pd.DataFrame(
        {
            "account_id": subscriptions["account_id"],
            "subscription_id": subscriptions["subscription_id"],
            "partner": partner,
            "starts": starts,
            "ends": ends,
            "mrr": mrr,
            "currency": currency,
            "months": PERIODS[period],
            "product": product,
        }
    )
    on_projects = company.verse("projects")["projects.subscriptions"]
    return {
        "billing.subscriptions": joined(subscriptions, _of_projects(company, on_projects)),
        "billing.subscription_changes": changes,
        "subscriptions": joined(latent, on_projects),
    }


def _of_projects(company: Company, paid: pd.DataFrame) -> pd.DataFrame:
    """The subscriptions of integrators' projects as billing writes them down."""
    starts, ends, mrr = (paid[column].to_numpy() for column in ("starts", "ends", "mrr"))
    size = len(paid)
    has_ended = ends != NEVER
    return pd.DataFrame(
        {
            "subscription_id": paid["subscription_id"],
            "account_id": paid["account_id"],
            "partner_id": ids("prt", paid["partner"].to_numpy(), 5),
            "partner_role": words(ROLES, np.full(size, 2)),
            "opportunity_id": pd.Series([None] * size, dtype="str"),
            "product": words(PRODUCTS, paid["product"].to_numpy()),
            "started_on": dates(starts),
            "ended_on": dates(ends),
            "end_reason": words(("churn",), np.where(has_ended, 0, -1)),
            "mrr": whole(mrr),
            "list_mrr": whole(mrr * 5 // 4),
            "included_units": 2e5,
            "currency": words(CURRENCIES, paid["currency"].to_numpy()),
            "billing_period_months": whole(paid["months"].to_numpy()),
            "updated_at": instants(np.minimum(np.maximum(starts, ends) + DAY, company.end - 1)),
        }
    )


def _partner_of_record(parts: pd.DataFrame, deals: int) -> Ints:
    """Who holds the customer: mostly whoever sourced the deal, else often who took part."""
    partner = np.full(deals, -1)
    joined = parts[(parts["touch"] == PARTICIPATING) & (parts["claim"] == NONE)]
    joined = joined.drop_duplicates("deal", keep="first")
    joined = joined[joined["deal"] % 3 != 0]
    partner[joined["deal"].to_numpy()] = joined["partner"].to_numpy()
    sourced = parts[parts["claim"] == VALID]
    partner[sourced["deal"].to_numpy()] = sourced["partner"].to_numpy()
    return partner


def _changes(
    rng: np.random.Generator, starts: Ints, ends: Ints, mrr: Ints, end: int
) -> tuple[Ints, Ints, Ints]:
    """At most one change a subscription: which, when, and the monthly amount after it."""
    size = len(starts)
    until = np.where(ends == NEVER, end, ends)
    at = between(rng, starts + 60 * DAY, np.maximum(until, starts + 60 * DAY), size)
    happens = (until > starts + 90 * DAY) & (rng.random(size) < 0.35)
    grows = rng.random(size) < 0.75
    which = np.flatnonzero(happens)
    if len(which) == 0 and size > 0:
        which = np.array([0], dtype=np.int64)
        at = np.full(size, end - DAY)
    at = reach(at[which], end)
    order = np.argsort(at, kind="stable")
    which, at = which[order], at[order]
    after = mrr[which] * np.where(grows[which], 13, 8) // 10
    return which, at, np.maximum(after, 1)


def write_invoices(company: Company, rng: np.random.Generator) -> Frames:
    """`billing.invoices` and `billing.invoice_lines`: one invoice a billing period, in advance."""
    subscriptions = company.verse("subscriptions")["subscriptions"]
    starts = subscriptions["starts"].to_numpy()
    months = subscriptions["months"].to_numpy()
    ends = subscriptions["ends"].to_numpy()
    until = np.where(ends == NEVER, company.end, ends)
    counts = -(-(until - starts) // (months * MONTH))
    subscription, place = spread(np.maximum(counts, 1))
    issued = starts[subscription] + place * months[subscription] * MONTH
    issued -= issued % DAY
    period_end = issued + months[subscription] * MONTH - DAY
    order = np.argsort(issued, kind="stable")
    subscription, issued, period_end = subscription[order], issued[order], period_end[order]
    size = len(subscription)
    currency = subscriptions["currency"].to_numpy()[subscription]
    base = (subscriptions["mrr"].to_numpy() * months)[subscription]
    usage = np.where(rng.random(size) < 0.3, base // 20 + 1, 0)
    credit = np.where(rng.random(size) < 0.03, -(base // 10), 0)
    tax = np.where(rng.random(size) < 0.4, base // 5, 0)
    total = base + usage + credit + tax
    state = choose(rng, [0.01, 0.05, 0.91, 0.015, 0.015], size)
    late = issued > company.end - 30 * DAY
    state = np.where(late & (rng.random(size) < 0.6), 1, state)
    paid = issued + between(rng, DAY, 50 * DAY, size)
    state = np.where((state == 2) & (paid >= company.end), 1, state)
    paid = np.where(state == 2, paid, NEVER)
    newest = np.maximum(issued, paid)
    updated = np.minimum(newest + between(rng, 60, 2 * DAY, size), company.end - 1)
    partner = subscriptions["partner"].to_numpy()[subscription]
    invoices = pd.DataFrame(
        {
            "invoice_id": ids("inv", np.arange(size)),
            "account_id": subscriptions["account_id"].to_numpy()[subscription],
            "partner_id": ids("prt", partner, 5),
            "issued_on": dates(issued),
            "due_on": dates(issued + 30 * DAY),
            "paid_on": dates(paid),
            "total": whole(total),
            "amount_paid": whole(np.where(state == 2, total, 0)),
            "currency": words(CURRENCIES, currency),
            "status": words(("draft", "open", "paid", "void", "uncollectible"), state),
            "updated_at": instants(reach(updated, company.end)),
        }
    )
    bills = pd.DataFrame(
        {
            "subscription_id": subscriptions["subscription_id"].to_numpy()[subscription],
            "product": subscriptions["product"].to_numpy()[subscription],
            "currency": currency,
            "issued": issued,
            "period_end": period_end,
        }
    )
    return {
        "billing.invoices": invoices,
        "billing.invoice_lines": _lines(bills, (base, usage, credit, tax)),
    }


def _lines(bills: pd.DataFrame, parts: tuple[Ints, Ints, Ints, Ints]) -> pd.DataFrame:
    """The lines that add up to each invoice: subscription, usage, credit, tax."""
    kinds = ("subscription", "usage", "credit", "tax")
    rows = pd.concat(
        [
            pd.DataFrame({"invoice": np.flatnonzero(amount), "amount": amount[amount != 0]}).assign(
                kind=kind
            )
            for kind, amount in enumerate(parts)
        ],
        ignore_index=True,
    ).sort_values(["invoice", "kind"], kind="stable")
    invoice, kind = rows["invoice"].to_numpy(), rows["kind"].to_numpy()
    currency, product = bills["currency"].to_numpy(), bills["product"].to_numpy()
    amount = rows["amount"].to_numpy()
    is_usage, has_period = kind == 1, kind <= 1
    digits = np.array([MINOR_DIGITS[code] for code in CURRENCIES])[currency[invoice]]
    quantity = np.where(is_usage, 1000.0, 1.0)
    price = np.round(amount / 10.0**digits / quantity, 8)
    return pd.DataFrame(
        {
            "line_id": ids("lin", np.arange(len(rows))),
            "invoice_id": ids("inv", invoice),
            "subscription_id": bills["subscription_id"].to_numpy()[invoice],
            "kind": words(kinds, kind),
            "meter": words(
                ("api_calls", *PRODUCTS),
                np.where(is_usage, 0, np.where(kind == 0, 1 + product[invoice], -1)),
            ),
            "quantity": np.where(has_period, quantity, np.nan),
            "unit_price": np.where(has_period, price, np.nan),
            "list_unit_price": np.where(has_period, np.round(price * 1.25, 8), np.nan),
            "amount": whole(amount),
            "currency": words(CURRENCIES, currency[invoice]),
            "period_start": dates(np.where(has_period, bills["issued"].to_numpy()[invoice], NEVER)),
            "period_end": dates(
                np.where(has_period, bills["period_end"].to_numpy()[invoice], NEVER)
            ),
        }
    )


def write_fx_rates(company: Company, rng: np.random.Generator) -> Frames:
    """`billing.fx_rates`: a rate for every working day, wandering around its mean."""
    first = company.start - company.start % DAY - 14 * DAY
    days = np.arange(first, company.end, DAY, dtype=np.int64)
    days = days[((days // DAY + 3) % 7 < 5) | (days == company.end - DAY)]
    frames = []
    for code in CURRENCIES[1:]:
        steps = rng.normal(0, 0.004, len(days))
        wander = np.zeros(len(days))
        for place in range(1, len(days)):
            wander[place] = 0.995 * wander[place - 1] + steps[place]
        rate = np.round(USD_PER_UNIT[code] * np.exp(wander), 6)
        frames.append(
            pd.DataFrame({"currency": code, "rate_date": dates(days), "usd_per_unit": rate})
        )
    rates = pd.concat(frames, ignore_index=True)
    order = np.lexsort([rates["currency"].to_numpy(dtype=str), rates["rate_date"].to_numpy()])
    return {"billing.fx_rates": rates.iloc[order].reset_index(drop=True)}
