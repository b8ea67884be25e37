"""The bridge from one score to another: what each part of the rules and of the work changed."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

import plotly.graph_objects as go

from dashboards import words
from dashboards.theme.tokens import MARKS

_CENT = Decimal("0.01")
_ROW = 30
_LEAST_SPAN = 0.3
"""Scores from edge to edge at least, so that a hundredth does not look like a fall."""


def as_shown(parts: Sequence[Decimal], start: Decimal, end: Decimal) -> list[Decimal]:
    """Parts in hundredths that lead from one shown score to the other, by largest remainder.

    `start` and `end` are shown truncated, and the parts lead from one to the other in full. A part
    of 0 stays 0.
    """
    floors = [part.quantize(_CENT, rounding=ROUND_FLOOR) for part in parts]
    whole = words.truncated(end) - words.truncated(start)
    left = int((whole - sum(floors, Decimal(0))) / _CENT)
    by_remainder = sorted(
        range(len(parts)), key=lambda i: (parts[i] == 0, -(parts[i] - floors[i]), i)
    )
    risen = set(by_remainder[:left])
    return [floor + (_CENT if i in risen else 0) for i, floor in enumerate(floors)]


def score_bridge(
    steps: Sequence[tuple[str, Decimal]],
    start: tuple[str, Decimal],
    end: tuple[str, Decimal],
    line: tuple[str, Decimal] | None = None,
) -> go.Figure:
    """A row a step, the change as a bar from where the one before ended, its number at the right.

    Steps are in hundredths, as `as_shown` makes them. The ends are ticks, so no bar is cut; a step
    of 0 keeps its row. `line` is a score to compare with, dashed.
    """
    rows = [start[0], *(label for label, _ in steps), end[0]]
    figure = go.Figure()
    reached = words.truncated(start[1])
    edges = [reached]
    for row, (_, change) in enumerate(steps, start=1):
        figure.add_bar(
            x=[float(change)],
            base=[float(reached)],
            y=[row],
            orientation="h",
            width=0.56,
            marker={"color": MARKS["good"] if change > 0 else MARKS["bad"], "line": {"width": 0}},
            hoverinfo="skip",
        )
        _connect(figure, reached, row - 1, row)
        reached += change
        edges.append(reached)
    _connect(figure, reached, len(rows) - 2, len(rows) - 1)
    for row, value in ((0, edges[0]), (len(rows) - 1, reached)):
        figure.add_shape(
            type="line",
            x0=float(value),
            x1=float(value),
            y0=row - 0.34,
            y1=row + 0.34,
            line={"color": MARKS["total"], "width": 5},
        )
    low, high = float(min(edges)), float(max(edges))
    reach = max(high - low, 0.1)
    if line is not None and low - 1.5 * reach <= float(line[1]) <= high + 1.5 * reach:
        low, high = min(low, float(line[1])), max(high, float(line[1]))
        _dash(figure, line, len(rows))
    narrow = max(0.0, _LEAST_SPAN - (high - low)) / 2
    low, high = low - narrow, high + narrow
    slack = (high - low) * 0.08
    for row, text in enumerate(
        [words.score(start[1]), *(words.delta(change) for _, change in steps), words.score(end[1])]
    ):
        is_end = row in (0, len(rows) - 1)
        figure.add_annotation(
            x=1,
            xref="paper",
            xanchor="left",
            xshift=12,
            y=row,
            text=f"<b>{text}</b>" if is_end else text,
            showarrow=False,
            width=62,
            align="right",
        )
    figure.update_layout(
        height=_ROW * (len(rows) + 1),
        margin={"l": 8, "r": 84, "t": 24 if line is not None else 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"size": 13, "family": "'Source Sans', sans-serif"},
        showlegend=False,
        xaxis={
            "fixedrange": True,
            "visible": False,
            "range": [low - slack, high + slack],
        },
        yaxis={
            "fixedrange": True,
            "range": [len(rows) - 0.5, -0.5],
            "tickvals": list(range(len(rows))),
            "ticktext": [f"<b>{rows[0]}</b>", *rows[1:-1], f"<b>{rows[-1]}</b>"],
            "showgrid": False,
            "zeroline": False,
            "automargin": True,
            "ticklabelstandoff": 8,
        },
    )
    return figure


def _connect(figure: go.Figure, at: Decimal, above: int, below: int) -> None:
    figure.add_shape(
        type="line",
        x0=float(at),
        x1=float(at),
        y0=above,
        y1=below,
        layer="below",
        line={"color": MARKS["neutral"], "width": 1},
    )


def _dash(figure: go.Figure, line: tuple[str, Decimal], rows: int) -> None:
    at = float(line[1])
    figure.add_shape(
        type="line",
        x0=at,
        x1=at,
        y0=-0.5,
        y1=rows - 0.5,
        layer="below",
        line={"color": MARKS["total"], "width": 1, "dash": "dash"},
    )
    figure.add_annotation(
        x=at,
        y=1,
        yref="paper",
        yanchor="bottom",
        text=f"{line[0]} {words.score(line[1])}",
        showarrow=False,
    )
