"""Figures of scores over time."""

from itertools import pairwise

import pandas as pd
import plotly.graph_objects as go

LINE_COLOURS = ("#418EE9", "#18725C", "#CA785A", "#7C56AE")
"""At most four lines: beyond, small multiples (spec/6)."""
_LABEL_LENGTH = 22
_LABEL_GAP = 0.055
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
            hovertemplate="%{y:.2f}<extra></extra>",
        )
        last = line["score"].iloc[-1]
        if pd.notna(last):
            ends.append((float(last), _plain(str(partner)), colour))
    for y, label, colour in _spread(sorted(ends), (top - bottom) * _LABEL_GAP):
        figure.add_annotation(
            x=1,
            xref="paper",
            xanchor="left",
            xshift=8,
            y=y,
            text=label,
            showarrow=False,
            font={"color": colour, "size": 13},
        )
    figure.update_layout(
        height=240,
        margin={"l": 8, "r": 170, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"size": 13},
        showlegend=False,
        hovermode="x unified",
        xaxis={"fixedrange": True, "showgrid": False, "tickformat": "%-d %b"},
        yaxis={
            "fixedrange": True,
            "range": [bottom, top],
            "gridcolor": "rgba(122,132,148,.25)",
            "zeroline": False,
            "tickformat": ".1f",
        },
    )
    return figure


def _spread(ends: list[tuple[float, str, str]], gap: float) -> list[tuple[float, str, str]]:
    """The same labels in the same order, pushed up where two would lie on each other."""
    placed = ends[:1]
    for (_, _, _), (y, label, colour) in pairwise(ends):
        placed.append((max(y, placed[-1][0] + gap), label, colour))
    return placed


def _plain(label: str) -> str:
    """A name Plotly shows as it is: its texts read a few HTML tags, so angles are entities."""
    short = label if len(label) <= _LABEL_LENGTH else f"{label[: _LABEL_LENGTH - 1]}…"
    return short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
