"""The frame every page stands in: title, as-of line, what needs you, strip, sections, states."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pandas as pd
import streamlit as st

from dashboards import export, words
from dashboards.markup import Html, join, tag, text
from dashboards.queries.published import Edition, Imprint, staleness
from warehouse.settings import Settings

NEEDS_AT_MOST = 4


@dataclass(frozen=True)
class Visit:
    """What a page is given: where it is, which version it shows, and the pages it may link to."""

    settings: Settings
    edition: Edition
    imprint: Imprint
    pages: Mapping[str, object]
    """`st.Page` by path."""


@dataclass(frozen=True)
class Need:
    """Something a reader should act on: `count` is bold, `rest` says what, the link shows the rows."""

    count: str
    rest: str
    path: str
    query: Mapping[str, str | Sequence[str]]


@dataclass(frozen=True)
class Figure:
    """One number of the strip."""

    label: str
    value: str
    note: str = ""
    unit: str = ""
    definition: str | None = None


@dataclass(frozen=True)
class Takeaway:
    """Rows to export under a file's stem; made when the button is pressed."""

    stem: str
    rows: Callable[[], pd.DataFrame]


def head(title: str, visit: Visit, takeaway: Takeaway, definitions: Mapping[str, str]) -> None:
    """The h1 with Export and Definitions, and the as-of line beneath it."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="head"
    ):
        st.title(title, anchor=False, width="content")
        with st.container(horizontal=True, width="content", gap="small", key="head-actions"):
            with st.popover("Export", icon=":material/download:", type="tertiary"):
                _export_buttons(takeaway)
            if st.button("Definitions", icon=":material/menu_book:", type="tertiary"):
                _show_definitions(definitions)
    st.html(_as_of_line(visit.imprint, staleness(visit.edition)))


def needs_you(needs: Sequence[Need], visit: Visit, nothing: str) -> None:
    """Links to what needs a person, four at most in the order given; or that nothing does."""
    if not needs:
        with st.container(key="nothing-needs-you"):
            st.html(tag("p", nothing, class_="quiet"))
        return
    with st.container(
        horizontal=True, vertical_alignment="center", gap="medium", key="needs-you"
    ):
        st.header("Needs you", anchor=False, width="content")
        for need in needs[:NEEDS_AT_MOST]:
            st.page_link(
                visit.pages[need.path],  # type: ignore[arg-type]
                label=f"**{need.count}** {need.rest}",
                query_params=dict(need.query),
            )


def strip(figures: Sequence[Figure]) -> None:
    """Four to six numbers side by side; two across on a phone."""
    st.html(
        tag(
            "dl",
            *(
                tag(
                    "div",
                    tag("dt", figure.label),
                    tag("dd", figure.value, " ", tag("small", figure.unit), class_="value"),
                    tag("dd", figure.note),
                    title=figure.definition,
                )
                for figure in figures
            ),
            class_="strip",
        )
    )


def section(title: str, note: str = "") -> None:
    """An h2 and, beneath it, one quiet sentence on what follows."""
    st.header(title, anchor=False)
    if note:
        st.html(tag("p", note, class_="quiet"))


def notices(edition: Edition) -> None:
    """A sentence for each extract that is past its window."""
    lines = stale_sentences(staleness(edition))
    if lines:
        st.html(tag("p", join(lines, " "), class_="notice"))


def stale_sentences(extracts: pd.DataFrame) -> list[str]:
    """`Billing invoices is 9 days old (limit 7); it stands as of 6 Nov 2026.`, per stale extract."""
    stale = extracts[extracts["is_stale"]]
    return [
        f"{extract_name(row.system, row.entity)} are {words.counted(int(row.age_days), 'day')} old "
        f"(limit {row.freshness_window_days}): as of {words.day(row.newest_at)}."
        for row in stale.itertuples()
    ]


def extract_name(system: str, entity: str) -> str:
    """An extract in words: Billing invoice lines."""
    return f"{words.title(system) if system != 'crm' else 'CRM'} {entity.replace('_', ' ')}"


def state(sentence: str, then: str = "") -> None:
    """A page or a part of it without rows: what is so, and what to do."""
    st.html(tag("div", tag("b", sentence), " ", then, class_="state", role="status"))


def foot() -> None:
    """How far these pages reach without sign-in."""
    st.html(
        tag(
            "p",
            "No sign-in is configured, so these pages are served to this machine only.",
            class_="foot",
        )
    )


def nothing_published() -> None:
    """Before the first refresh."""
    st.title("Partner Scorecards", anchor=False)
    state("Nothing is published yet.", join(["Run ", tag("code", "scorecards refresh"), "."]))
    foot()


def unreadable(reason: str) -> None:
    """A published file these pages cannot read."""
    st.title("Partner Scorecards", anchor=False)
    state("The published version cannot be read.", f"{reason}. It stands as it is; "
          "update the product and serve again.")
    foot()


def _export_buttons(takeaway: Takeaway) -> None:
    st.download_button(
        "CSV",
        data=lambda: export.to_csv(takeaway.rows()),
        file_name=f"{takeaway.stem}.csv",
        mime=export.CSV_TYPE,
        icon=":material/csv:",
        on_click="ignore",
        width="stretch",
    )
    st.download_button(
        "Excel",
        data=lambda: export.to_xlsx(takeaway.rows(), "rows"),
        file_name=f"{takeaway.stem}.xlsx",
        mime=export.XLSX_TYPE,
        icon=":material/table:",
        on_click="ignore",
        width="stretch",
    )


@st.dialog("Definitions", width="large")
def _show_definitions(definitions: Mapping[str, str]) -> None:
    terms = [
        join([tag("dt", term), tag("dd", meaning)]) for term, meaning in definitions.items()
    ]
    st.html(tag("dl", *terms, class_="definitions"))


def _as_of_line(imprint: Imprint, extracts: pd.DataFrame) -> Html:
    last_day = imprint.period_end - timedelta(days=1)
    week = tag("b", words.day(imprint.period_start))
    parts = [
        join(["Week of ", week, f", data to {words.day_within(last_day, imprint.period_start)}"]),
        text(f"published {words.moment(imprint.published_at)}"),
        text(f"version {imprint.version}"),
        text(f"policy {imprint.policy_version}"),
        _freshness(extracts),
    ]
    return tag("p", join(parts, " · "), class_="as-of")


def _freshness(extracts: pd.DataFrame) -> Html:
    stale = int(extracts["is_stale"].sum())
    absent = int((~extracts["is_present"]).sum())
    if not stale and not absent:
        return text("all extracts fresh")
    parts = []
    if stale:
        parts.append(tag("span", f"{words.counted(stale, 'extract')} stale", class_="watch"))
    if absent:
        parts.append(text(f"{words.count(absent)} absent"))
    return join(parts, ", ")
