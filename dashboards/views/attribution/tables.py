"""The tables of the Attribution page: quarters, models side by side, deals, tiers at stake."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from dashboards import attribution_words as wording
from dashboards import shell, words
from dashboards.charts import marks
from dashboards.charts.attribution import range_mark, won_bar
from dashboards.frames import records
from dashboards.markup import Column, Group, Html, join, name, table, tag
from dashboards.queries.attribution import MODELS, UNATTRIBUTED, UNKNOWN
from dashboards.reconciliation import in_units
from dashboards.views.attribution.selection import known_quarters, quarter_name, shares

QUARTERS = 8
_MIDDLE = "linear"
"""The model that the others are held against: it favours no touch."""


def partner(partner_id: str, partner_name: str) -> Html:
    """A partner's name that leads to its page, where it has one."""
    if partner_id in {UNATTRIBUTED, UNKNOWN}:
        return tag("span", partner_name, class_="quiet")
    return shell.partner_link(partner_id, partner_name)


def quarters_table(
    quarters: pd.DataFrame, as_of: date, currency: str, *, has_sourced: bool
) -> Html:
    """A row a quarter: what was won, and of it what partners sourced and influenced."""
    most = max(float(quarters["won_cents"].max()), 1.0)
    rows = [
        _quarter(row, as_of, currency, most, has_sourced=has_sourced)
        for row in known_quarters(quarters, QUARTERS)
    ]
    columns = (
        Column("Quarter"),
        Column("", class_="extra"),
        Column("Won", is_number=True),
        Column(join([_key("total"), "Sourced"]), is_number=True),
        Column(join([_key("neutral"), "Influenced"]), is_number=True),
        Column(join([_key(""), "Neither"]), is_number=True, class_="extra"),
    )
    return table(columns, [Group(rows)], caption="Won by quarter, and who brought it")


def _key(kind: str) -> Html:
    return tag("span", class_=f"key {kind}".strip(), aria_hidden="true")


def _quarter(row: Any, as_of: date, currency: str, most: float, *, has_sourced: bool) -> list[str]:
    is_dated = not words.is_absent(row.quarter_start)
    title = quarter_name(row.quarter_start.date(), as_of) if is_dated else "No close date"
    deals = words.counted(int(row.deals), "deal")
    if row.without_amount:
        deals += f", {words.count(int(row.without_amount))} without an amount"
    won = float(row.won_cents)
    cents = {key: int(getattr(row, f"{key}_cents")) for key in ("sourced", "influenced", "neither")}
    split = shares(list(cents.values())) if won > 0 else [Decimal(0)] * len(cents)
    parts = {key: float(share) for key, share in zip(cents, split, strict=True)}
    sourced = parts["sourced"] if has_sourced else 0.0
    said = f"{words.money(row.won_cents, currency)} won"
    if has_sourced:
        said += f", {words.percent(parts['sourced'])} sourced"
    said += f", {words.percent(parts['influenced'])} influenced"
    return [
        join([title, tag("span", deals, class_="sub")]),
        won_bar(sourced, parts["influenced"], won / most, said),
        tag("b", words.money(row.won_cents, currency)),
        _part(row.sourced_cents, parts["sourced"], currency)
        if has_sourced
        else tag("span", words.ABSENT, title="source missing"),
        _part(row.influenced_cents, parts["influenced"], currency),
        words.money(row.neither_cents, currency) if has_sourced else words.ABSENT,
    ]


def _part(cents: Any, share: float, currency: str) -> Html:
    return join([words.money(cents, currency), tag("span", words.percent(share), class_="sub")])


def models_table(credits: pd.DataFrame, shown: int, told: Mapping[str, str], currency: str) -> Html:
    """A row a partner and a column a model; what went to nobody and the total stand last."""
    named = credits[credits["partner_id"].ne(UNATTRIBUTED)].head(shown)
    nobody = credits[credits["partner_id"].eq(UNATTRIBUTED)]
    rest = credits.drop(index=[*named.index, *nobody.index])
    off = named[list(MODELS)].sub(named[_MIDDLE], axis=0).abs().to_numpy()
    furthest = max(float(off.max()), 1.0) if len(named) else 1.0
    rows = [_credits(row, furthest, currency) for row in records(named)]
    if len(rest):
        count = words.counted(len(rest), "other partner")
        rows.append(_sum_row(tag("span", count, class_="quiet"), rest, currency))
    if len(nobody):
        rows.append(_sum_row(tag("span", "No partner", class_="quiet"), nobody, currency))
    rows.append(_sum_row(tag("b", "Won"), credits, currency, is_total=True))
    unit = "$ thousand" if currency == "USD" else f"{currency} thousand"
    columns = (
        Column(f"Partner, {unit}"),
        *(
            Column(
                join([wording.model(key), tag("span", told.get(key, ""), class_="sub")]),
                is_number=True,
                class_="" if key == _MIDDLE else "extra",
            )
            for key in MODELS
        ),
        Column("Below and above linear", class_="extra"),
        Column("Difference", is_number=True),
    )
    return table(columns, [Group(rows)], caption="Credit by partner under each of the six models")


def _credits(row: Any, furthest: float, currency: str) -> list[str]:
    values = {key: int(getattr(row, key)) for key in MODELS}
    said = ", ".join(
        f"{wording.model(key)} {words.money(cents, currency)}" for key, cents in values.items()
    )
    spread = int(row.highest_cents) - int(row.lowest_cents)
    who = partner(row.partner_id, str(row.partner_name))
    if row.without_amount:
        unknown = f"{words.counted(int(row.without_amount), 'deal')} without an amount"
        who = join([who, tag("span", unknown, class_="sub")])
        if row.is_unknown:
            return [who, *[words.ABSENT] * (len(MODELS) + 2)]
    return [
        who,
        *(
            tag(
                "b" if cents == row.highest_cents and spread else "span",
                words.thousands(cents, currency) if cents else "0",
            )
            for cents in values.values()
        ),
        range_mark(
            [0.5 + (cents - values[_MIDDLE]) / furthest / 2 for cents in values.values()],
            said,
            middle=0.5,
        ),
        words.thousands(spread, currency) if spread else tag("span", "none", class_="quiet"),
    ]


def _sum_row(
    title: Html, rows: pd.DataFrame, currency: str, *, is_total: bool = False
) -> list[str]:
    sums = [int(rows[key].sum()) for key in MODELS]
    shown = [words.thousands(cents, currency) for cents in sums]
    spread = max(sums) - min(sums)
    return [
        title,
        *(tag("b", each) if is_total else each for each in shown),
        "",
        tag("span", "none", class_="quiet") if not spread else words.thousands(spread, currency),
    ]


def deals_table(found: pd.DataFrame, currency: str, as_of: date) -> Html:
    """A row a deal: who brought it, and the partner about whom the models differ most."""
    columns = (
        Column("Deal"),
        Column("Closed", class_="extra"),
        Column("Amount", is_number=True),
        Column("Brought by", class_="extra"),
        Column("Models differ most on", class_="extra"),
        Column("From", class_="extra"),
        Column("To", class_="extra"),
        Column("Difference", is_number=True),
    )
    rows = [_deal(row, currency, as_of) for row in records(found)]
    return table(columns, [Group(rows)], caption="Deals")


def deal_link(opportunity_id: str, opportunity_name: str) -> Html:
    """A deal's name that leads to its touches."""
    href = shell.address("attribution", deal=opportunity_id)
    return tag("a", name(opportunity_name), href=href, target="_self", class_="to-partner")


def _deal(row: Any, currency: str, as_of: date) -> list[str]:
    account = words.ABSENT if words.is_absent(row.account_name) else str(row.account_name)
    differ = not words.is_absent(row.widest_partner_id)
    return [
        join(
            [
                deal_link(row.opportunity_id, str(row.opportunity_name)),
                tag("span", name(account), class_="sub"),
            ]
        ),
        _closed(row, as_of),
        amount(row, currency),
        brought_by(row),
        partner(row.widest_partner_id, str(row.widest_partner)) if differ else words.ABSENT,
        _end(row.lowest_model, row.lowest_share) if differ else words.ABSENT,
        _end(row.highest_model, row.highest_share) if differ else words.ABSENT,
        _spread(row, currency) if differ else words.ABSENT,
    ]


def _closed(row: Any, as_of: date) -> str:
    if not row.is_closed:
        return tag("span", "open", class_="quiet")
    return words.day_within(row.closed_on, as_of)


def amount(row: Any, currency: str) -> Html:
    """What the deal is worth, with its own currency beneath where that is another."""
    if words.is_absent(row.amount_reporting_cents):
        why = "amount unknown"
        if not words.is_absent(row.amount_cents):
            why = f"{words.money(row.amount_cents, str(row.currency))}, no rate"
        return join([words.ABSENT, tag("span", why, class_="sub")])
    shown = words.money(row.amount_reporting_cents, currency)
    if row.currency == currency or words.is_absent(row.amount_cents):
        return tag("span", shown)
    own = words.money(row.amount_cents, str(row.currency))
    return join([shown, tag("span", own, class_="sub")])


def brought_by(row: Any) -> Html:
    """Who sourced the deal, else how many influenced it, else nobody."""
    influencers = int(row.influenced_by)
    if not words.is_absent(row.sourced_by):
        more = f"and {words.count(influencers)} influenced" if influencers else ""
        return join([name(str(row.sourced_by)), tag("span", f"sourced {more}", class_="sub")])
    if influencers:
        first = name(str(row.first_influencer))
        others = f" and {influencers - 1} more" if influencers > 1 else ""
        return join([first, tag("span", f"influenced{others}", class_="sub")])
    return tag("span", "no partner", class_="quiet")


def _end(model: str, share: Any) -> Html:
    return join([words.percent(share), tag("span", wording.model(model), class_="sub")])


def _spread(row: Any, currency: str) -> Html:
    share = tag("span", words.percent(row.spread_share), class_="sub")
    return join([tag("b", words.money(row.spread_cents, currency)), share])


def effect_table(effect: pd.DataFrame, ranks: Mapping[str, int]) -> Html:
    """Partners whose tier hangs on the model: where each model would put them."""
    columns = (
        Column("Partner"),
        Column("As published"),
        Column("By model"),
    )
    rows = []
    for partner_id, of_partner in effect.groupby("partner_id", sort=False):
        first = next(records(of_partner))
        groups: dict[str, list[str]] = {}
        for row in records(of_partner):
            tier = "" if words.is_absent(row.qualified_tier) else str(row.qualified_tier)
            groups.setdefault(tier, []).append(row.model)
        ordered = sorted(groups.items(), key=lambda each: -ranks.get(each[0], -1))
        rows.append(
            [
                shell.partner_link(str(partner_id), str(first.partner_name)),
                _tier(first.published_qualified_tier),
                join([_under(tier, models) for tier, models in ordered]),
            ]
        )
    return table(columns, [Group(rows)], caption="Partners whose tier hangs on the model")


def _tier(tier: Any) -> Html:
    return tag("span", "none", class_="quiet") if words.is_absent(tier) else marks.tier_chip(tier)


def _under(tier: str, models: list[str]) -> Html:
    named = [wording.model(key).lower() for key in MODELS if key in models]
    chip = _tier(tier or None)
    return tag("p", chip, " ", tag("span", words.listed(named), class_="quiet"))


def export_quarters(quarters: pd.DataFrame, currency: str, *, has_sourced: bool) -> pd.DataFrame:
    """What was won by quarter, in units of the reporting currency."""
    kept = {
        "Quarter from": quarters["quarter_start"],
        "Quarter to": quarters["quarter_end"],
        "Deals": quarters["deals"],
        "Without an amount": quarters["without_amount"],
        f"Won, {currency}": in_units(quarters["won_cents"], currency),
    }
    if has_sourced:
        kept[f"Sourced, {currency}"] = in_units(quarters["sourced_cents"], currency)
    kept[f"Influenced, {currency}"] = in_units(quarters["influenced_cents"], currency)
    if has_sourced:
        kept[f"Neither, {currency}"] = in_units(quarters["neither_cents"], currency)
    return pd.DataFrame(kept)


def export_models(credits: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Credit by partner and model, in units of the reporting currency."""
    kept = {"Partner": credits["partner_name"], "Partner id": credits["partner_id"]}
    for key in MODELS:
        kept[f"{wording.model(key)}, {currency}"] = in_units(credits[key], currency)
    spread = credits["highest_cents"] - credits["lowest_cents"]
    return pd.DataFrame(kept | {f"Difference, {currency}": in_units(spread, currency)})


def export_deals(found: pd.DataFrame, currency: str) -> pd.DataFrame:
    """The deals asked for, each with the partner about whom the models differ most."""
    own = [
        words.major(cents, str(code))
        for cents, code in zip(found["amount_cents"], found["currency"], strict=True)
    ]
    return pd.DataFrame(
        {
            "Deal": found["opportunity_id"],
            "Name": found["opportunity_name"],
            "Account": found["account_name"],
            "Account id": found["account_id"],
            "Type": found["opportunity_type"],
            "Stage": found["stage"],
            "Closed": found["closed_on"],
            "Won": found["is_won"],
            "Currency": found["currency"],
            "Amount": pd.Series(own, index=found.index, dtype="object"),
            f"Amount, {currency}": in_units(found["amount_reporting_cents"], currency),
            "Sourced by": found["sourced_by"],
            "Influenced by, partners": found["influenced_by"],
            "Differs most on": found["widest_partner"],
            "Lowest model": found["lowest_model"].map(wording.MODELS),
            "Lowest share": found["lowest_share"],
            "Highest model": found["highest_model"].map(wording.MODELS),
            "Highest share": found["highest_share"],
            f"Difference, {currency}": in_units(found["spread_cents"], currency),
        }
    )


def export_effect(effect: pd.DataFrame, currency: str) -> pd.DataFrame:
    """What each model makes of the tier of partners whose tier hangs on it."""
    return pd.DataFrame(
        {
            "Partner": effect["partner_name"],
            "Partner id": effect["partner_id"],
            "Quarter to": effect["quarter_end"],
            "Model": effect["model"].map(wording.MODELS),
            f"ARR credited, {currency}": in_units(effect["credited_arr_cents"], currency),
            "Qualifies for": effect["qualified_tier"],
            "As published": effect["published_qualified_tier"],
        }
    )
