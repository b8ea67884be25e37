"""The tables of the revenue review: margins, recurring revenue, motions, what is owed, leaks."""

from collections.abc import Mapping, Set
from datetime import date
from typing import Any

import pandas as pd

from dashboards import shell, words
from dashboards.charts import marks
from dashboards.charts.money import columns_in_thousands, margin_bar
from dashboards.frames import records
from dashboards.markup import Column, Group, Html, join, table, tag
from dashboards.queries.money import DUE_SOON_DAYS

_OTHER = ("mdf", "partner_team", "onboarding", "tooling")
_NOT_LISTED = {"subsidised": "subsidised", "never_billed": "never billed"}
_NAMELESS = {"direct": "Direct", "unknown": "Unknown partner"}


def type_name(partner_type: str) -> str:
    """A partner type as the page calls it."""
    return _NAMELESS.get(partner_type, words.title(partner_type))


def by_type(
    types: pd.DataFrame,
    company: Any,
    rates: pd.DataFrame,
    currency: str,
    meanings: Mapping[str, str],
    *,
    absent: Set[str],
) -> Html:
    """A row per partner type and the company's last; each column adds up to it as shown.

    Lines that are `absent` are none, and not 0.
    """
    costs = {
        "gross": types["gross_cents"],
        "refunds_credits": types["refunds_credits_cents"],
        "cogs": -types["cogs_cents"],
        "commissions": -types["commissions_cents"],
        "support": -types["support_cents"],
        "other": -sum((types[f"{key}_cents"] for key in _OTHER), start=0 * types["gross_cents"]),
        "contribution_margin": types["contribution_margin_cents"],
    }
    shown = {key: _column(cents, currency) for key, cents in costs.items()}
    for key in absent | ({"other"} if absent >= set(_OTHER) else set()):
        if key in shown:
            shown[key] = [words.ABSENT] * len(shown[key])
    span = _span([*types["margin_rate"], company.margin_rate])
    rows = [
        [
            type_name(row.partner_type),
            *(shown[key][i] for key in list(costs)[:-1]),
            _margin(shown["contribution_margin"][i], row.contribution_margin_cents),
            words.percent(row.margin_rate),
            _bar(row.margin_rate, company.margin_rate, span),
            _history(rates, row.partner_type),
        ]
        for i, row in enumerate(records(types))
    ]
    total = [
        tag("b", "Company"),
        *(tag("b", shown[key][-1]) for key in list(costs)[:-1]),
        _margin(shown["contribution_margin"][-1], costs["contribution_margin"].sum()),
        tag("b", words.percent(company.margin_rate)),
        _bar(company.margin_rate, None, span),
        "",
    ]
    columns = (
        Column(f"{currency} thousand"),
        Column("Gross", True, meanings.get("gross_cents"), "extra"),
        Column("Refunds, credits", True, meanings.get("refunds_credits_cents"), "extra"),
        Column("COGS", True, meanings.get("cogs_cents"), "extra"),
        Column("Commissions", True, meanings.get("commissions_cents"), "extra"),
        Column("Support", True, meanings.get("support_cents"), "extra"),
        Column("Other", True, "MDF, partner team, onboarding and tooling.", "extra"),
        Column("Margin", True, meanings.get("contribution_margin_cents")),
        Column("%", True, meanings.get("margin_rate")),
        Column("", class_="extra"),
        Column("13 months, %", definition=meanings.get("margin_rate"), class_="extra"),
    )
    return tag(
        "div",
        table(columns, [Group([*rows, total])], caption="Margin by partner type"),
        class_="with-total by-type",
    )


def _column(cents: "pd.Series[int]", currency: str) -> list[str]:
    """The cells of a column and its total, in thousands."""
    whole = int(cents.sum())
    cells = columns_in_thousands([int(value) for value in cents], whole, currency)
    return [*cells, words.thousands(whole, currency)]


def _margin(shown: str, cents: float) -> Html:
    return tag("b", shown, class_="bad" if cents < 0 else None)


def _span(rates: list[float]) -> tuple[float, float]:
    """The margins that bars and lines reach over: from zero or less to the highest, ±100%."""
    known = [float(rate) for rate in rates if not words.is_absent(rate)]
    return max(min([0.0, *known]), -1.0), min(max([0.1, *known]), 1.0)


def _bar(rate: float | None, company: float | None, span: tuple[float, float]) -> Html:
    beside = "" if company is None else f", company {words.percent(company)}"
    return margin_bar(rate, company, span, f"{words.percent(rate)}{beside}")


def _history(rates: pd.DataFrame, partner_type: str) -> Html:
    if partner_type not in rates:
        return Html(words.ABSENT)
    line = rates[partner_type]
    said = ", ".join(
        f"{words.day(month).removeprefix('1 ')} {words.percent(rate)}"
        for month, rate in zip(pd.DatetimeIndex(line.index), line, strict=True)
        if not words.is_absent(rate)
    )
    clipped = rates.clip(-1, 1)
    low, high = float(clipped.min().min()), float(clipped.max().max())
    scale = (low, max(high, low + 0.1))
    return marks.sparkline(list(clipped[partner_type]), f"Margin by month: {said}", scale=scale)


def recurring(types: pd.DataFrame, currency: str, meanings: Mapping[str, str]) -> Html:
    """New, expansion, contraction and churned MRR by partner type, and what they come to."""
    signs = {"new": 1, "expansion": 1, "contraction": -1, "churned": -1}
    parts = {key: sign * types[f"{key}_mrr_cents"] for key, sign in signs.items()}
    parts["net"] = sum(parts.values(), start=0 * types["new_mrr_cents"])
    is_moving = sum((part.abs() for part in parts.values()), start=0 * types["new_mrr_cents"]).gt(0)
    moving = types[is_moving]
    shown = {key: _column(part[is_moving], currency) for key, part in parts.items()}
    rows = [
        [type_name(row.partner_type), *(shown[key][i] for key in parts)]
        for i, row in enumerate(records(moving))
    ]
    rows.append([tag("b", "Company"), *(tag("b", shown[key][-1]) for key in parts)])
    columns = (
        Column(f"{currency} thousand"),
        Column("New", True, meanings.get("new_mrr_cents"), "extra"),
        Column("Expansion", True, meanings.get("expansion_mrr_cents"), "extra"),
        Column("Contraction", True, meanings.get("contraction_mrr_cents"), "extra"),
        Column("Churned", True, meanings.get("churned_mrr_cents")),
        Column("Net", True),
    )
    whole = table(columns, [Group(rows)], caption="Recurring revenue by partner type")
    return tag("div", whole, class_="with-total")


def support(partners: pd.DataFrame, currency: str) -> Html:
    """The partners that cost most support, with what they bring in."""
    rows = [
        [
            _partner(row),
            words.money(row.support_cents, currency),
            words.money(row.net_cents, currency),
            words.percent(row.support_cents / row.net_cents) if row.net_cents > 0 else words.ABSENT,
            _signed_money(row.contribution_margin_cents, currency),
        ]
        for row in records(partners)
    ]
    columns = (
        Column("Partner"),
        Column("Support", True),
        Column("Net", True, class_="extra"),
        Column("Of net", True),
        Column("Margin", True),
    )
    return table(columns, [Group(rows)], caption="Support cost by partner")


def _signed_money(cents: int | None, currency: str) -> Html:
    is_loss = cents is not None and not words.is_absent(cents) and cents < 0
    return tag("span", words.money(cents, currency), class_="bad" if is_loss else None)


def _partner(row: Any) -> Html:
    if words.is_absent(row.partner_id):
        return Html(words.ABSENT)
    if row.partner_id in _NAMELESS:
        return tag("span", _NAMELESS[row.partner_id])
    return shell.partner_link(row.partner_id, row.partner_name)


def motions(rows: pd.DataFrame, currency: str, meanings: Mapping[str, str]) -> Html:
    """Motions that lose money: how much in both quarters, on what, and whether they are listed."""
    quarter = words.day(rows["quarter_end"].iloc[0])
    body = [
        [
            f"{type_name(row.partner_type)} × {_role(row.partner_role)}",
            words.count(row.partners),
            _signed_money(row.previous_contribution_margin_cents, currency),
            _signed_money(row.contribution_margin_cents, currency),
            _largest(row, currency),
            _verdict(row),
        ]
        for row in records(rows)
    ]
    columns = (
        Column("Motion"),
        Column("Partners", True, class_="extra"),
        Column("Quarter before", True, meanings.get("previous_contribution_margin_cents"), "extra"),
        Column(f"To {quarter}", True, meanings.get("contribution_margin_cents")),
        Column("Largest cost", class_="extra"),
        Column("", definition=meanings.get("is_listed")),
    )
    return table(columns, [Group(body)], caption="Motions that lose money")


def _role(role: str) -> str:
    return "no role" if role == "none" else words.spelled(role)


def _largest(row: Any, currency: str) -> str:
    if words.is_absent(row.largest_cost_line):
        return words.ABSENT
    line = str(row.largest_cost_line).removesuffix("_cents")
    said = words.spelled(line) if line != "cogs" else "COGS"
    if row.net_cents > 0:
        return f"{said}, {words.percent(row.largest_cost_cents / row.net_cents)} of net"
    return f"{said}, {words.money(row.largest_cost_cents, currency)} on no net revenue"


def _verdict(row: Any) -> Html:
    if row.is_listed:
        return marks.judged("bad", "listed")
    if row.reason in _NOT_LISTED:
        return marks.judged("none", f"{_NOT_LISTED[row.reason]}, not listed")
    return marks.judged("watch", words.counted(int(row.negative_quarters), "quarter") + " so far")


def economics(rows: pd.DataFrame, currency: str, meanings: Mapping[str, str]) -> Html:
    """What the partners of each tier brought and cost in a quarter."""
    body = [
        [
            marks.tier_chip(row.tier),
            words.count(row.partners),
            words.money(row.net_cents, currency),
            words.money(row.cost_to_serve_cents, currency),
            words.money(row.programme_cost_cents, currency),
            _signed_money(row.contribution_margin_cents, currency),
            words.percent(row.contribution_margin_cents / row.net_cents)
            if row.net_cents > 0
            else words.ABSENT,
            words.ABSENT if words.is_absent(row.roi) else f"{words.number(row.roi, places=1)} ×",
        ]
        for row in records(rows)
    ]
    columns = (
        Column("Tier"),
        Column("Partners", True, meanings.get("partners"), "extra"),
        Column("Net", True, meanings.get("net_cents"), "extra"),
        Column("Cost to serve", True, meanings.get("cost_to_serve_cents"), "extra"),
        Column("Programme cost", True, meanings.get("programme_cost_cents"), "extra"),
        Column("Margin", True, meanings.get("contribution_margin_cents")),
        Column("%", True),
        Column("ROI", True, meanings.get("roi")),
    )
    return table(columns, [Group(body)], caption="Tier economics")


def due(rows: pd.DataFrame, currency: str, as_of: date, shown: int) -> Html:
    """What is owed to each partner: overdue, soon, later; all others in one row, and the sum."""
    later = rows["outstanding_cents"] - rows["overdue_cents"] - rows["soon_cents"]
    rows = rows.assign(later_cents=later)
    keys = ("overdue_cents", "soon_cents", "later_cents", "outstanding_cents")
    body = [
        [
            _partner(row),
            words.count(row.payouts),
            words.day_within(row.first_payable_on, as_of),
            *(words.money(getattr(row, key), currency) for key in keys),
        ]
        for row in records(rows.head(shown))
    ]
    rest = rows.iloc[shown:]
    if len(rest):
        said = words.counted(len(rest), "other partner")
        body.append([tag("span", said, class_="quiet"), *_sums(rest, keys, currency, as_of)])
    total = [tag("b", "All"), *(tag("b", each) for each in _sums(rows, keys, currency, as_of))]
    columns = (
        Column("Partner"),
        Column("Payouts", True, class_="extra"),
        Column("First payable", True, class_="extra"),
        Column("Overdue", True),
        Column(f"In {DUE_SOON_DAYS} days", True),
        Column("Later", True, class_="extra"),
        Column("Owed", True),
    )
    whole = table(columns, [Group([*body, total])], caption="Payouts due by partner")
    return tag("div", whole, class_="with-total")


def _sums(rows: pd.DataFrame, keys: tuple[str, ...], currency: str, as_of: date) -> list[str]:
    return [
        words.count(int(rows["payouts"].sum())),
        words.day_within(rows["first_payable_on"].min(), as_of),
        *(words.money(int(rows[key].sum()), currency) for key in keys),
    ]


def leaks(rows: pd.DataFrame, currency: str, as_of: date) -> Html:
    """The largest leaks with their evidence."""
    body = [
        [
            join([row.label, tag("span", _sentence(row.evidence), class_="sub")]),
            _partner(row),
            words.exact(row.amount_cents, currency) if row.has_amount else words.ABSENT,
            words.day_within(row.first_seen_on, as_of),
        ]
        for row in records(rows)
    ]
    columns = (
        Column("Leak"),
        Column("Partner", class_="extra"),
        Column("Amount", True),
        Column("First seen", True, class_="extra"),
    )
    return tag("div", table(columns, [Group(body)], caption="Largest leaks"), class_="leaks")


def _sentence(evidence: str | None) -> str:
    if evidence is None or words.is_absent(evidence):
        return ""
    return f"{evidence[:1].upper()}{evidence[1:]}"


def unconverted(rows: pd.DataFrame, as_of: date) -> Html:
    """Amounts without a rate by currency and kind: how many, how much, from when to when."""
    body = []
    for (currency, what), same in rows.groupby(["currency", "what"], dropna=False, sort=True):
        since, until = same["on_date"].min(), same["on_date"].max()
        first, last = words.day_within(since, as_of), words.day_within(until, as_of)
        body.append(
            [
                tag("code", str(currency)),
                str(what),
                words.count(len(same)),
                words.exact(int(same["amount_cents"].sum()), str(currency)),
                first if first == last else f"{first} to {last}",
            ]
        )
    columns = (
        Column("Currency"),
        Column("What"),
        Column("Amounts", True, class_="extra"),
        Column("Sum", True),
        Column("Dated", True, class_="extra"),
    )
    return table(columns, [Group(body)], caption="Amounts without a rate")
