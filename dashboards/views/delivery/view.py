"""Delivery: how well system integrators deliver, who is in remediation, and what is late."""

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import filters, shell, words
from dashboards.charts import marks
from dashboards.charts.delivery import component_dots
from dashboards.markup import join
from dashboards.queries import published
from dashboards.queries.delivery import MARTS, Delivery, delivery
from dashboards.views.delivery import tables
from dashboards.views.delivery.selection import (
    ABOUT_TO_CLIMB,
    EVERYONE,
    LOWEST_FIRST,
    NO_RUNG,
    SORTS,
    Filters,
    select,
    shows,
)

DOTS_AT_MOST = 300
"""Integrators in the figure: more dots tell no more and hold the browser up."""
AT_ONCE = 40
_LATE = "projects-late"
_UNFILTERED: dict[str, object] = {
    "search": "",
    "rung": [],
    "show": EVERYONE,
    "sort": LOWEST_FIRST,
}
_DEFINED = (
    "si_quality_score",
    "live_projects",
    "churn_rate",
    "customer_nps",
    "rollout_ratio",
    "tickets_per_account",
    "incidents_per_project_year",
    "days_to_first_value",
    "rework_share",
    "blocker_days",
    "qa_gate_pass_rate",
    "milestones_met_share",
)


def render(visit: shell.Visit) -> None:
    """Draw the page for one published version."""
    if not all(published.has(visit.edition, mart) for mart in MARTS):
        shell.head("Delivery", visit, shell.Takeaway("delivery", {}), {})
        shell.state(
            "This version has no word on delivery.",
            "It was published before SI quality was measured.",
        )
        return
    with shell.loading(visit):
        known = delivery(visit.edition)
    rows = known.quality.assign(
        change=known.quality["si_quality_score"] - known.quality["score_13_weeks_ago"]
    )
    meanings = published.definitions(visit.edition, "fct_si_quality")
    rung_words = rows["rung"].map(_rung_word)
    top = st.container(gap="small")
    if not rows.empty:
        filters = _filters(known)
        chosen = select(rows, filters, known.highest_line, rung_words)
    else:
        filters, chosen = Filters(), rows
    standing = rows[rows["rung"].ne(NO_RUNG)]
    with top:
        _top(visit, known, chosen, standing, meanings)
        shell.strip(figures(rows, known, meanings))
    if rows.empty:
        shell.state("No system integrator is in this version.", "Only they have SI quality.")
    else:
        _quality(visit, known, chosen, filters, meanings)
        ladder, lost = st.columns([1, 1], gap="large")
        with ladder:
            _ladder(visit, known, standing)
        with lost:
            _components(known, chosen)
    _late_projects(visit, known)


def _top(
    visit: shell.Visit,
    known: Delivery,
    chosen: pd.DataFrame,
    standing: pd.DataFrame,
    meanings: dict[str, str],
) -> None:
    ladder = published.definitions(visit.edition, "fct_remediation")
    shell.head(
        "Delivery",
        visit,
        shell.Takeaway(
            f"delivery-{visit.imprint.version}",
            {
                "SI quality": lambda: tables.export_quality(chosen),
                "remediation": lambda: tables.export_ladder(standing),
                "projects late": lambda: known.late,
            },
        ),
        {words.title(key): meanings[key] for key in _DEFINED if meanings.get(key)}
        | {words.title(key): ladder[key] for key in ("rung", "reason") if ladder.get(key)},
    )
    shell.stale_notice(visit.edition)
    if not known.has_projects:
        shell.state(
            "No extract of projects is there.",
            "SI quality rests on CRM implementations; nothing of it is shown as 0.",
        )
    shell.needs_you(needs(known), visit, "Nothing needs you this week", unfiltered=_UNFILTERED)


def needs(known: Delivery) -> list[shell.Need]:
    """What a reader should act on, most pressing first."""
    rows, found = known.quality, []
    for rung, place in sorted(known.rungs.items(), key=lambda each: -each[1]):
        number = int(rows["rung"].eq(rung).sum())
        if number and place > 1:
            rest = f"{'in' if rung.endswith('review') else 'on'} {words.spelled(rung)}"
            count = words.counted(number, "integrator")
            found.append(shell.Need(count, rest, filters={"rung": [_rung_word(rung)]}))  # type: ignore[dict-item]
    if len(known.late):
        found.append(shell.Need(words.counted(len(known.late), "project"), "late", section=_LATE))
    climbing = int(shows(known.highest_line)[ABOUT_TO_CLIMB](rows).sum())
    if climbing and known.highest_line is not None:
        rest = f"below {words.number(known.highest_line)} now, on no rung yet"
        count = words.counted(climbing, "integrator")
        found.append(shell.Need(count, rest, filters={"show": ABOUT_TO_CLIMB}))
    return found


def figures(rows: pd.DataFrame, known: Delivery, meanings: dict[str, str]) -> list[shell.Figure]:
    """The numbers above the table."""
    scores = rows["si_quality_score"].dropna()
    both = rows.dropna(subset=["si_quality_score", "score_13_weeks_ago"])
    change = words.points_change(
        both["si_quality_score"].median(), both["score_13_weeks_ago"].median()
    )
    too_few = int(rows["status"].eq("too_few").sum())
    by_rung = rows["rung"].value_counts()
    on_ladder = [
        f"{words.count(int(by_rung[rung]))} {words.spelled(rung)}"
        for rung in known.rungs
        if rung in by_rung
    ]
    line = known.highest_line
    below = 0 if line is None else int(scores.lt(line).sum())
    live = int(rows["live_projects"].fillna(0).sum())
    days = known.late["days_late"]
    return [
        shell.Figure(
            "Integrators scored",
            words.count(len(scores)),
            f"{words.count(too_few)} with too few live projects",
            f"of {words.count(len(rows))}",
        ),
        shell.Figure(
            "SI quality, median",
            words.points(scores.median()),
            join([marks.change(change, pattern="{:.1f}"), " in 13 weeks"])
            if change is not None
            else "",
            definition=meanings.get("si_quality_score"),
        ),
        shell.Figure(
            "Below the line",
            words.count(below),
            "" if line is None else f"score under {words.number(line)}",
        ),
        shell.Figure(
            "On the ladder",
            words.count(int(rows["rung"].ne(NO_RUNG).sum())),
            words.listed(on_ladder) or "nobody",
        ),
        shell.Figure(
            "Live projects",
            words.count(live) if known.has_projects else words.ABSENT,
            f"of {words.counted(int(rows['live_projects'].gt(0).sum()), 'integrator')}",
            definition=meanings.get("live_projects"),
        ),
        shell.Figure(
            "Projects late",
            words.count(len(known.late)) if known.has_projects else words.ABSENT,
            f"{words.counted(int(days.median()), 'day')}, median" if len(days) else "none",
        ),
    ]


def _filters(known: Delivery) -> Filters:
    options = [_rung_word(rung) for rung in sorted(known.rungs, key=known.rungs.__getitem__)]
    with filters.row():
        search = filters.search()
        rungs = filters.pills("Rung", [*options, _rung_word(NO_RUNG)], key="rung")
        show = filters.choice("Show", list(shows(known.highest_line)), key="show", width=220)
        sort = filters.choice("Sort", list(SORTS), key="sort", width=200)
    return Filters(search, tuple(rungs), show, sort)


def _quality(
    visit: shell.Visit,
    known: Delivery,
    chosen: pd.DataFrame,
    filters: Filters,
    meanings: dict[str, str],
) -> None:
    shell.section(
        "SI quality",
        "Score and components to the end of the week, with the change in 13 weeks; under each "
        "component its target. ✓ at or beyond the target, ✕ at or beyond the floor.",
    )
    if chosen.empty:
        sentence = f"No integrator matches {words.listed(filters.said)}."
        shell.no_match(sentence, unfiltered=_UNFILTERED)
        return
    shown = st.session_state.get("integrators", AT_ONCE)
    st.html(tables.quality_table(chosen.head(shown), known, meanings, visit.imprint.as_of))
    _more(len(chosen), shown, "integrators")


def _components(known: Delivery, chosen: pd.DataFrame) -> None:
    scores = component_scores(chosen.head(DOTS_AT_MOST), known)
    if scores.empty:
        return
    left_out = (
        f" Of {words.counted(len(chosen), 'integrator')} the first {DOTS_AT_MOST} of the table."
        if len(chosen) > DOTS_AT_MOST
        else ""
    )
    shell.section(
        "Where it is lost",
        "Scores of the components, 0 to 100: a dot an integrator, the line and the number at the "
        f"right their median.{left_out}",
    )
    labels = {key: component.label for key, component in known.components.items()}
    st.plotly_chart(
        component_dots(scores, labels),
        config={"displayModeBar": False},
        theme=None,
        key="components",
        alt="; ".join(
            f"{label} median {scores['score'][scores['component'].eq(key)].median():.0f}"
            for key, label in labels.items()
        ),
    )


def component_scores(chosen: pd.DataFrame, known: Delivery) -> pd.DataFrame:
    """What is measured of the chosen, a row per integrator and component, for the chart."""
    parts = [
        pd.DataFrame(
            {
                "partner_name": chosen["partner_name"],
                "component": key,
                "score": chosen[f"{key}_score"].astype(float),
                "said": [
                    words.ABSENT if words.is_absent(value) else tables.value(key, float(value))
                    for value in chosen[tables.VALUES[key]]
                ],
            }
        )
        for key in known.components
    ]
    return pd.concat(parts).dropna(subset=["score"]) if parts else pd.DataFrame()


def _ladder(visit: shell.Visit, known: Delivery, standing: pd.DataFrame) -> None:
    quarter: Any = known.quality["rung_of"].max()
    note = "" if words.is_absent(quarter) else f"After the quarter to {words.day(quarter)}."
    shell.section("Remediation ladder", note)
    if standing.empty:
        shell.state("Nobody is in remediation.")
        return
    st.html(tables.ladder_table(standing, known, visit.imprint.as_of))


def _late_projects(visit: shell.Visit, known: Delivery) -> None:
    as_of: date = visit.imprint.as_of
    shell.section(
        "Projects late",
        f"Planned to be live by {words.day(as_of)}, neither live nor cancelled.",
        anchor=_LATE,
    )
    if known.late.empty:
        shell.state("No project is late." if known.has_projects else "Source missing.")
        return
    shown = st.session_state.get("projects", AT_ONCE)
    st.html(tables.late_table(known.late.head(shown), as_of))
    _more(len(known.late), shown, "projects")


def _more(number: int, shown: int, key: str) -> None:
    if number > shown:
        st.button(
            f"Show more {key}: {words.count(shown)} of {words.count(number)}",
            on_click=lambda: st.session_state.update({key: shown + AT_ONCE}),
        )


def _rung_word(rung: str) -> str:
    return "No rung" if rung == NO_RUNG else words.title(rung)
