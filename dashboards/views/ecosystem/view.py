"""Ecosystem: how the programme does as a whole, by KPIs, segments, and what the quarter brought."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from dashboards import filters, shell, words
from dashboards.charts.cohorts import cohort_grid
from dashboards.charts.ecosystem import kpi_history
from dashboards.markup import Html, join, tag, text
from dashboards.queries import money, published
from dashboards.queries.ecosystem import MART, SEGMENTS, Ecosystem, ecosystem, is_published
from dashboards.views.ecosystem import tables
from dashboards.views.ecosystem.selection import (
    EVERY_KPI,
    EVERY_OWNER,
    FAMILIES,
    KINDS,
    MONTHS,
    NO_TARGET,
    NOT_MEASURED,
    OFF_TARGET,
    ON_TARGET,
    WATCH,
    WEEKS,
    Filters,
    Kpi,
    periods,
    pressing,
    select,
    standing,
    targets,
)
from dashboards.views.ecosystem.selection import SEGMENTS as SEGMENT_NAMES

AT_ONCE = 12
_UNFILTERED: dict[str, object] = {"by": MONTHS, "owner": EVERY_OWNER, "kpi": EVERY_KPI}
_ONE = "one-kpi"
_DEALS = "The deals are on {page}, which counts by fiscal quarters and renewals too"
_MONTHS = "Month by month on {page}"
_ROWS = {
    "sourced_arr": ("attribution", _DEALS),
    "influenced_arr": ("attribution", _DEALS),
    "sourced_share": ("attribution", _DEALS),
    "influenced_share": ("attribution", _DEALS),
    "revenue_per_partner": ("revenue-review", _MONTHS),
    "si_quality": ("delivery", "The scores are on {page}"),
    "support_cost_per_partner": ("revenue-review", _MONTHS),
    "qbr_completion": ("business-reviews", "The last quarter's reviews are on {page}"),
}
"""The page that has rows behind a KPI, by its key, and which they are; others have none."""


def render(visit: shell.Visit) -> None:
    """Draw the page for one published version."""
    if not is_published(visit.edition):
        shell.head("Ecosystem", visit, shell.Takeaway("ecosystem", {}), {})
        shell.state(
            "This version has no KPIs of the ecosystem.",
            "It was published before they were counted.",
        )
        return
    with shell.loading(visit):
        known = ecosystem(visit.edition)
    if known.kpis.empty:
        shell.head("Ecosystem", visit, shell.Takeaway("ecosystem", {}), {})
        shell.state("No month is over yet.", "KPIs come with the first whole month of data.")
        return
    top = st.container(gap="small")
    detail = st.container(gap="small")
    asked = _filters(known.kpis)
    kpis = standing(periods(known.kpis, asked.by))
    with top:
        _top(visit, known, kpis, asked)
    one = next((kpi for kpi in kpis if kpi.now.label == asked.kpi), None)
    if one is not None:
        with detail:
            _one(visit, one, asked)
    _families(visit, select(kpis, asked.owner), asked)
    _quarter(visit, known)


def _filters(kpis: pd.DataFrame) -> Filters:
    labels = kpis.drop_duplicates("kpi_key")["label"].tolist()
    owners = sorted(set(kpis["owner"].dropna()))
    with filters.row():
        by = filters.choice("By", [MONTHS, WEEKS], key="by", width=120)
        owner = filters.choice("Owner", [EVERY_OWNER, *owners], key="owner", width=150)
        kpi = filters.choice("One KPI", [EVERY_KPI, *labels], key="kpi", width=240)
    return Filters(by, owner, kpi)


def _top(visit: shell.Visit, known: Ecosystem, kpis: Sequence[Kpi], asked: Filters) -> None:
    currency = money.currency(visit.edition)
    made = {"kpis": lambda: tables.export_kpis(known.kpis)}
    segments, events, cohorts = known.segments, known.events, known.cohorts
    if segments is not None:
        made["segments"] = lambda: tables.export_segments(segments, currency)
    if events is not None:
        made["wins and failures"] = lambda: tables.export_events(events, currency)
    if cohorts is not None:
        made["cohorts"] = lambda: cohorts
    labelled = known.kpis.drop_duplicates("kpi_key")
    shell.head(
        "Ecosystem",
        visit,
        shell.Takeaway(f"ecosystem-{visit.imprint.version}", made),
        dict(zip(labelled["label"], labelled["definition"], strict=True)),
        period=_period(known.kpis, asked.by),
    )
    shell.stale_notice(visit.edition)
    noun = KINDS[asked.by]
    shell.needs_you(
        needs(kpis, currency, noun),
        visit,
        f"Every KPI with a target is on it this {noun}",
        unfiltered=_UNFILTERED,
    )
    shell.strip(figures(kpis, noun, published.definitions(visit.edition, MART)))


def _period(kpis: pd.DataFrame, by: str) -> Html | None:
    """The latest month, or the latest week; None before the first."""
    rows = periods(kpis, by)
    if rows.empty:
        return None
    start = rows["period_start"].max()
    said, latest = ("Month", f"{start:%B %Y}") if by == MONTHS else ("Week", words.day(start))
    return join([text(f"{said} of "), tag("b", latest)])


def needs(kpis: Sequence[Kpi], currency: str, noun: str) -> list[shell.Need]:
    """What is off its target, the furthest first; how many more where they do not fit."""
    found = pressing(kpis)
    off = [kpi for kpi in found if kpi.now.status == OFF_TARGET]
    shown = found if len(off) <= shell.NEEDS_AT_MOST else off[: shell.NEEDS_AT_MOST - 1]
    links = []
    for kpi in shown:
        said = tables.against(kpi, currency, noun)
        rest = said if kpi.now.status == OFF_TARGET else f"{said}, watch"
        links.append(shell.Need(kpi.now.label, rest, filters={"kpi": kpi.now.label}))
    if len(off) > shell.NEEDS_AT_MOST:
        more = words.count(len(off) - len(shown))
        links.append(shell.Need(f"{more} more", "off target", section=_FIRST))
    return links


_FIRST = "kpis"


def figures(kpis: Sequence[Kpi], noun: str, meanings: Mapping[str, str]) -> list[shell.Figure]:
    """The page in five numbers."""
    count = pd.Series([kpi.now.status for kpi in kpis], dtype="object").value_counts()
    with_target = sum(int(count.get(status, 0)) for status in (ON_TARGET, WATCH, OFF_TARGET))
    leading = [kpi for kpi in kpis if kpi.now.status == OFF_TARGET and kpi.now.nature == "leading"]
    longest = max(kpis, key=lambda kpi: kpi.off_for, default=None)
    return [
        shell.Figure(
            "On target",
            words.count(int(count.get(ON_TARGET, 0))),
            f"of {words.count(with_target)} with a target",
            definition=meanings.get("status"),
        ),
        shell.Figure(
            "Watch",
            words.count(int(count.get(WATCH, 0))),
            "near the line",
            definition=meanings.get("status"),
        ),
        shell.Figure(
            "Off target",
            words.count(int(count.get(OFF_TARGET, 0))),
            f"{words.count(len(leading))} leading"
            + (
                f", the longest {tables.lasting(longest, noun)}"
                if longest is not None and longest.off_for > 1
                else ""
            ),
            definition=meanings.get("status"),
        ),
        shell.Figure(
            "No target",
            words.count(int(count.get(NO_TARGET, 0))),
            "shown as they are",
            definition=meanings.get("target"),
        ),
        shell.Figure(
            "Not measured",
            words.count(int(count.get(NOT_MEASURED, 0))),
            "each says why",
            definition=meanings.get("measure_status"),
        ),
    ]


def _one(visit: shell.Visit, kpi: Kpi, asked: Filters) -> None:
    currency = money.currency(visit.edition)
    noun = KINDS[asked.by]
    with st.container(key=_ONE, gap="small"):
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
        ):
            st.header(kpi.now.label, anchor=False, width="content")
            st.button(
                "Close",
                type="tertiary",
                icon=":material/close:",
                on_click=lambda: st.session_state.update(kpi=EVERY_KPI),
            )
        line, beside = st.columns([2, 1], gap="large")
        with line:
            history = kpi.history.assign(
                to=kpi.history["period_end"] - pd.Timedelta(days=1),
                said=[tables.value(v, kpi.now.unit, currency) for v in kpi.history["value"]],
            )
            named = [(tables.value(t, kpi.now.unit, currency), t) for t in targets(kpi.now)]
            st.plotly_chart(
                kpi_history(history, named, kpi.now.unit),
                config={"displayModeBar": False},
                width="stretch",
                alt=tables.trend(kpi, currency, noun),
            )
            st.html(tables.history_table(kpi, currency))
        with beside:
            st.html(tag("div", tables.facts(kpi, currency, noun), class_="one-kpi"))
            path, said = _ROWS.get(kpi.key, ("", ""))
            page = visit.pages.get(path)
            if page is not None:
                st.page_link(page, label=said.format(page=page.title))


def _families(visit: shell.Visit, kpis: Sequence[Kpi], asked: Filters) -> None:
    currency = money.currency(visit.edition)
    if not kpis:
        noun = KINDS[asked.by]
        if asked.owner == EVERY_OWNER:
            shell.state(f"No {noun} is over yet.")
        else:
            shell.no_match(f"No KPI of {asked.owner} in this {noun}.", unfiltered=_UNFILTERED)
        return
    anchor: str | None = _FIRST
    for family in dict.fromkeys(kpi.now.family for kpi in kpis):
        own = [kpi for kpi in kpis if kpi.now.family == family]
        with st.container(
            horizontal=True,
            horizontal_alignment="distribute",
            vertical_alignment="bottom",
            key=f"family-{family}",
        ):
            title = FAMILIES.get(family, words.title(family))
            st.header(title, anchor=anchor or False, width="content")
            st.html(tag("p", tables.family_note(own), class_="quiet"), width="content")
        st.html(tables.tiles(own, currency, KINDS[asked.by]))
        if note := tables.arr_note(own):
            st.html(tag("p", note, class_="quiet"))
        anchor = None


def _quarter(visit: shell.Visit, known: Ecosystem) -> None:
    currency = money.currency(visit.edition)
    main, aside = st.columns([2, 1], gap="large")
    with main:
        _segments(visit, known.segments, currency)
        _cohorts(visit, known.cohorts)
    with aside:
        _events(visit, known.events, currency)


def _cohorts(visit: shell.Visit, cohorts: pd.DataFrame | None) -> None:
    shell.section(
        "Cohorts",
        "Of the accounts whose first subscription with a partner began in a quarter, the share "
        "that still held one on each anniversary.",
    )
    if cohorts is None or cohorts.empty:
        shell.state("No cohort of customers in this version.")
    else:
        st.html(cohort_grid(cohorts, visit.imprint.as_of))


def _segments(visit: shell.Visit, rows: pd.DataFrame | None, currency: str) -> None:
    if rows is None or rows.empty:
        shell.section("Segments")
        shell.state("No quarter has segments in this version.")
        return
    quarter = words.day(rows["quarter_end"].iloc[0])
    meanings: Mapping[str, str] = published.definitions(visit.edition, SEGMENTS)
    shell.section(
        "Segments",
        f"As of {quarter}. Funds are the segment's, within what each partner's tier may have.",
    )
    st.html(tables.segments_table(rows, currency, meanings))
    labels = rows["segment"].map(SEGMENT_NAMES).fillna(rows["segment"])
    chosen = filters.listed("Segment", list(SEGMENT_NAMES.values()), labels, key="segment")
    own = rows[labels.eq(chosen)]
    if own.empty:
        shell.state(f"No partner is in {chosen.lower()}.")
        return
    shown = st.session_state.get("segments-shown", AT_ONCE)
    st.html(tables.segment_list(own.head(shown), currency, meanings))
    if len(own) > shown:
        st.button(
            f"Show more partners: {words.count(shown)} of {words.count(len(own))}",
            on_click=lambda: st.session_state.update({"segments-shown": shown + AT_ONCE}),
        )


def _events(visit: shell.Visit, events: pd.DataFrame | None, currency: str) -> None:
    for kind, title, nothing in (
        ("win", "Wins", "No win stands out."),
        ("failure", "Failures", "Nothing failed that stands out."),
    ):
        own = None if events is None else events[events["kind"].eq(kind)]
        if own is None or own.empty:
            shell.section(title)
            shell.state(nothing if own is not None else "This version does not list them.")
            continue
        quarter = own["quarter_end"].iloc[0]
        so_far = ", so far" if quarter.date() > visit.imprint.as_of else ""
        shell.section(title, f"Of the quarter to {words.day(quarter)}{so_far}.")
        own = own[own["quarter_end"].eq(quarter)]
        st.html(tables.events_list(own, currency, visit.imprint.as_of))
