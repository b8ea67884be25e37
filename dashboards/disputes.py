"""A dispute pack: everything that decided who gets credit for one deal, as one file to hand on.

It is HTML for A4, without scripts, and loads nothing: what it shows is all in it, and the same
version gives the same bytes.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dashboards import attribution_words as wording
from dashboards import words
from dashboards.frames import records
from dashboards.markup import Column, Group, Html, join, table, tag
from dashboards.queries.attribution import MODELS, Deal
from dashboards.queries.published import Imprint
from dashboards.theme.tokens import TOKENS

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
EVERYBODY = "All partners, for us"
_STYLE = Path(__file__).with_name("theme") / "dispute_pack.css"


def file_name(known: Deal, imprint: Imprint, about: str | None) -> str:
    """The file's name: deal and partner by their ids, as far as a name can say them; version."""
    ids = [str(known.deal.opportunity_id), *([] if about is None else [about])]
    said = [re.sub(r"[^A-Za-z0-9_-]+", "-", each).strip("-")[:60] for each in ids]
    return "-".join(["dispute-pack", *filter(None, said), f"{imprint.version}.html"])


def pack(
    known: Deal,
    imprint: Imprint,
    currency: str,
    told: Mapping[str, str],
    *,
    about: str | None = None,
) -> bytes:
    """The pack of one deal in a version; `told` is what policy tells each model.

    One that is `about` a partner may be handed to it: nothing about any other partner is in it.
    """
    partner_name = None if about is None else known.names[about]
    if about is not None:
        known = known.of(about)
    title = f"Who gets credit for {known.title}"
    colours = ";".join(f"--{token}:{colour.light}" for token, colour in TOKENS.items())
    head = "".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            tag("title", title),
            "<style>",
            f":root{{{colours}}}\n{_STYLE.read_text('utf-8')}",
            "</style></head>",
        )
    )
    body = tag(
        "body",
        tag("h1", title),
        tag("p", _state(known, partner_name), class_="quiet"),
        _facts(known, currency),
        _verdict(known, currency),
        _rules(known),
        _touches(known),
        _left_out(known),
        _credit(known, currency, told),
        _registrations(known, has_ruling=about is None),
        _foot(imprint, partner_name),
    )
    return f"{head}{body}</html>\n".encode()


def _state(known: Deal, partner_name: str | None) -> str:
    deal = known.deal
    about = "" if partner_name is None else f"About {partner_name} alone. "
    if not deal.is_closed:
        return f"{about}The deal is open: what is said here may change until it closes."
    said = "Won" if deal.is_won else "Lost"
    on = "" if words.is_absent(deal.closed_on) else f" on {words.day(deal.closed_on)}"
    return f"{about}{said}{on}. Facts count up to the close, inclusive."


def _facts(known: Deal, currency: str) -> Html:
    deal = known.deal
    account = words.ABSENT if words.is_absent(deal.account_name) else str(deal.account_name)
    amount = words.exact(deal.amount_cents, str(deal.currency))
    if words.is_absent(deal.amount_cents):
        amount = "unknown"
    elif words.is_absent(deal.amount_reporting_cents):
        amount += ", without an exchange rate"
    elif deal.currency != currency:
        converted = words.exact(deal.amount_reporting_cents, currency)
        amount += f", {converted} at the rate of the {'close' if deal.is_closed else 'creation'}"
    kind = words.ABSENT if words.is_absent(deal.opportunity_type) else str(deal.opportunity_type)
    facts = {
        "Deal": str(deal.opportunity_id),
        "Account": account,
        "Type": kind,
        "Amount": amount,
        "Created": words.moment_of_year(deal.created_at),
        "Closed": words.ABSENT
        if words.is_absent(deal.closed_at)
        else words.moment_of_year(deal.closed_at),
    }
    return tag("dl", *(join([tag("dt", term), tag("dd", value)]) for term, value in facts.items()))


def _verdict(known: Deal, currency: str) -> Html:
    """Every partner with its outcome in a sentence."""
    said = [tag("li", join(_sentence(row, currency))) for row in records(known.outcomes)]
    if not said:
        return _section("Outcome", tag("p", "No partner has a touch or a registration on it."))
    return _section("Outcome", tag("ul", *said, class_="said"))


def _sentence(row: Any, currency: str) -> list[str]:
    outcome = wording.OUTCOMES.get(row.outcome, str(row.outcome)).lower()
    parts: list[str] = [tag("b", str(row.partner_name)), f": {outcome}. "]
    parts.append(f"Why: {wording.reason(row.reason)}")
    if not words.is_absent(row.since_at):
        parts.append(f", since {words.day(row.since_at)}")
    if row.outcome != "not_attributed" and not words.is_absent(row.credit_cents):
        parts.append(f"; revenue credit {words.exact(row.credit_cents, currency)}")
    if failure := wording.failure(row.sourced_failure):
        parts.append(f". It did not source the deal because {failure}")
    return [*parts, "."]


def _rules(known: Deal) -> Html:
    if known.tests.empty:
        said = tag("p", "No registration is matched to the deal, so nobody can have sourced it.")
        return _section("Rules of sourcing", said)
    groups = []
    for registration_id, asked in known.tests.groupby("registration_id", sort=False):
        partner_name = str(asked["partner_name"].iloc[0])
        rows = [
            [
                wording.RULES.get(row.rule, words.spelled(str(row.rule))),
                _passed(row.is_passed),
                "" if words.is_absent(row.finding) else str(row.finding),
            ]
            for row in records(asked)
        ]
        groups.append(Group(rows, f"{partner_name}, registration {registration_id}"))
    columns = (Column("Rule"), Column("Passed"), Column("Found"))
    note = "A registration sources the deal if it passes all that is asked of it."
    return _section(
        "Rules of sourcing",
        tag("p", note, class_="quiet"),
        table(columns, groups, caption="Rules each registration was asked"),
    )


def _passed(is_passed: Any) -> Html:
    if words.is_absent(is_passed):
        return tag("span", "– not asked", class_="quiet")
    return tag("span", "✓ yes", class_="good") if is_passed else tag("span", "✕ no", class_="bad")


def _touches(known: Deal) -> Html:
    counted = known.touches[known.touches["excluded_because"].isna()]
    if counted.empty:
        return _section("Touches that count", tag("p", "None."))
    rows = [_touch(row) for row in records(counted)]
    columns = (
        Column("When"),
        Column("Partner"),
        Column("What"),
        Column("Role"),
        Column("Evidence"),
        Column("Touch"),
    )
    return _section(
        "Touches that count", table(columns, [Group(rows)], caption="Touches that count")
    )


def _touch(row: Any) -> list[str]:
    return [
        words.moment_of_year(row.touched_at),
        str(row.partner_name),
        words.title(row.touch_type),
        words.ABSENT if words.is_absent(row.role) else str(row.role),
        "yes" if row.has_evidence else "none",
        str(row.touch_id),
    ]


def _left_out(known: Deal) -> Html:
    out = known.touches[known.touches["excluded_because"].notna()]
    if out.empty:
        return _section("Left out, and why", tag("p", "Nothing: every touch counts."))
    rows = [
        [*_touch(row), wording.left_out(row.excluded_because, row.is_in_role_split)]
        for row in records(out)
    ]
    columns = (
        Column("When"),
        Column("Partner"),
        Column("What"),
        Column("Role"),
        Column("Evidence"),
        Column("Touch"),
        Column("Why"),
    )
    return _section(
        "Left out, and why", table(columns, [Group(rows)], caption="Touches left out, and why")
    )


def _credit(known: Deal, currency: str, told: Mapping[str, str]) -> Html:
    if not known.deal.is_won:
        return _section("Six models", tag("p", "Credit is split once a deal is won."))
    cents = {(row.partner_id, row.model): row.credit_cents for row in records(known.credits)}
    rows = [
        [
            known.names[partner_id],
            *(_share(shares[key], cents.get((partner_id, key)), currency) for key in MODELS),
        ]
        for partner_id, shares in known.shares.items()
    ]
    columns = (
        Column("Partner"),
        *(
            Column(
                join([wording.model(key), tag("span", told.get(key, ""), class_="sub")]),
                is_number=True,
            )
            for key in MODELS
        ),
    )
    note = (
        "Share of the deal's amount, and the credit beneath. Over all partners each model adds up "
        "to the deal."
    )
    return _section(
        "Six models",
        tag("p", note, class_="quiet"),
        table(columns, [Group(rows)], caption="Credit under each model"),
    )


def _share(share: Any, cents: Any, currency: str) -> Html:
    if not share:
        return Html("0")
    credit = words.ABSENT if words.is_absent(cents) else words.exact(cents, currency)
    return join([words.percent(share), tag("span", credit, class_="sub")])


def _registrations(known: Deal, *, has_ruling: bool) -> Html:
    """Rulings name other claims, so a pack about one partner goes without."""
    if known.registrations.empty:
        return Html("")
    rows = [
        [
            str(row.registration_id),
            str(row.partner_name),
            words.moment_of_year(row.submitted_at),
            words.ABSENT
            if words.is_absent(row.responded_at)
            else words.moment_of_year(row.responded_at),
            words.day(row.valid_until),
            words.spelled(str(row.status)),
            *([_ruling(row)] if has_ruling else []),
        ]
        for row in records(known.registrations)
    ]
    columns = (
        Column("Registration"),
        Column("Partner"),
        Column("Submitted"),
        Column("Answered"),
        Column("Valid until"),
        Column("State today"),
        *((Column("Ruling"),) if has_ruling else ()),
    )
    return _section(
        "Registrations matched to the deal",
        table(columns, [Group(rows)], caption="Registrations matched to the deal"),
    )


def _ruling(row: Any) -> str:
    return "" if words.is_absent(row.ruling) else str(row.ruling)


def _foot(imprint: Imprint, partner_name: str | None) -> Html:
    names = (
        "It names every partner on the deal and is not for partners to read."
        if partner_name is None
        else f"It is about {partner_name}; what other partners did is left out."
    )
    said = (
        f"Data to {words.day(imprint.as_of)} · version {imprint.version} · "
        f"policy {imprint.policy} ({imprint.policy_hash[:12]}) · times are UTC. "
        f"A deal keeps the attribution rules of the day it was created. {names}"
    )
    return tag("footer", said)


def _section(title: str, *content: str) -> Html:
    return tag("section", tag("h2", title), *content)
