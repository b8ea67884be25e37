"""Up to four partners side by side."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import shell, words
from dashboards.charts import marks
from dashboards.charts.scores import score_lines
from dashboards.frames import records
from dashboards.markup import Column, Group, Html, join, name, table, tag
from dashboards.views.scorecards.selection import CRITERIA
from dashboards.views.scorecards.table import not_measured

AT_MOST = 4


def show(rows: pd.DataFrame, period_start: date, currency: str, maximum: Decimal) -> None:
    """A figure of the scores over 13 weeks and a table, a column a partner, for 2–4 rows."""
    shell.section("Compare", "Weighted score over 13 weeks, and where it comes from this week.")
    st.plotly_chart(
        score_lines(trends(rows, period_start), float(maximum)),
        config={"displayModeBar": False},
        theme=None,
        alt="Weighted score over 13 weeks of " + words.listed(rows["partner_name"].tolist()),
    )
    columns = [
        Column("This week"),
        *(
            Column(shell.partner_link(row.partner_id, str(row.partner_name)), is_number=True)
            for row in records(rows)
        ),
    ]
    lines = [
        _line("Tier", rows, lambda r: marks.tier_chip(r.current_tier)),
        _line("Type", rows, lambda r: words.title(r.partner_type)),
        _line("Manager", rows, lambda r: _text(r.partner_manager)),
        _line("Score", rows, lambda r: tag("b", words.score(r.score))),
        _line("13 weeks ago", rows, lambda r: words.score(r.score_then)),
        _line(
            "Δ 13w",
            rows,
            lambda r: marks.change(
                None if words.is_absent(r.change_13w) else words.decimal(r.change_13w)
            ),
        ),
        *(_line(words.criterion(c), rows, _criterion(c, maximum)) for c in CRITERIA),
        *_judged(rows),
        _line("Coverage", rows, lambda r: words.percent(r.coverage, places=0)),
        _line("Open pipeline", rows, lambda r: words.money(r.open_pipeline_cents, currency)),
        _line("Sourced won, 13 weeks", rows, lambda r: words.money(r.won_13w_cents, currency)),
        _line("Active installs", rows, lambda r: words.count(r.active_installs)),
        ["Not measured", *(text or words.ABSENT for text in not_measured(rows))],
    ]
    st.html(table(columns, [Group(lines)], caption="Partners side by side"))


def _judged(rows: pd.DataFrame) -> list[list[str]]:
    """Health, SI quality and movement, where the version has them."""
    if rows["health_status"].isna().all():
        return []
    return [
        _line("Health", rows, _health),
        _line("SI quality", rows, lambda r: words.points(r.si_quality_score)),
        _line("Movement", rows, lambda r: marks.movement(r.movement, r.recommended_tier)),
    ]


def _health(row: Any) -> str:
    if words.is_absent(row.health_band):
        return words.ABSENT
    return f"{words.count(row.health_score)} {row.health_band}"


def trends(rows: pd.DataFrame, period_start: date) -> pd.DataFrame:
    """Long form of the trends: partner_name, week, score; a repeated name carries its id."""
    repeated = rows["partner_name"].duplicated(keep=False)
    labels = rows["partner_name"].where(~repeated, rows["partner_name"] + " " + rows["partner_id"])
    parts = []
    for label, trend in zip(labels, rows["trend"], strict=True):
        weeks = [period_start - timedelta(weeks=len(trend) - 1 - i) for i in range(len(trend))]
        parts.append(pd.DataFrame({"partner_name": label, "week": weeks, "score": trend}))
    return pd.concat(parts, ignore_index=True)


def _line(label: str, rows: pd.DataFrame, cell: Any) -> list[str]:
    return [label, *(cell(row) for row in records(rows))]


def _text(value: Any) -> Html:
    return Html(words.ABSENT) if words.is_absent(value) else name(str(value))


def _criterion(key: str, maximum: Decimal) -> Any:
    def cell(row: Any) -> Html:
        value = getattr(row, f"{key}_score")
        if words.is_absent(value):
            return Html(words.ABSENT)
        shown = words.score(value)
        label = f"{shown} of {words.number(maximum)}"
        return join([marks.bar(value / float(maximum), label), " ", shown])

    return cell
