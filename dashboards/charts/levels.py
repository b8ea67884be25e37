"""What a line over time is read against: a level across the figure, and its last point."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboards.theme.tokens import MARKS


def draw_level(figure: go.Figure, value: float, text: str) -> None:
    """A dashed line across the figure, named at its right edge."""
    figure.add_shape(
        type="line",
        x0=0,
        x1=1,
        xref="paper",
        y0=value,
        y1=value,
        line={"color": MARKS["total"], "width": 1, "dash": "dash"},
    )
    figure.add_annotation(x=1.01, xref="paper", xanchor="left", y=value, text=text, showarrow=False)


def mark_last(figure: go.Figure, x: "pd.Series[Any]", y: "pd.Series[Any]") -> None:
    """A dot on the last point of a line."""
    figure.add_scatter(
        x=x.tail(1),
        y=y.tail(1),
        mode="markers",
        marker={"color": MARKS["accent"], "size": 9},
        hoverinfo="skip",
    )
