"""Marks and figures of the ecosystem's KPIs: a tile each, and one of them over time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from dashboards.charts import marks
from dashboards.charts.labels import plain
from dashboards.charts.levels import draw_level, mark_last
from dashboards.markup import Html, join, tag
from dashboards.theme.tokens import MARKS

_A_YEAR = 365
_TICKS = {"share": ".0%", "usd": "$.3~s", "ratio": ".1f", "days": ",d", "count": ",d"}


@dataclass(frozen=True)
class Tile:
    """One KPI as its tile says it."""

    name: str
    href: str
    definition: str
    value: str
    judgement: marks.Judgement
    status: str
    """In words: on target, or why there is no value."""
    values: Sequence[float | None]
    """Over time, the latest last; None where there is none."""
    targets: Sequence[float]
    """The line to reach, or the two it should stay between; empty without a target."""
    trend: str
    """The same as the line in words."""
    target: str
    owner: str


def kpi_tile(tile: Tile) -> Html:
    """A rule on top, coloured where it is off, name, value and status, a line, target and owner."""
    name = tag(
        "a", tile.name, href=tile.href, target="_self", class_="to-rows", title=tile.definition
    )
    return tag(
        "li",
        tag("h3", name),
        tag(
            "p",
            join([tag("b", tile.value), marks.judged(tile.judgement, tile.status)], " "),
            class_="value",
        ),
        _line(tile),
        tag("p", tag("span", tile.target), tag("span", tile.owner), class_="under"),
        class_=f"kpi {tile.judgement}",
    )


def _line(tile: Tile) -> Html:
    if not any(value is not None and not math.isnan(value) for value in tile.values):
        return tag("div", class_="no-line")
    return marks.sparkline(
        tile.values, tile.trend, tile.targets, scale=_span(tile.values, tile.targets)
    )


def _span(values: Sequence[float | None], targets: Sequence[float]) -> tuple[float, float]:
    """From the lowest to the highest of what is drawn; with room around where all is one number."""
    known = [value for value in values if value is not None and not math.isnan(value)]
    low, high = min([*known, *targets]), max([*known, *targets])
    if high - low > 1e-9:
        return low, high
    room = abs(high) / 10 or 1.0
    return low - room, high + room


def kpi_history(
    history: pd.DataFrame, targets: Sequence[tuple[str, float]], unit: str
) -> go.Figure:
    """One KPI by period: grey, gaps kept, an accent dot at the end; its targets dashed and named.

    Takes columns to (each period's last day), value (NaN where there is none) and said (in words).
    """
    figure = go.Figure()
    figure.add_scatter(
        x=history["to"],
        y=history["value"],
        mode="lines+markers",
        line={"color": MARKS["neutral"], "width": 2},
        marker={"color": MARKS["neutral"], "size": 4},
        connectgaps=False,
        customdata=[plain(said) for said in history["said"]],
        hovertemplate="%{x|%-d %b %Y}: %{customdata}<extra></extra>",
    )
    known = history.dropna(subset=["value"])
    if len(known):
        mark_last(figure, known["to"], known["value"])
    for label, value in targets:
        draw_level(figure, value, plain(label))
    low, high = _span(history["value"].tolist(), [value for _, value in targets])
    room = (high - low) * 0.08
    figure.update_layout(
        height=260,
        margin={"l": 8, "r": 110 if targets else 24, "t": 12, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"size": 13, "family": "'Source Sans', sans-serif"},
        showlegend=False,
        hovermode="closest",
        xaxis={
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "automargin": True,
            "tickformat": "%b %Y" if _is_long(history["to"]) else "%-d %b",
        },
        yaxis={
            "fixedrange": True,
            "range": [low - room, high + room],
            "gridcolor": "rgba(122,132,148,.25)",
            "zeroline": False,
            "tickformat": _TICKS.get(unit, ""),
            "nticks": 5,
            "automargin": True,
        },
    )
    return figure


def _is_long(days: "pd.Series[pd.Timestamp]") -> bool:
    """Whether days lie so far apart that their months say enough."""
    return bool((days.max() - days.min()).days > _A_YEAR)
