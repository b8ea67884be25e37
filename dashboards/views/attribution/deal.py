"""One deal: its touches in time, who gets credit and why, and a pack to settle a dispute with."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import attribution_words as wording
from dashboards import disputes, shell, words
from dashboards.charts import marks
from dashboards.charts.attribution import (
    Claim,
    Lane,
    Touch,
    glyph,
    range_mark,
    touch_lanes,
)
from dashboards.frames import records
from dashboards.markup import Column, Group, Html, join, name, table, tag
from dashboards.queries import money
from dashboards.queries.attribution import MODELS, UNATTRIBUTED, UNKNOWN, Deal, model_rules
from dashboards.reconciliation import in_units, with_reconciliation
from dashboards.views.attribution.tables import partner

LANES_AT_MOST = 12
_TOUCHES = "touches"
_NOTHING = {"": Decimal(0)}


def show(visit: shell.Visit, known: Deal, meanings: Mapping[str, str]) -> None:
    """The page of one deal."""
    currency = money.currency(visit.edition)
    told = wording.told(model_rules(visit.edition))
    deal = known.deal
    takeaway = shell.Takeaway(
        f"deal-{deal.opportunity_id}-{visit.imprint.version}",
        {
            "touches": lambda: export_touches(known),
            "credit": lambda: export_credit(known, currency),
            "rules": lambda: export_rules(known),
        },
    )
    shell.head(
        known.title,
        visit,
        with_reconciliation(visit.edition, takeaway),
        meanings,
        beside=_beside(deal),
    )
    shell.stale_notice(visit.edition)
    _actions(visit, known, currency, told)
    shell.strip(figures(known, currency))
    _lanes(known)
    main, aside = st.columns([5, 3], gap="large")
    with main:
        _touches(known)
    with aside:
        _outcomes(known)
    _credit(known, currency, told)
    _rules(known)


def _beside(deal: Any) -> Html:
    account = "" if words.is_absent(deal.account_name) else str(deal.account_name)
    facts = (
        [tag("code", deal.opportunity_id), name(account)]
        if account
        else [tag("code", deal.opportunity_id)]
    )
    return tag("span", join([*facts, state_words(deal)], " · "), class_="who")


def state_words(deal: Any) -> str:
    """Won on 14 Sep 2026, lost on …, or open in which stage."""
    if not deal.is_closed:
        stage = "" if words.is_absent(deal.stage) else f", {deal.stage}"
        return f"open{stage}"
    said = "won" if deal.is_won else "lost"
    return said if words.is_absent(deal.closed_on) else f"{said} {words.day(deal.closed_on)}"


def _actions(visit: shell.Visit, known: Deal, currency: str, told: Mapping[str, str]) -> None:
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key="deal-actions",
    ):
        back = tag(
            "a",
            "← All deals",
            href=shell.address("attribution"),
            target="_self",
            class_="to-partner",
        )
        st.html(back, width="content")
        with st.container(horizontal=True, width="content", gap="small", key="dispute"):
            partners = {
                key: partner_name
                for key, partner_name in known.names.items()
                if key not in {UNATTRIBUTED, UNKNOWN}
            }
            reader = st.selectbox(
                "Who reads the dispute pack",
                [disputes.EVERYBODY, *partners],
                format_func=lambda key: f"About {partners[key]} alone" if key in partners else key,
                key="reader",
                label_visibility="collapsed",
                width=230,
            )
            about = reader if reader in partners else None
            st.download_button(
                "Dispute pack",
                data=shell.handed_out(
                    visit.viewer,
                    lambda: disputes.pack(known, visit.imprint, currency, told, about=about),
                ),
                file_name=disputes.file_name(known, visit.imprint, about),
                mime="text/html",
                icon=":material/gavel:",
                on_click="ignore",
                help="One file to read, print or send: touches, rules, reasons, what was left out "
                "and why. A pack about one partner holds nothing about any other.",
            )


def figures(known: Deal, currency: str) -> list[shell.Figure]:
    """The deal in five numbers."""
    deal = known.deal
    outcomes = known.outcomes["outcome"]
    sourcers = known.outcomes[outcomes.eq("sourced")]["partner_name"].tolist()
    influenced = int(outcomes.eq("influenced").sum())
    counted = int(known.touches["excluded_because"].isna().sum())
    days = (
        words.ABSENT
        if words.is_absent(deal.closed_at)
        else words.count((deal.closed_at - deal.created_at).days)
    )
    own = ""
    if words.is_absent(deal.amount_reporting_cents):
        own = "no exchange rate" if not words.is_absent(deal.amount_cents) else "amount unknown"
    elif deal.currency != currency and not words.is_absent(deal.amount_cents):
        own = words.exact(deal.amount_cents, str(deal.currency))
    return [
        shell.Figure("Amount", words.money(deal.amount_reporting_cents, currency), own),
        shell.Figure(
            "Sourced by",
            name(str(sourcers[0])) if sourcers else "nobody",
            "registered first" if sourcers else "no registration passed every rule",
        ),
        shell.Figure(
            "Influenced by", words.count(influenced), "partner" if influenced == 1 else "partners"
        ),
        shell.Figure(
            "Touches that count", words.count(counted), "", f"of {words.count(len(known.touches))}"
        ),
        shell.Figure(
            "From creation to close",
            days,
            f"created {words.day(deal.created_at)}",
            "" if days == words.ABSENT else "days",
        ),
    ]


def spread(known: Deal, partner_id: str) -> str:
    """What the models give a partner: 60–100%; empty where there is no credit to split."""
    shares = known.shares.get(partner_id)
    if shares is None:
        return ""
    low, high = min(shares.values()), max(shares.values())
    if low == high:
        return words.percent(low)
    return f"{words.percent(low).removesuffix('%')}–{words.percent(high)}"


def lanes(known: Deal) -> list[Lane]:
    """A lane for every partner with a touch or a registration, those with most credit first."""
    names, shares = known.names, known.shares
    told = {row.partner_id: row.outcome for row in records(known.outcomes)}
    present = [*known.touches["partner_id"], *known.registrations["partner_id"]]
    ordered = sorted(
        dict.fromkeys(present),
        key=lambda each: (-max(shares.get(each, _NOTHING).values()), names[each], each),
    )
    made = []
    for partner_id in ordered:
        outcome = wording.OUTCOMES.get(told.get(partner_id, ""), "no outcome").lower()
        touches = known.touches[known.touches["partner_id"].eq(partner_id)]
        claims = known.registrations[known.registrations["partner_id"].eq(partner_id)]
        made.append(
            Lane(
                name=f"{names[partner_id]} · {outcome}",
                credit=spread(known, partner_id),
                touches=[_touch(row) for row in records(touches)],
                claims=[
                    Claim(
                        str(row.registration_id),
                        row.submitted_at,
                        None if words.is_absent(row.valid_until) else row.valid_until,
                    )
                    for row in records(claims)
                ],
            )
        )
    return made


def _touch(row: Any) -> Touch:
    why = wording.left_out(row.excluded_because, row.is_in_role_split)
    kind = words.title(row.touch_type)
    said = f"{kind}, {words.day(row.touched_at)}" + (f": {why}" if why else ", counts")
    is_counted = words.is_absent(row.excluded_because)
    return Touch(row.touched_at, row.touch_type, words.spelled(row.touch_type), said, is_counted)


def _lanes(known: Deal) -> None:
    shell.section(
        "Touches",
        "A lane a partner; a solid mark counts, a hollow one is left out. The green tick is a "
        "registration, its line as long as it was valid. At the right the least and the most of "
        "the deal that the six models give.",
        anchor=_TOUCHES,
    )
    every = lanes(known)
    if not every:
        shell.state("No partner touched or registered this deal.")
        return
    drawn = every[:LANES_AT_MOST]
    if len(every) > len(drawn):
        rest = words.counted(len(every) - len(drawn), "more partner")
        st.html(tag("p", f"{rest}: their touches are in the table beneath.", class_="quiet"))
    deal = known.deal
    moments = {"created": deal.created_at}
    if not words.is_absent(deal.closed_at):
        moments["won" if deal.is_won else "lost"] = deal.closed_at
    st.plotly_chart(
        touch_lanes(drawn, moments),
        config={"displayModeBar": False},
        theme=None,
        key="lanes",
        alt="; ".join(
            f"{lane.name}: {lane.credit or 'no credit'}, "
            + (words.listed([touch.said for touch in lane.touches]) or "no touch")
            for lane in drawn
        ),
    )


def _touches(known: Deal) -> None:
    if known.touches.empty:
        return
    columns = (
        Column("Touch"),
        Column("Partner"),
        Column("When"),
        Column("Evidence", class_="extra"),
        Column("Counts"),
    )
    rows = []
    for row in records(known.touches):
        why = wording.left_out(row.excluded_because, row.is_in_role_split)
        shape = glyph(row.touch_type, is_counted=not why)
        role = "" if words.is_absent(row.role) else tag("span", f"as {row.role}", class_="sub")
        rows.append(
            [
                join(
                    [
                        tag("span", shape, class_=f"glyph{' out' if why else ''}"),
                        words.title(row.touch_type),
                        role,
                    ]
                ),
                partner(row.partner_id, str(row.partner_name)),
                tag("span", words.day(row.touched_at), class_="when"),
                "yes" if row.has_evidence else tag("span", "none", class_="quiet"),
                tag("span", why, class_="quiet") if why else marks.judged("good", "counts"),
            ]
        )
    st.html(table(columns, [Group(rows)], caption="Touches and whether they count", is_tall=True))


def _outcomes(known: Deal) -> None:
    st.html(tag("h3", "Outcome and reason", class_="plain"))
    if known.outcomes.empty:
        shell.state("No partner has an outcome on this deal.")
        return
    rows = []
    for row in records(known.outcomes):
        why = [wording.reason(row.reason)]
        if failure := wording.failure(row.sourced_failure):
            why.append(f"not sourced: {failure}")
        rows.append(
            [
                partner(row.partner_id, str(row.partner_name)),
                join(
                    [
                        tag("b", wording.OUTCOMES.get(row.outcome, str(row.outcome))),
                        *(tag("span", each, class_="sub") for each in why),
                    ]
                ),
            ]
        )
    columns = (Column("Partner"), Column("Outcome"))
    st.html(table(columns, [Group(rows)], caption="Outcome by partner, and why"))


def _credit(known: Deal, currency: str, told: Mapping[str, str]) -> None:
    shell.section(
        "Six models",
        "Share of the deal's amount, and the amount beneath; each model adds up to the deal.",
    )
    if not known.deal.is_won:
        shell.state("Credit is split once a deal is won.")
        return
    names, shares = known.names, known.shares
    cents = {(row.partner_id, row.model): row.credit_cents for row in records(known.credits)}
    rows = []
    for partner_id, by_model in shares.items():
        said = ", ".join(f"{wording.model(key)} {words.percent(by_model[key])}" for key in MODELS)
        rows.append(
            [
                partner(partner_id, names[partner_id]),
                *(_cell(by_model[key], cents.get((partner_id, key)), currency) for key in MODELS),
                range_mark([float(by_model[key]) for key in MODELS], said),
                spread(known, partner_id),
            ]
        )
    columns = (
        Column("Partner"),
        *(
            Column(
                join([wording.model(key), tag("span", told.get(key, ""), class_="sub")]),
                is_number=True,
                class_="extra",
            )
            for key in MODELS
        ),
        Column("0 to 100%", class_="extra"),
        Column("Lowest–highest", is_number=True),
    )
    st.html(table(columns, [Group(rows)], caption="Credit by partner under each of the six models"))


def _cell(share: Decimal, cents: Any, currency: str) -> Html:
    if not share:
        return tag("span", "0", class_="quiet")
    beneath = words.ABSENT if words.is_absent(cents) else words.exact(cents, currency)
    return join([words.percent(share), tag("span", beneath, class_="sub")])


def _rules(known: Deal) -> None:
    shell.section(
        "Rules of sourcing",
        "What each registration is asked; it sources the deal if it passes all it is asked.",
    )
    if known.tests.empty:
        shell.state("No registration is matched to this deal.", "Nobody can have sourced it.")
        return
    columns = (Column("Rule"), Column("Passed"), Column("Found"))
    groups = []
    for registration_id, asked in known.tests.groupby("registration_id", sort=False):
        first = next(records(asked))
        heading = join(
            [
                partner(first.partner_id, str(first.partner_name)),
                " ",
                tag("code", str(registration_id)),
            ]
        )
        rows = [
            [
                wording.RULES.get(row.rule, words.spelled(str(row.rule))),
                passed(row.is_passed),
                "" if words.is_absent(row.finding) else str(row.finding),
            ]
            for row in records(asked)
        ]
        groups.append(Group(rows, heading))
    asked_of = table(columns, groups, caption="Rules each registration was asked")
    st.html(tag("div", asked_of, class_="stacked"))


def passed(is_passed: Any) -> Html:
    """✓ yes, ✕ no, – not asked."""
    if words.is_absent(is_passed):
        return marks.judged("none", "not asked")
    return marks.judged("good", "yes") if is_passed else marks.judged("bad", "no")


def export_touches(known: Deal) -> pd.DataFrame:
    """Every touch, and why it does not count where it does not."""
    rows = known.touches
    return pd.DataFrame(
        {
            "Touch": rows["touch_id"],
            "Deal": rows["opportunity_id"],
            "Partner": rows["partner_name"],
            "Partner id": rows["partner_id"],
            "When": rows["touched_at"],
            "Type": rows["touch_type"],
            "Role": rows["role"],
            "Evidence": rows["has_evidence"],
            "Left out because": rows["excluded_because"],
        }
    )


def export_credit(known: Deal, currency: str) -> pd.DataFrame:
    """Credit by partner and model."""
    rows = known.credits
    return pd.DataFrame(
        {
            "Deal": rows["opportunity_id"],
            "Partner": rows["partner_name"],
            "Partner id": rows["partner_id"],
            "Model": rows["model"].map(wording.MODELS),
            "Share": rows["credit_share"],
            f"Credit, {currency}": in_units(rows["credit_cents"], currency),
        }
    )


def export_rules(known: Deal) -> pd.DataFrame:
    """Every rule that was asked of every registration."""
    rows = known.tests
    return pd.DataFrame(
        {
            "Registration": rows["registration_id"],
            "Partner": rows["partner_name"],
            "Partner id": rows["partner_id"],
            "Rule": rows["rule"].map(wording.RULES),
            "Passed": rows["is_passed"],
            "Found": rows["finding"],
        }
    )
