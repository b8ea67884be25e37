"""What customers are billed: invoices and their lines, and exchange rates."""

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
    between,
    choose,
    dates,
    half_away,
    ids,
    instants,
    months_after,
    reach,
    spread,
    whole,
    words,
)
from seeds.simulate.usage import METERS
from seeds.simulate.verses.planted import joined
from seeds.simulate.verses.subscriptions import PRODUCTS, mrr_at
from seeds.simulate.verses.terms import list_of

STATES = ("draft", "open", "paid", "void", "uncollectible")
DRAFT, OPEN, PAID, VOID, UNCOLLECTIBLE = range(5)
KINDS = ("subscription", "usage", "credit", "refund", "tax")

BLOCK = 5_000
"""Metered units are sold by so many."""

BLOCK_PRICES = {
    "USD": (10_00, 2_50, 5_00),
    "EUR": (9_00, 2_25, 4_50),
    "GBP": (8_00, 2_00, 4_00),
    "JPY": (1_500, 375, 750),
    "KWD": (3_000, 750, 1_500),
}
"""Minor units for a block of each meter."""


def write_invoices(company: Company, rng: np.random.Generator) -> Frames:
    """`billing.invoices` and `billing.invoice_lines`: one invoice a billing period, in advance.

    `bills` says what is meant by each: the amounts of its lines, and when it was paid.
    """
    latent = company.verse("subscriptions")["subscriptions"]
    bills = _states(company, rng, _amounts(rng, _periods(company, latent), latent))
    size = len(bills)
    subscription = bills["subscription"].to_numpy()
    paid, state = bills["paid"].to_numpy(), bills["state"].to_numpy()
    total = bills["total"].to_numpy()
    issued = bills["issued"].to_numpy()
    newest = np.maximum(issued, paid)
    updated = np.minimum(newest + between(rng, 60, 2 * DAY, size), company.end - 1)
    invoices = pd.DataFrame(
        {
            "invoice_id": ids("inv", np.arange(size)),
            "account_id": latent["account_id"].to_numpy()[subscription],
            "partner_id": ids("prt", latent["partner"].to_numpy()[subscription], 5),
            "issued_on": dates(issued),
            "due_on": dates(issued + 30 * DAY),
            "paid_on": dates(paid),
            "total": whole(total),
            "amount_paid": whole(np.where(state == PAID, total, 0)),
            "currency": words(CURRENCIES, bills["currency"].to_numpy()),
            "status": words(STATES, state),
            "updated_at": instants(reach(updated, company.end)),
        }
    )
    leaking = company.verse("leaks")
    return {
        "billing.invoices": joined(invoices, leaking["leaks.invoices"]),
        "billing.invoice_lines": joined(_lines(bills, latent), leaking["leaks.invoice_lines"]),
        "bills": bills,
    }


def _periods(company: Company, latent: pd.DataFrame) -> pd.DataFrame:
    """Every billing period that has begun: whole calendar months from the first day, the last one
    up to the day the subscription ends. Columns: subscription, issued, until, days, whole_days."""
    starts, ends, months = (latent[column].to_numpy() for column in ("starts", "ends", "months"))
    last = np.where(ends == NEVER, company.end, ends)
    subscription, place = spread((last - starts) // (months * 28 * DAY) + 1)
    step = months[subscription]
    begins = months_after(starts[subscription], place * step)
    full = months_after(starts[subscription], (place + 1) * step)
    kept = begins < last[subscription]
    subscription, begins, full = subscription[kept], begins[kept], full[kept]
    ended = ends[subscription]
    until = np.where(ended == NEVER, full, np.minimum(full, ended))
    periods = pd.DataFrame(
        {
            "subscription": subscription,
            "place": place[kept],
            "issued": begins,
            "until": until,
            "days": (until - begins) // DAY,
            "whole_days": (full - begins) // DAY,
        }
    )
    return periods.sort_values(["issued", "subscription"], kind="stable").reset_index(drop=True)


def _amounts(rng: np.random.Generator, bills: pd.DataFrame, latent: pd.DataFrame) -> pd.DataFrame:
    """What each period is billed: the subscription, and the usage of the period before."""
    size = len(bills)
    subscription = bills["subscription"].to_numpy()
    currency = latent["currency"].to_numpy()[subscription]
    mrr = mrr_at(latent, subscription, bills["issued"].to_numpy())
    months = latent["months"].to_numpy()[subscription]
    days, whole_days = bills["days"].to_numpy(), bills["whole_days"].to_numpy()
    is_whole = days == whole_days
    base = np.where(is_whole, mrr * months, half_away(mrr * months * days, whole_days))
    meter = choose(rng, [2, 2, 1], size)
    block = np.array([BLOCK_PRICES[code] for code in CURRENCIES])[currency, meter]
    uses = (rng.random(size) < 0.3) & (bills["place"].to_numpy() > 0)
    blocks = np.where(uses, base // 20 // block + 1, 0)
    credit = np.where(rng.random(size) < 0.03, -(base // 10), 0)
    refund = np.where(rng.random(size) < 0.015, -(base // 8), 0)
    is_taxed = (rng.random(len(latent)) < 0.4)[subscription]
    return bills.assign(
        currency=currency,
        mrr=mrr,
        months=months,
        is_whole=is_whole,
        base=base,
        meter=meter,
        block=block,
        blocks=blocks,
        credit=credit,
        refund=refund,
        tax=np.where(is_taxed, base // 5, 0),
    )


def _states(company: Company, rng: np.random.Generator, bills: pd.DataFrame) -> pd.DataFrame:
    """Adds state and payment. Drafts are of periods still running; void ones were issued again."""
    size = len(bills)
    issued = bills["issued"].to_numpy()
    state = choose(rng, [0.01, 0.05, 0.91, 0.015, 0.015], size)
    is_running = bills["until"].to_numpy() > company.end
    state = np.where((state == DRAFT) & ~is_running, PAID, state)
    late = issued > company.end - 30 * DAY
    state = np.where(late & (state != DRAFT) & (rng.random(size) < 0.6), OPEN, state)
    again = np.flatnonzero(state == VOID)
    bills = pd.concat([bills, bills.iloc[again]], ignore_index=True)
    issued = bills["issued"].to_numpy()
    state = np.concatenate([state, np.full(len(again), PAID)])
    paid = issued + between(rng, DAY, 50 * DAY, len(bills))
    paid -= paid % DAY
    state = np.where((state == PAID) & (paid >= company.end), OPEN, state)
    # Money goes back only where it came in.
    refund = np.where(state == PAID, bills["refund"].to_numpy(), 0)
    block, blocks = bills["block"].to_numpy(), bills["blocks"].to_numpy()
    net = bills["base"].to_numpy() + block * blocks + bills["credit"].to_numpy() + refund
    bills = bills.assign(
        state=state,
        paid=np.where(state == PAID, paid, NEVER),
        refund=refund,
        usage=block * blocks,
        net=net,
        total=net + bills["tax"].to_numpy(),
    )
    return bills.sort_values(["issued", "subscription"], kind="stable").reset_index(drop=True)


def _lines(bills: pd.DataFrame, latent: pd.DataFrame) -> pd.DataFrame:
    """The lines that add up to each invoice."""
    parts = ("base", "usage", "credit", "refund", "tax")
    rows = pd.concat(
        [
            pd.DataFrame({"invoice": np.flatnonzero(bills[part]), "kind": kind})
            for kind, part in enumerate(parts)
        ],
        ignore_index=True,
    ).sort_values(["invoice", "kind"], kind="stable")
    invoice, kind = rows["invoice"].to_numpy(), rows["kind"].to_numpy()
    of = bills.iloc[invoice]
    amount = of[list(parts)].to_numpy()[np.arange(len(rows)), kind]
    subscription = of["subscription"].to_numpy()
    is_usage, is_base = kind == 1, kind == 0
    by_month = of["is_whole"].to_numpy()
    quantity = np.select(
        [is_usage, is_base & by_month],
        [of["blocks"].to_numpy() * BLOCK, of["months"].to_numpy()],
        1,
    )
    discount = latent["discount"].to_numpy()[subscription]
    unit = np.where(by_month, of["mrr"].to_numpy(), of["base"].to_numpy())
    price = _major(np.where(is_usage, of["block"].to_numpy(), unit), of["currency"].to_numpy())
    listed = _major(
        np.where(is_usage, of["block"].to_numpy(), list_of(unit, discount)),
        of["currency"].to_numpy(),
    )
    per_unit = np.where(is_usage, BLOCK, 1)
    has_period = is_usage | is_base
    product = 3 + latent["product"].to_numpy()[subscription]
    issued = of["issued"].to_numpy()
    before = months_after(
        latent["starts"].to_numpy()[subscription],
        (of["place"].to_numpy() - 1) * of["months"].to_numpy(),
    )
    starts = np.where(is_usage, before, issued)
    ends = np.where(is_usage, issued, of["until"].to_numpy()) - DAY
    return pd.DataFrame(
        {
            "line_id": ids("lin", np.arange(len(rows))),
            "invoice_id": ids("inv", invoice),
            "subscription_id": latent["subscription_id"].to_numpy()[subscription],
            "kind": words(KINDS, kind),
            "meter": words(
                (*METERS, *PRODUCTS),
                np.select([is_usage, is_base], [of["meter"].to_numpy(), product], -1),
            ),
            "quantity": np.where(has_period, quantity.astype(np.float64), np.nan),
            "unit_price": np.where(has_period, np.round(price / per_unit, 8), np.nan),
            "list_unit_price": np.where(has_period, np.round(listed / per_unit, 8), np.nan),
            "amount": whole(amount),
            "currency": words(CURRENCIES, of["currency"].to_numpy()),
            "period_start": dates(np.where(has_period, starts, NEVER)),
            "period_end": dates(np.where(has_period, ends, NEVER)),
        }
    )


def _major(minor: Ints, currency: Ints) -> Floats:
    """Minor units as numbers of the currency."""
    digits = np.array([MINOR_DIGITS[code] for code in CURRENCIES])[currency]
    return np.asarray(minor / 10.0**digits)


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
