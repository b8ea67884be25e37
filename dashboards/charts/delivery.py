"""Figures of delivery."""

from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go

from dashboards.charts.labels import plain
from dashboards.theme.tokens import MARKS

_ROW_HEIGHT = 46


def component_dots(scores: pd.DataFrame, labels: Mapping[str, str]) -> go.Figure:
    """Component scores: a row a component, a dot an integrator, a line at the median.

    Takes columns partner_name, component, score (0–100) and said (the value in words); rows follow
    `labels`, by component, from above.
    """
    figure = go.Figure()
    places = {component: len(labels) - 1 - row for row, component in enumerate(labels)}
    for component, label in labels.items():
        place = places[component]
        rows = scores[scores["component"].eq(component)].dropna(subset=["score"])
        figure.add_scatter(
            x=rows["score"],
            y=[place + offset for offset in _beside(rows["score"].tolist())],
            mode="markers",
            marker={
                "size": 9,
                "opacity": 0.75,
                "color": [MARKS["bad" if score <= 0 else "neutral"] for score in rows["score"]],
            },
            customdata=rows[["partner_name", "said"]].map(plain),
            hovertemplate="%{customdata[0]}<br>%{customdata[1]}, scores %{x:.0f}<extra></extra>",
        )
        figure.add_annotation(
            x=-0.01, xref="paper", xanchor="right", y=place, text=plain(label), showarrow=False
        )
        if not rows.empty:
            median = float(rows["score"].median())
            figure.add_shape(
                type="line",
                x0=median,
                x1=median,
                y0=place - 0.38,
                y1=place + 0.38,
                line={"color": MARKS["accent"], "width": 3},
            )
            figure.add_annotation(
                x=1.01,
                xref="paper",
                xanchor="left",
                y=place,
                text=f"{median:.0f}",
                showarrow=False,
            )
    figure.update_layout(
        height=_ROW_HEIGHT * len(labels) + 60,
        margin={"l": 150, "r": 40, "t": 8, "b": 28},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"size": 13, "family": "'Source Sans', sans-serif"},
        showlegend=False,
        hovermode="closest",
        xaxis={
            "fixedrange": True,
            "range": [-3, 103],
            "tickvals": [0, 25, 50, 75, 100],
            "gridcolor": "rgba(122,132,148,.25)",
            "zeroline": False,
        },
        yaxis={
            "fixedrange": True,
            "range": [-0.6, len(labels) - 0.4],
            "visible": False,
        },
    )
    return figure


def _beside(scores: Sequence[float]) -> list[float]:
    """How far each dot stands from the middle of its row: near scores stand side by side."""
    near: Counter[int] = Counter()
    offsets = []
    for score in scores:
        place = int(score // 4)
        rank, near[place] = near[place], near[place] + 1
        step = (rank + 1) // 2 * (1 if rank % 2 else -1)
        offsets.append(max(-0.36, min(0.36, step * 0.12)))
    return offsets
