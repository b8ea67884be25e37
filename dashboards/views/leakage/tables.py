"""The tables of the Leakage page: checks, partners, ages, what cannot be told; a leak in a row."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from dashboards import shell, words
from dashboards.charts import marks
from dashboards.charts.leakage import age_key, aged_bar
from dashboards.frames import records
from dashboards.markup import Column, Group, Html, join, name, table, tag, text
from dashboards.reconciliation import in_units
from dashboards.views.leakage.selection import AGES, OLD_DAYS, ages, by_age, by_partner, unresolved
from warehouse.ledger import FindingState

PARTNERS_AT_ONCE = 10
LEAKS = "leaks"
"""Where the list begins: links lead there."""
_NO_AMOUNT = "no amount"
_OF_SEVERAL = {
    "account_meter_month": "account, meter and month",
    "subscription_period": "subscription and billing period",
    "partner_day": "partner and day",
}
"""Kinds of what was looked at whose keys have several parts."""
_LACK = re.compile(r"^(?P<system>\w+)\.(?P<entity>\w+) is (?P<how>\w+)$")


def checks_table(
    checks: pd.DataFrame, leaks: pd.DataFrame, currency: str, meanings: Mapping[str, str]
) -> Html:
    """A row per check, in the order of policy: what leaks and since when, and what is clear."""
    found = unresolved(leaks)
    most = max(map(int, found["amount_cents"].groupby(found["check_key"]).sum()), default=0)
    rows = []
    for check in records(checks):
        own = found[found["check_key"].eq(check.check_key)]
        rows.append(_check(check, own, most, currency))
    total = int(found["amount_cents"].sum())
    rows.append(
        [
            tag("b", "All checks"),
            words.count(len(found)),
            "",
            tag("b", words.exact(total, currency)),
            _oldest(found),
            words.count(int(checks["clear"].sum())),
        ]
    )
    columns = (
        Column("Check"),
        Column("Leaks", is_number=True),
        Column("", class_="extra"),
        Column("Amount", is_number=True, definition=meanings.get("amount_cents")),
        Column("Oldest", is_number=True, class_="extra", definition=meanings.get("first_seen_on")),
        Column("Clear", is_number=True, class_="extra", definition=meanings.get("state")),
    )
    caption = "Leaks that are not resolved, by check"
    return tag("div", table(columns, [Group(rows)], caption=caption), class_="with-total")


def _check(check: Any, own: pd.DataFrame, most: int, currency: str) -> list[str]:
    amount = int(own["amount_cents"].sum())
    shown = words.exact(amount, currency)
    if check.is_blind:
        label = tag("span", check.label)
        said = marks.judged("none", "cannot tell")
        return [label, said, "", words.ABSENT, words.ABSENT, words.ABSENT]
    if own.empty:
        label = tag("span", check.label)
        is_idle = not check.clear
        said = marks.judged("none", "nothing to check") if is_idle else marks.judged("good", "none")
        return [label, said, "", words.ABSENT, words.ABSENT, words.count(check.clear)]
    href = f"{shell.address('leakage', check=check.label)}#{LEAKS}"
    label = tag("a", check.label, href=href, target="_self", class_="to-partner")
    return [
        label,
        words.count(len(own)),
        aged_bar(by_age(own), most, shown) if amount else "",
        shown if own["has_amount"].any() else tag("span", _NO_AMOUNT, class_="quiet"),
        _oldest(own),
        words.count(check.clear),
    ]


def _oldest(leaks: pd.DataFrame) -> str:
    return words.ABSENT if leaks.empty else _age(int(leaks["age_days"].max()))


def _age(days: int) -> Html:
    said = "today" if days == 0 else words.counted(days, "day")
    return tag("span", f"! {said}", class_="watch") if days > OLD_DAYS else text(said)


def partners_table(leaks: pd.DataFrame, currency: str) -> Html:
    """The partners with the most that is not resolved, and what the others come to."""
    partners = by_partner(unresolved(leaks))
    top, rest = partners.head(PARTNERS_AT_ONCE), partners.iloc[PARTNERS_AT_ONCE:]
    rows = []
    for row in records(top):
        shown = words.money(row.amount_cents, currency)
        rows.append([_partner_leaks(row), words.count(row.leaks), shown])
    if not rest.empty:
        others = words.counted(len(rest), "other")
        amount = words.money(int(rest["amount_cents"].sum()), currency)
        rows.append(
            [tag("span", others, class_="quiet"), words.count(int(rest["leaks"].sum())), amount]
        )
    columns = (
        Column("Partner", class_="of-partner"),
        Column("Leaks", is_number=True),
        Column("Amount", is_number=True),
    )
    return table(columns, [Group(rows)], caption="Leaks that are not resolved, by partner")


def _partner_leaks(row: Any) -> Html:
    if not row.partner_id:
        return tag("span", row.partner_name, class_="quiet")
    href = f"{shell.address('leakage', search=row.partner_id)}#{LEAKS}"
    return tag("a", name(str(row.partner_name)), href=href, target="_self", class_="to-partner")


def ages_table(leaks: pd.DataFrame, currency: str) -> Html:
    """How long what is not resolved has been leaking."""
    found = unresolved(leaks)
    counts = ages(found).value_counts()
    sums = by_age(found)
    rows = [
        [
            join([age_key(place), label]),
            words.count(int(counts.get(place, 0))),
            words.money(sums[place], currency),
        ]
        for place, (label, _) in enumerate(AGES)
    ]
    columns = (
        Column("First seen"),
        Column("Leaks", is_number=True),
        Column("Amount", is_number=True),
    )
    return table(columns, [Group(rows)], caption="Leaks that are not resolved, by age")


def blind_table(blind: pd.DataFrame) -> Html:
    """The checks that cannot tell: for want of what, and of how many."""
    rows = [
        [
            text(str(row.label)),
            text(words.listed(lacks(row.missing_sources))),
            words.count(row.untold) if row.untold else words.ABSENT,
        ]
        for row in records(blind)
    ]
    columns = (
        Column("Check"),
        Column("For want of"),
        Column("Not judged", is_number=True),
    )
    return table(columns, [Group(rows)], caption="Checks that cannot tell")


def lacks(missing_sources: str | None) -> list[str]:
    """What a check lacks, in words: CRM contracts (missing)."""
    if missing_sources is None or words.is_absent(missing_sources):
        return []
    said = []
    for each in str(missing_sources).split("; "):
        known = _LACK.match(each)
        if known is None:
            said.append(each)
        else:
            extract = shell.extract_name(known["system"], known["entity"])
            said.append(f"{extract} ({known['how']})")
    return said


def finding(row: Any, currency: str, as_of: date) -> Html:
    """One leak: amount and age at the left, then which check of whom, the evidence, and of what."""
    since = f"first seen {words.day_within(row.first_seen_on, as_of)}"
    return tag(
        "div",
        tag(
            "div",
            tag("p", _amount(row, currency), class_="amount"),
            tag("p", _age(int(row.age_days)), class_="quiet", title=since),
            class_="leaking",
        ),
        tag("div", *_what(row, as_of)),
        class_="finding",
    )


def _amount(row: Any, currency: str) -> Html:
    """What leaks; of a cent paid to a partner, what no earlier check has counted."""
    if not row.has_amount:
        return tag("span", _NO_AMOUNT, class_="quiet")
    amount = text(words.exact(row.amount_cents, currency))
    if row.amount_cents:
        return amount
    return join([amount, tag("span", "counted in another check", class_="sub")])


def _what(row: Any, as_of: date) -> list[Html]:
    parts = [tag("b", row.label)]
    if not words.is_absent(row.partner_id):
        parts.append(partner(row))
    if not words.is_absent(row.account_name):
        parts.append(name(str(row.account_name)))
    lines = [tag("p", join(parts, " · "), class_="of-whom")]
    if not words.is_absent(row.evidence):
        said = str(row.evidence)
        lines.append(tag("p", f"{said[:1].upper()}{said[1:]}."))
    lines.append(tag("p", of_what(row), class_="quiet"))
    if isinstance(row.entry, FindingState):
        lines.append(made_of_it(row.entry, as_of))
    return lines


def partner(row: Any) -> Html:
    """A partner's name that leads to its page, where it has one."""
    if row.has_partner:
        return shell.partner_link(str(row.partner_id), str(row.partner_name))
    return tag("span", str(row.partner_name))


def of_what(row: Any) -> Html:
    """What was looked at, by its key: invoice line L-4; a deal leads to its attribution."""
    key = tag("code", str(row.entity_id).replace("|", " · "))
    if row.entity_type == "opportunity":
        href = shell.address("attribution", deal=str(row.entity_id))
        key = tag("a", key, href=href, target="_self", class_="to-partner")
    return join([kind(str(row.entity_type)), key], " ")


def kind(entity_type: str) -> str:
    """What was looked at, in words: invoice line."""
    return _OF_SEVERAL.get(entity_type, words.spelled(entity_type))


def made_of_it(entry: FindingState, as_of: date) -> Html:
    """Who acknowledged, resolved or reopened it, when, and what they wrote."""
    who = f"{entry.state.capitalize()} by {entry.decided_by}"
    note = "" if entry.note is None else f" “{entry.note}”"
    return tag("p", tag("b", who), f" {words.moment(entry.decided_at, as_of)}.{note}")


def export_leaks(leaks: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Every leak asked for and what was made of it."""
    entries = leaks["entry"]

    def of(read: Any) -> list[Any]:
        return [read(entry) if isinstance(entry, FindingState) else None for entry in entries]

    amounts = in_units(leaks["amount_cents"].where(leaks["has_amount"]), currency)
    return pd.DataFrame(
        {
            "Finding": leaks["finding_id"],
            "Check": leaks["label"],
            "State": leaks["state"],
            f"Amount, {currency}": amounts,
            "Partner": leaks["partner_name"].where(leaks["partner_id"].notna()),
            "Partner id": leaks["partner_id"],
            "Manager": leaks["partner_manager"],
            "Account": leaks["account_name"],
            "Account id": leaks["account_id"],
            "Of": leaks["entity_type"].map(kind),
            "Id": leaks["entity_id"],
            "Period": leaks["period"].dt.date,
            "Evidence": leaks["evidence"],
            "First seen": leaks["first_seen_on"].dt.date,
            "Days": leaks["age_days"],
            "By": of(lambda entry: entry.decided_by),
            "At, UTC": of(lambda entry: entry.decided_at),
            "Note": of(lambda entry: entry.note),
        }
    )


def export_checks(checks: pd.DataFrame, leaks: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Every check made: what it found, what is clear, and what it could not tell."""
    of_check = leaks.groupby("check_key")
    counts, sums = of_check.size(), of_check["amount_cents"].sum()
    keys = checks["check_key"]
    return pd.DataFrame(
        {
            "Check": checks["label"],
            "Leaks": keys.map(counts).fillna(0).astype(int),
            f"Amount, {currency}": in_units(keys.map(sums).fillna(0).astype("int64"), currency),
            "Clear": checks["clear"],
            "Cannot tell": checks["is_blind"],
            "Not judged": checks["untold"],
            "For want of": checks["missing_sources"],
        }
    )
