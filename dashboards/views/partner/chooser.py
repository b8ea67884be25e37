"""The list to choose a partner from, where the address names none."""

import pandas as pd
import streamlit as st

from dashboards import filters, shell, words
from dashboards.charts import marks
from dashboards.frames import records
from dashboards.markup import Column, Group, Html, name, table, tag
from dashboards.queries.partner import directory
from dashboards.views.partner.selection import CHOICES_SHOWN, matching

_UNFILTERED: dict[str, object] = {"search": ""}


def show(visit: shell.Visit, unknown: str | None = None) -> None:
    """A search over all partners and links to those found; `unknown` was asked for in vain."""
    partners = directory(visit.edition)
    top = st.container(gap="small")
    if unknown is not None:
        shell.state(f"No partner has the id “{unknown}” in this version.", "Choose one below.")
    with filters.row():
        needle = filters.search(width=320)
    found = matching(partners, needle)
    with top:
        shell.head(
            "Partner",
            visit,
            shell.Takeaway(f"partners-{visit.imprint.version}", {"partners": lambda: found}),
            {},
        )
        shell.stale_notice(visit.edition)
    if partners.empty:
        shell.state("No partner is in this version.", "Its extracts held none.")
    elif found.empty:
        shell.no_match(f"No partner matches “{needle.strip()}”.", unfiltered=_UNFILTERED)
    else:
        st.html(choices(found.head(CHOICES_SHOWN)))
        if len(found) > CHOICES_SHOWN:
            rest = f"{CHOICES_SHOWN} of {words.count(len(found))} partners; narrow the search."
            st.html(tag("p", rest, class_="quiet"))


def choices(found: pd.DataFrame) -> Html:
    """Partners as links to their pages."""
    columns = (
        Column("Partner"),
        Column("Type", class_="extra"),
        Column("Tier"),
        Column("Manager", class_="extra"),
        Column("Score", is_number=True),
    )
    rows = [
        [
            shell.partner_link(row.partner_id, str(row.partner_name)),
            words.title(row.partner_type),
            marks.tier_chip(row.current_tier),
            words.ABSENT if words.is_absent(row.partner_manager) else name(row.partner_manager),
            words.score(row.weighted_score),
        ]
        for row in records(found)
    ]
    return table(columns, [Group(rows)], caption="Partners to choose from")
