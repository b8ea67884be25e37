"""Figures of scores over time."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboards.charts.labels import plain
from dashboards.charts.levels import draw_level, mark_last
from dashboards.theme.tokens import MARKS

LINE_COLOURS = ("#418EE9", "#18725C", "#CA785A", "#7C56AE")
"""At most four lines: beyond, small multiples (spec/6)."""
_LABEL_LENGTH = 22
_LABEL_GAP = 0.09
"""Least distance of two labels at the right edge, as a share of the axis."""


def score_lines(scores: pd.DataFrame, maximum: float) -> go.Figure:
    """Scores over weeks, a line a partner with its name at the end.

    Takes columns partner_name, week (date), score (NaN where not scored), at most four partners
    in their order. Lines break at gaps; `maximum` is the highest score.
    """
    figure = go.Figure()
    known = scores["score"].dropna()
    low, high = (known.min(), known.max()) if len(known) else (0.0, maximum)
    bottom, top = max(0.0, low - 0.25), min(maximum, high + 0.25)
    ends: list[tuple[float, str, str]] = []
    groups = scores.groupby("partner_name", sort=False)
    for colour, (partner, line) in zip(LINE_COLOURS, groups, strict=False):
        figure.add_scatter(
            x=line["week"],
            y=line["score"],
            mode="lines",
            line={"color": colour, "width": 2},
            connectgaps=False,
            name=_short(str(partner)),
            hovertemplate="%{x|%-d %b}: %{y:.2f}<extra></extra>",
        )
        last = line["score"].iloc[-1]
        if pd.notna(last):
            ends.append((float(last), _short(str(partner)), colour))
    labels = _spread(sorted(ends), (top - bottom) * _LABEL_GAP)
    for (end, label, colour), y in zip(sorted(ends), labels, strict=True):
        leader = {"xref": "paper", "x0": 1.002, "x1": 1.015, "y0": end, "y1": y}
        figure.add_shape(type="line", line={"color": colour, "width": 2}, **leader)
        figure.add_annotation(
            x=1.02, xref="paper", xanchor="left", y=y, text=label, showarrow=False
        )
    figure.update_layout(**_frame(bottom, top, right=170))
    return figure


def score_history(
    scores: pd.DataFrame, lines: Sequence[tuple[str, float]], maximum: float
) -> go.Figure:
    """One partner's score by week: grey, gaps kept, an accent dot at the end, lines to reach.

    Takes columns week (date) and score (NaN where not scored); `lines` are named scores, dashed
    and named at the right, those near the scores alone.
    """
    known = scores["score"].dropna()
    low, high = (known.min(), known.max()) if len(known) else (0.0, maximum)
    near = [(label, value) for label, value in lines if low - 0.75 <= value <= high + 0.75]
    low, high = min([low, *(v for _, v in near)]), max([high, *(v for _, v in near)])
    figure = go.Figure()
    figure.add_scatter(
        x=scores["week"],
        y=scores["score"],
        mode="lines",
        line={"color": MARKS["neutral"], "width": 2},
        connectgaps=False,
        hovertemplate="%{x|%-d %b %Y}: %{y:.2f}<extra></extra>",
    )
    if len(scores) and pd.notna(scores["score"].iloc[-1]):
        mark_last(figure, scores["week"], scores["score"])
    for label, value in near:
        draw_level(figure, value, _short(f"{label} {value:.2f}"))
    figure.update_layout(
        **_frame(max(0.0, low - 0.25), min(maximum, high + 0.25), right=110 if near else 24)
    )
    figure.update_xaxes(tickformat="%b %Y")
    return figure


def _frame(bottom: float, top: float, right: int) -> dict[str, Any]:
    """The layout of a figure of scores over weeks."""
    return {
        "height": 250,
        "margin": {"l": 8, "r": right, "t": 12, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"size": 13, "family": "'Source Sans', sans-serif"},
        "showlegend": False,
        "hovermode": "closest",
        "xaxis": {
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "tickformat": "%-d %b",
            "automargin": True,
        },
        "yaxis": {
            "fixedrange": True,
            "range": [bottom, top],
            "gridcolor": "rgba(122,132,148,.25)",
            "zeroline": False,
            "tickformat": ".2f",
            "nticks": 5,
            "automargin": True,
        },
    }


def _spread(ends: list[tuple[float, str, str]], gap: float) -> list[float]:
    """Heights of the labels, lowest first: their own, pushed up where two would touch."""
    heights: list[float] = []
    for end, _, _ in ends:
        heights.append(max(end, heights[-1] + gap) if heights else end)
    return heights


def _short(label: str) -> str:
    """A name, cut where it is long."""
    short = label if len(label) <= _LABEL_LENGTH else f"{label[: _LABEL_LENGTH - 1]}…"
    return plain(short)
