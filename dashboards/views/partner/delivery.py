"""The Delivery tab: SI quality by component, the telemetry beside it, and projects."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboards import shell, words
from dashboards.charts import marks
from dashboards.dossier import facts
from dashboards.dossier.facts import COMPONENTS, WEEKS, exact
from dashboards.frames import records
from dashboards.markup import Column, Group, Html, join, name, table, tag
from dashboards.queries.partner import Dossier

BESIDE = (
    ("Days to first value", "days_to_first_value", "ratio"),
    ("Rework share of hours", "rework_share", "rate"),
    ("Blocker days", "blocker_days", "ratio"),
    ("QA gates passed", "qa_gate_pass_rate", "rate"),
    ("Milestones met", "milestones_met_share", "rate"),
)
PROJECTS_SHOWN = 40


def show(known: Dossier) -> None:
    """Components and projects on the left, remediation and telemetry on the right."""
    row = facts.weekly(known, known.si_quality)
    main, aside = st.columns([2, 1], gap="large")
    with main:
        if row is not None:
            shell.section(
                "SI quality by component",
                "Each is 0 to 100 between its floor and its target; the score is their weighted "
                "mean over what is measured.",
            )
            st.html(components_table(known))
        if known.projects is not None and not known.projects.empty:
            late = int(known.projects["is_late"].eq(True).sum())
            number = words.counted(len(known.projects), "project")
            shell.section("Projects", f"{number}, {words.count(late)} late, as of the run.")
            st.html(projects_table(known.projects))
    with aside:
        _remediation(known)
        if row is not None:
            with st.container(border=True, key="beside"):
                shell.section("Beside the score", "Watched, not scored.")
                lines = [
                    [label, words.measure(exact(getattr(row, column)), unit)]
                    for label, column, unit in BESIDE
                ]
                columns = (Column("Telemetry"), Column("12 months", is_number=True))
                st.html(table(columns, [Group(lines)], caption="Delivery telemetry"))


def components_table(known: Dossier) -> Html:
    """The components with value, points and change, and the score last."""
    now = facts.weekly(known, known.si_quality)
    then = facts.weekly(known, known.si_quality, WEEKS)
    columns = (
        Column("Component"),
        Column("Value", is_number=True),
        Column("0–100", class_="extra"),
        Column("Score", is_number=True),
        Column(f"Δ {WEEKS}w", is_number=True),
    )
    rows = [
        [
            label,
            words.measure(exact(getattr(now, column)), unit),
            _bar(getattr(now, f"{key}_score")),
            _points(getattr(now, f"{key}_score")),
            _change(now, then, f"{key}_score"),
        ]
        for key, label, column, unit in COMPONENTS
    ]
    total = [
        tag("b", "SI quality"),
        f"{words.count(now.live_projects)} live",
        _bar(now.si_quality_score),
        tag("b", _points(now.si_quality_score))
        if not words.is_absent(now.si_quality_score)
        else words.status(str(now.status)),
        _change(now, then, "si_quality_score"),
    ]
    return table(columns, [Group([*rows, total])], caption="SI quality by component")


def _bar(score: Any) -> Html:
    if words.is_absent(score):
        return marks.absence("not measured")
    return marks.bar(float(score) / 100, f"{_points(score)} of 100")


def _points(score: Any) -> str:
    return words.points(exact(score))


def _change(now: Any, then: Any, column: str) -> Html:
    after = exact(getattr(now, column))
    before = None if then is None else exact(getattr(then, column))
    return marks.change(words.points_change(after, before), pattern="{:.1f}")


def projects_table(projects: pd.DataFrame) -> Html:
    """Projects, those late first."""
    rows = projects.sort_values(["is_late", "kicked_off_on"], ascending=False)
    columns = (
        Column("Project"),
        Column("Account", class_="extra"),
        Column("Kick-off", class_="extra"),
        Column("Planned"),
        Column("Went live"),
        Column("State"),
    )
    lines = [
        [
            name(str(row.project_id)),
            words.ABSENT if words.is_absent(row.account_id) else name(str(row.account_id)),
            words.day(row.kicked_off_on),
            words.day(row.planned_go_live_on),
            words.day(row.went_live_on),
            _state(row),
        ]
        for row in records(rows.head(PROJECTS_SHOWN))
    ]
    return table(columns, [Group(lines)], caption="Projects", is_tall=True)


def _state(row: Any) -> Html:
    if row.is_late:
        return marks.judged("bad", f"{words.counted(int(row.days_late), 'day')} late")
    return marks.judged("good" if row.is_live else "none", words.spelled(str(row.status)))


def _remediation(known: Dossier) -> None:
    if known.remediation is None or known.remediation.empty:
        return
    with st.container(border=True, key="remediation"):
        shell.section("Remediation", "Its rung at each quarter end, latest first.")
        columns = (Column("Quarter to"), Column("Rung"), Column("SI quality", is_number=True))
        lines = [
            [
                words.day(row.quarter_end),
                join([_rung(str(row.rung)), tag("span", str(row.reason), class_="sub")]),
                _points(row.si_quality_score),
            ]
            for row in records(known.remediation)
        ]
        st.html(table(columns, [Group(lines)], caption="Remediation by quarter"))


def _rung(rung: str) -> Html:
    judgement: marks.Judgement = "good" if rung == "none" else "watch"
    if rung == "offboarding_review":
        judgement = "bad"
    return marks.judged(judgement, "no measure" if rung == "none" else words.spelled(rung))
