"""One business review: how it stands, its packs, what comes along to it and what it holds."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import shell, words
from dashboards.charts import marks
from dashboards.frames import records
from dashboards.markup import Html, join, tag
from dashboards.queries.reviews import one_review
from dashboards.views.business_reviews import deciding, packing, tables
from dashboards.views.business_reviews.selection import (
    CARRIED,
    Notes,
    comes_along,
    items_with_notes,
    with_notes,
)

_ITEMS, _OTHERS_AT_MOST = "items", 8


def render(
    visit: shell.Visit,
    review_id: str,
    notes: Notes | None,
    trouble: str,
    definitions: Mapping[str, str],
) -> None:
    """Draw the page of one review of the version."""
    with shell.loading(visit):
        known = one_review(visit.edition, review_id)
    if known.review.empty:
        shell.head("Business reviews", visit, shell.Takeaway("business-reviews", {}), {})
        shell.state(f"No review {review_id} in this version.", _all_reviews())
        return
    row = next(records(with_notes(known.review, notes)))
    own, carried = items_with_notes(known.own, notes), items_with_notes(known.carried, notes)
    can_note = notes is not None and visit.may("run_reviews")
    takeaway = shell.Takeaway(
        f"business-review-{row.review_id}-{visit.imprint.version}",
        {"items": lambda: tables.export_items(pd.concat([carried, own]))},
    )
    shell.head("Business reviews", visit, takeaway, definitions)
    st.html(tag("p", _all_reviews(), class_="quiet"))
    if trouble:
        st.html(tag("div", tag("p", trouble), class_="notice", role="status"))
    _standing(visit, row, can_note=can_note)
    main, aside = st.columns([2, 1], gap="large")
    with aside:
        _packs(visit, row)
        _others(known.others)
    with main:
        if row.state == "upcoming":
            _carried(visit, carried, can_note=can_note)
        _own(visit, own, row, can_note=can_note)


def waits_for_pre_read(row: Any) -> bool:
    """Whether somebody still has to send what is to be read before the review."""
    return row.state == "upcoming" and words.is_absent(row.pre_read_sent_at)


@st.fragment
def item(visit: shell.Visit, row: Any, whence: str, *, can_note: bool) -> None:
    """An item and what can be made of it."""
    with st.container(key=f"item-{row.item_id}"):
        what, deeds = st.columns([5, 3], vertical_alignment="center")
        with what:
            st.html(tables.item(row, visit.imprint.as_of, whence=whence))
        with deeds:
            if row.is_open and can_note:
                deciding.item_buttons(deciding.Case([row], visit))


def _all_reviews() -> Html:
    href = shell.address(tables.PATH)
    return tag("a", "← All reviews", href=href, target="_self", class_="to-partner")


def _standing(visit: shell.Visit, row: Any, *, can_note: bool) -> None:
    as_of = visit.imprint.as_of
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key="one-review",
    ):
        who = [
            tag("h2", shell.partner_link(str(row.partner_id), str(row.partner_name))),
        ]
        if not words.is_absent(row.current_tier):
            who.append(marks.tier_chip(str(row.current_tier)))
        who.append(tables.standing(row))
        facts = [tag("b", tables.day_and_hour(row.scheduled_at)), tables.moment_of(row, as_of)]
        lines = [
            tag("div", join(who, " "), class_="card-head"),
            tag("p", join(facts, " · ")),
        ]
        if not words.is_absent(row.attendees):
            lines.append(tag("p", "With ", tag("bdi", str(row.attendees)), class_="quiet"))
        said = tables.noted(row, as_of)
        if said is not None:
            lines.append(said)
        st.html(tag("div", *lines, class_="card"), width="content")
        if waits_for_pre_read(row) and can_note:
            deciding.pre_read_button(row, visit)


def _packs(visit: shell.Visit, row: Any) -> None:
    shell.section("Pack", "PDF to read before, slides to present, a workbook of the numbers.")
    if visit.may("make_packs"):
        packing.of_one(visit, row)
    elif visit.is_past:
        shell.state("Packs are made from the current version.")
    else:
        shell.state("Partner operations and the partner's manager make packs.")


def _others(others: pd.DataFrame) -> None:
    shell.section("Its other reviews")
    if others.empty:
        shell.state("This is the partner's only review.")
        return
    lines = []
    for other in records(others.head(_OTHERS_AT_MOST)):
        href = shell.address(tables.PATH, review=str(other.review_id))
        day = tag(
            "a", words.day(other.scheduled_at), href=href, target="_self", class_="to-partner"
        )
        judgement: marks.Judgement = {"held": "good", "missed": "bad"}.get(  # type: ignore[assignment]
            str(other.state), "none"
        )
        word = {"missed": "not held"}.get(str(other.state), str(other.state))
        lines.append(tag("li", join([day, marks.judged(judgement, word)], " ")))
    st.html(tag("ul", *lines, class_="plain-list"))


def _carried(visit: shell.Visit, carried: pd.DataFrame, *, can_note: bool) -> None:
    shell.section(
        "Carried over",
        "What earlier reviews left open. It is on the agenda unless somebody leaves it out.",
    )
    if carried.empty:
        shell.state("Nothing is open from earlier reviews.")
        return
    undecided = carried[carried["made"].isna()]
    if can_note and len(undecided) > 1:
        deciding.button_of_all(deciding.Case(list(records(undecided)), visit), CARRIED)
    for one in records(carried):
        item(visit, one, tables.REVIEW, can_note=can_note)
    left = len(carried) - len(comes_along(carried))
    if left:
        said = f"{words.counted(left, 'of them is', 'of them are')} not on the agenda any more."
        st.html(tag("p", said, class_="quiet"))


def _own(visit: shell.Visit, own: pd.DataFrame, row: Any, *, can_note: bool) -> None:
    title = "On the agenda" if row.state == "upcoming" else "What was said and promised"
    shell.section(title, anchor=_ITEMS)
    if own.empty:
        shell.state("No item is noted for this review.", "Items come from the CRM.")
        return
    for label, items in tables.kinds_in(own).items():
        st.html(tag("h3", label, class_="plain"))
        for one in records(items):
            item(visit, one, tables.NOWHERE, can_note=can_note)
