"""The tables of the Delivery page: quality, who stands on the ladder, what is late."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from dashboards import shell, words
from dashboards.charts import marks
from dashboards.frames import records
from dashboards.markup import Column, Group, Html, join, table, tag
from dashboards.queries.delivery import Component, Delivery
from dashboards.views.delivery.selection import NO_RUNG

VALUES = {
    "churn": "churn_rate",
    "nps": "customer_nps",
    "rollout": "rollout_ratio",
    "tickets": "tickets_per_account",
    "incidents": "incidents_per_project_year",
}
_SHORT = {
    "churn": "Churn",
    "nps": "NPS",
    "rollout": "Rollout",
    "tickets": "Tickets",
    "incidents": "Incidents",
}
_SCORES = (0.0, 100.0)


def rung_chip(rung: str, place: int) -> Html:
    """A rung with a glyph and its name, graver the higher it is; the ground is no rung."""
    if rung == NO_RUNG:
        return tag("span", "– none", class_="judged none")
    glyph, tone = ("!", "watch") if place <= 1 else ("■" if place == 2 else "×", "bad")
    return tag("span", f"{glyph} {words.title(rung)}", class_=f"chip tone-{tone}")


def value(component: str, measured: float) -> str:
    """A component's value in its unit: 4.2%, 38, 1.12 ×."""
    if component == "churn":
        return words.percent(measured)
    if component == "nps":
        return words.number(measured, places=0)
    return f"{words.number(measured)} ×" if component == "rollout" else words.number(measured)


def target(component: Component) -> str:
    """From where on a component is worth all of it: ≤ 3.0%, ≥ 60."""
    return f"{'≤' if component.is_lower_better else '≥'} {value(component.key, component.full_at)}"


def without_score(row: Any, least_projects: int) -> str:
    """Why an integrator has no score."""
    if row.status == "too_few":
        return f"too few live projects ({row.live_projects} of {least_projects})"
    return words.status(row.status)


def quality_table(
    chosen: pd.DataFrame, known: Delivery, meanings: Mapping[str, str], as_of: date
) -> Html:
    """A row per integrator: rung, score, its quarters, live projects and the five components."""
    columns = [
        Column("Partner"),
        Column("Rung", class_="rung"),
        Column("Score", is_number=True, definition=meanings.get("si_quality_score")),
        Column("8 quarters", class_="extra", definition=meanings.get("si_quality_score")),
        Column("Live", is_number=True, definition=meanings.get("live_projects"), class_="extra"),
        *(
            Column(
                join([_SHORT[key], tag("span", target(component), class_="sub")]),
                is_number=True,
                definition=meanings.get(VALUES[key]),
                class_="extra",
            )
            for key, component in known.components.items()
        ),
    ]
    rows = [_quality_row(row, known, as_of) for row in records(chosen)]
    return table(columns, [Group(rows)], caption="SI quality, a row per integrator")


def _quality_row(row: Any, known: Delivery, as_of: date) -> list[str]:
    place = known.rungs.get(row.rung, 0)
    since = (
        ""
        if words.is_absent(row.on_rung_since)
        else tag("span", f"since {words.day_within(row.on_rung_since, as_of)}", class_="sub")
    )
    return [
        shell.partner_link(row.partner_id, row.partner_name),
        join([rung_chip(row.rung, place), since]),
        _score(row, known.least_projects),
        _quarters(row, known.highest_line),
        words.count(row.live_projects),
        *(_component(row, key) for key in known.components),
    ]


def _score(row: Any, least_projects: int) -> Html:
    if words.is_absent(row.si_quality_score):
        why = tag("span", without_score(row, least_projects), class_="sub")
        return join([words.ABSENT, why])
    change = words.points_change(row.si_quality_score, row.score_13_weeks_ago)
    arrow = marks.change(change, pattern="{:.1f}")
    moved = tag("span", arrow, class_="sub") if change is not None else ""
    return join([tag("b", words.points(row.si_quality_score)), moved])


def _quarters(row: Any, line: float | None) -> Html:
    scores = [None if words.is_absent(score) else float(score) for score in row.quarter_scores]
    said = ", ".join(
        f"{words.day(pd.Timestamp(end))} {words.points(score)}"
        for end, score in zip(row.quarter_ends, scores, strict=True)
    )
    return marks.sparkline(scores, f"Score by quarter: {said}", line, scale=_SCORES)


def _component(row: Any, key: str) -> Html:
    measured, score = getattr(row, VALUES[key]), getattr(row, f"{key}_score")
    if words.is_absent(measured):
        return tag("span", words.ABSENT, title="not measured", class_="judged none")
    shown = value(key, float(measured))
    if score >= 100:
        return marks.judged("good", shown)
    return marks.judged("bad", shown) if score <= 0 else tag("span", shown)


def ladder_table(standing: pd.DataFrame, known: Delivery, as_of: date) -> Html:
    """Who stands on the ladder, the highest rung first: since when and why."""
    groups = []
    for rung, place in sorted(known.rungs.items(), key=lambda each: -each[1]):
        rows = standing[standing["rung"].eq(rung)].sort_values(["on_rung_since", "partner_name"])
        if not rows.empty:
            heading = join([rung_chip(rung, place), f" {words.count(len(rows))}"])
            groups.append(Group([_standing(row, as_of) for row in records(rows)], heading))
    columns = [
        Column("Partner"),
        Column("Why, and since when"),
        Column("Quarter", is_number=True),
    ]
    return table(columns, groups, caption="Integrators on the remediation ladder")


def _standing(row: Any, as_of: date) -> list[str]:
    since = f"on this rung since {words.day_within(row.on_rung_since, as_of)}"
    return [
        shell.partner_link(row.partner_id, row.partner_name),
        join([words.title(row.reason), tag("span", since, class_="sub")]),
        words.points(row.quarter_score),
    ]


def late_table(late: pd.DataFrame, as_of: date) -> Html:
    """Late projects, the latest first."""
    most = max(int(late["days_late"].max()), 1)
    rows = [
        [
            tag("code", row.project_id),
            shell.partner_link(row.partner_id, row.partner_name),
            tag("code", row.account_id),
            words.day_within(row.planned_go_live_on, as_of),
            marks.bar(row.days_late / most, words.counted(row.days_late, "day")),
            words.count(row.days_late),
        ]
        for row in records(late)
    ]
    columns = [
        Column("Project"),
        Column("Partner"),
        Column("Account", class_="extra"),
        Column("Planned", class_="extra"),
        Column("", class_="extra"),
        Column("Days late", is_number=True),
    ]
    return table(columns, [Group(rows)], caption="Projects late", is_tall=True)


def export_quality(chosen: pd.DataFrame) -> pd.DataFrame:
    """The integrators asked for, with every component and what stands beside it."""
    kept = {
        "Partner": chosen["partner_name"],
        "Manager": chosen["partner_manager"],
        "Rung": chosen["rung"],
        "On rung since": chosen["on_rung_since"],
        "SI quality": chosen["si_quality_score"],
        "Status": chosen["status"],
        "Live projects": chosen["live_projects"],
    }
    for key, column in VALUES.items():
        kept[_SHORT[key]] = chosen[column]
        kept[f"{_SHORT[key]} score"] = chosen[f"{key}_score"]
    for column in (
        "days_to_first_value",
        "rework_share",
        "blocker_days",
        "qa_gate_pass_rate",
        "milestones_met_share",
    ):
        kept[words.title(column)] = chosen[column]
    return pd.DataFrame(kept)


def export_ladder(standing: pd.DataFrame) -> pd.DataFrame:
    """Who stands on the ladder."""
    return pd.DataFrame(
        {
            "Partner": standing["partner_name"],
            "Rung": standing["rung"],
            "Since": standing["on_rung_since"],
            "Quarter to": standing["rung_of"],
            "Why": standing["reason"],
            "SI quality of the quarter": standing["quarter_score"],
        }
    )
