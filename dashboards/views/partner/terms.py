"""The People and Contracts & access tabs: what the partner holds for a term, and until when."""

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import shell, words
from dashboards.charts import marks
from dashboards.frames import records
from dashboards.markup import Column, Group, Html, name, table
from dashboards.queries.partner import Dossier

GRANTS_SHOWN = 40
_ENDED = marks.judged("none", "ended, replaced")


def of_kind(known: Dossier, kind: str) -> pd.DataFrame:
    """The terms of one kind, none in a version that has no terms."""
    if known.terms is None:
        return pd.DataFrame()
    return known.terms[known.terms["kind"].eq(kind)]


def lapsing(known: Dossier, kind: str, before: date) -> pd.DataFrame:
    """Those in force that end before a day and do not renew themselves."""
    rows = of_kind(known, kind)
    if rows.empty:
        return rows
    ends = rows["until_on"].lt(pd.Timestamp(before))
    return rows[rows["is_current"] & ~rows["is_renewing"] & ends]


def next_quarter(as_of: date, first_month: int) -> date:
    """The first day of the fiscal quarter after the one that holds a day."""
    month = as_of.year * 12 + as_of.month - 1
    following = month + 3 - (month + 1 - first_month) % 3
    return date(following // 12, following % 12 + 1, 1)


def show_people(known: Dossier, as_of: date, before: date) -> None:
    """Certificates by person: which are current, which lapse before the next quarter is judged."""
    rows = of_kind(known, "certificate")
    current = rows[rows["is_current"]] if len(rows) else rows
    people = current["holder_id"].nunique() if len(current) else 0
    shell.section(
        "Certificates",
        f"{words.counted(people, 'person', 'people')} with a current certificate; "
        f"{words.count(len(current))} of {words.counted(len(rows), 'certificate')} current. Of a "
        "person's certificates of one type the latest counts.",
    )
    if rows.empty:
        shell.state("No certificate is known of it.")
        return
    columns = (
        Column("Person"),
        Column("Certificate"),
        Column("Issued", class_="extra"),
        Column("Holds until"),
        Column("State"),
    )
    ordered = rows.sort_values(["is_current", "until_on"], ascending=[False, True])
    lines = [
        [
            words.ABSENT if words.is_absent(row.holder_id) else name(str(row.holder_id)),
            words.ABSENT if words.is_absent(row.subject) else words.title(str(row.subject)),
            words.day(row.from_on),
            until(row, as_of),
            standing(row, before),
        ]
        for row in records(ordered)
    ]
    st.html(table(columns, [Group(lines)], caption="Certificates", is_tall=True))


def show_contracts(known: Dossier, as_of: date, before: date) -> None:
    """Contracts and the assessment, then the access grants, those in excess first."""
    main, aside = st.columns([1, 1], gap="large")
    with main:
        shell.section("Contracts and assessment", "The latest of each first.")
        held = pd.concat([of_kind(known, "contract"), of_kind(known, "assessment")])
        if held.empty:
            shell.state("No contract and no assessment is known of it.")
        else:
            st.html(_papers(held, as_of, before))
    with aside:
        _grants(of_kind(known, "grant"), as_of)


def _papers(held: pd.DataFrame, as_of: date, before: date) -> Html:
    columns = (
        Column("Paper"),
        Column("From", class_="extra"),
        Column("Holds until"),
        Column("State"),
    )
    ordered = held.sort_values(["kind", "from_on"], ascending=[False, False])
    replaced = set(held["kind"][held["is_current"]])
    lines = [
        [
            name(_paper(row)),
            words.day(row.from_on),
            until(row, as_of),
            standing(row, before) if row.is_current or row.kind not in replaced else _ENDED,
        ]
        for row in records(ordered)
    ]
    return table(columns, [Group(lines)], caption="Contracts and assessment")


def _paper(row: Any) -> str:
    """A paper by its type and key: Reseller contract ctr-000002."""
    of = "" if words.is_absent(row.subject) else f"{row.subject} "
    return f"{words.title(of + row.kind)} {row.item_id}"


def _grants(grants: pd.DataFrame, as_of: date) -> None:
    excess = grants[grants["is_excess"].eq(True)] if len(grants) else grants
    shell.section(
        "Access grants",
        f"{words.count(len(excess))} of {words.counted(len(grants), 'grant')} in force are in "
        "excess: outside the scopes of its contracts, or unused for too long.",
    )
    if excess.empty:
        shell.state("No grant is in excess.")
        return
    columns = (
        Column("Grant"),
        Column("Scope"),
        Column("Customer", class_="extra"),
        Column("Granted"),
    )
    lines = [
        [
            name(str(row.item_id)),
            words.ABSENT if words.is_absent(row.subject) else name(str(row.subject)),
            words.ABSENT if words.is_absent(row.holder_id) else name(str(row.holder_id)),
            words.day_within(row.from_on, as_of),
        ]
        for row in records(excess.head(GRANTS_SHOWN))
    ]
    st.html(table(columns, [Group(lines)], caption="Access grants in excess", is_tall=True))


def until(row: Any, as_of: date) -> str:
    """The last day of a term: 31 Dec, or that it has none; since when it renews itself."""
    if words.is_absent(row.until_on):
        return "no end"
    if row.is_renewing and row.is_current and row.until_on.date() <= as_of:
        return f"renewed {words.day_within(row.until_on, as_of)}"
    last = words.day_within(row.until_on - pd.Timedelta(days=1), as_of)
    return f"{last}, renews" if row.is_renewing else last


def standing(row: Any, before: date) -> Html:
    """Whether it is in force, and whether it lapses before the next quarter is judged."""
    if not row.is_current:
        return marks.judged("bad", "expired")
    ends = not words.is_absent(row.until_on) and row.until_on < pd.Timestamp(before)
    if ends and not row.is_renewing:
        return marks.judged("watch", "lapses this quarter")
    return marks.judged("good", "current")
