"""Figures of scores over time."""

import pandas as pd
import plotly.graph_objects as go

LINE_COLOURS = ("#418EE9", "#18725C", "#CA785A", "#7C56AE")
"""At most four lines: beyond, small multiples (spec/6)."""
_LABEL_LENGTH = 22
_LABEL_GAP = 0.09
"""Least distance of two labels at the right edge, as a share of the axis."""


def score_lines(scores: pd.DataFrame) -> go.Figure:
    """Scores over weeks, a line a partner with its name at the end.

    Takes columns partner_name, week (date), score (0–5, NaN where not scored), at most four
    partners in their order. Lines break at gaps.
    """
    figure = go.Figure()
    known = scores["score"].dropna()
    low, high = (known.min(), known.max()) if len(known) else (0.0, 5.0)
    bottom, top = max(0.0, low - 0.25), min(5.0, high + 0.25)
    ends: list[tuple[float, str, str]] = []
    groups = scores.groupby("partner_name", sort=False)
    for colour, (partner, line) in zip(LINE_COLOURS, groups, strict=False):
        figure.add_scatter(
            x=line["week"],
            y=line["score"],
            mode="lines",
            line={"color": colour, "width": 2},
            connectgaps=False,
            name=_plain(str(partner)),
            hovertemplate="%{x|%-d %b}: %{y:.2f}<extra></extra>",
        )
        last = line["score"].iloc[-1]
        if pd.notna(last):
            ends.append((float(last), _plain(str(partner)), colour))
    labels = _spread(sorted(ends), (top - bottom) * _LABEL_GAP)
    for (end, label, colour), y in zip(sorted(ends), labels, strict=True):
        leader = {"xref": "paper", "x0": 1.002, "x1": 1.015, "y0": end, "y1": y}
        figure.add_shape(type="line", line={"color": colour, "width": 2}, **leader)
        figure.add_annotation(
            x=1.02, xref="paper", xanchor="left", y=y, text=label, showarrow=False
        )
    figure.update_layout(
        height=250,
        margin={"l": 8, "r": 170, "t": 12, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"size": 13, "family": "'Source Sans', sans-serif"},
        showlegend=False,
        hovermode="closest",
        xaxis={
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "tickformat": "%-d %b",
            "automargin": True,
        },
        yaxis={
            "fixedrange": True,
            "range": [bottom, top],
            "gridcolor": "rgba(122,132,148,.25)",
            "zeroline": False,
            "tickformat": ".2f",
            "nticks": 5,
            "automargin": True,
        },
    )
    return figure


def _spread(ends: list[tuple[float, str, str]], gap: float) -> list[float]:
    """Heights of the labels, lowest first: their own, pushed up where two would touch."""
    heights: list[float] = []
    for end, _, _ in ends:
        heights.append(max(end, heights[-1] + gap) if heights else end)
    return heights


def _plain(label: str) -> str:
    """A name Plotly shows as it is: its texts read a few HTML tags, so angles are entities."""
    short = label if len(label) <= _LABEL_LENGTH else f"{label[: _LABEL_LENGTH - 1]}…"
    return short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
