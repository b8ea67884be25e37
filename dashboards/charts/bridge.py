"""The bridge from one score to another: what each part of the rules and of the work changed."""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

import plotly.graph_objects as go

from dashboards import words
from dashboards.theme.tokens import MARKS

_CENT = Decimal("0.01")
_ROW = 30


def by_largest_remainder(
    parts: Sequence[Decimal], whole: Decimal, step: Decimal = _CENT
) -> list[Decimal]:
    """The parts in whole steps that add up to `whole`, itself in whole steps; 0 stays 0."""
    floors = [part.quantize(step, rounding=ROUND_FLOOR) for part in parts]
    left = int((whole - sum(floors, Decimal(0))) / step)
    order = sorted(range(len(parts)), key=lambda i: (parts[i] == 0, -(parts[i] - floors[i]), i))
    risen = set(order[:left])
    return [floor + (step if i in risen else 0) for i, floor in enumerate(floors)]


def as_shown(parts: Sequence[Decimal], start: Decimal, end: Decimal) -> list[Decimal]:
    """Parts in hundredths that lead from one shown score to the other, by largest remainder.

    `start` and `end` are shown truncated, and the parts lead from one to the other in full. A part
    of 0 stays 0.
    """
    return by_largest_remainder(parts, words.truncated(end) - words.truncated(start))


@dataclass(frozen=True)
class Numbers:
    """How the numbers of a bridge are written."""

    end: Callable[[Decimal], str]
    step: Callable[[Decimal], str]
    least_span: float
    """From edge to edge at least, so that a small change does not look like a fall."""


SCORES = Numbers(words.score, words.delta, 0.3)


def score_bridge(
    steps: Sequence[tuple[str, Decimal]],
    start: tuple[str, Decimal],
    end: tuple[str, Decimal],
    line: tuple[str, Decimal] | None = None,
) -> go.Figure:
    """From one score to another; steps are in hundredths, as `as_shown` makes them."""
    return change_bridge(steps, (start[0], words.truncated(start[1])), end[0], SCORES, line)


def change_bridge(
    steps: Sequence[tuple[str, Decimal]],
    start: tuple[str, Decimal],
    end: str,
    numbers: Numbers,
    line: tuple[str, Decimal] | None = None,
) -> go.Figure:
    """A row a step, the change as a bar from where the one before ended, its number at the right.

    The ends are ticks, so no bar is cut; a step of 0 keeps its row. `line` is a value to compare
    with, dashed.
    """
    rows = [start[0], *(label for label, _ in steps), end]
    figure = go.Figure()
    reached = start[1]
    edges = [reached]
    for row, (_, change) in enumerate(steps, start=1):
        step_bar(figure, row, reached, change, MARKS["good" if change > 0 else "bad"])
        connect(figure, reached, row - 1, row)
        reached += change
        edges.append(reached)
    connect(figure, reached, len(rows) - 2, len(rows) - 1)
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
    reach = max(high - low, numbers.least_span / 3)
    if line is not None and low - 1.5 * reach <= float(line[1]) <= high + 1.5 * reach:
        low, high = min(low, float(line[1])), max(high, float(line[1]))
        _dash(figure, line, len(rows), numbers)
    narrow = max(0.0, numbers.least_span - (high - low)) / 2
    lay_out(
        figure,
        rows,
        [
            numbers.end(edges[0]),
            *(numbers.step(change) for _, change in steps),
            numbers.end(reached),
        ],
        {0, len(rows) - 1},
        (low - narrow, high + narrow),
        is_headed=line is not None,
    )
    return figure


def step_bar(figure: go.Figure, row: int, base: Decimal, change: Decimal, colour: str) -> None:
    """One bar of a row, from where the one before it ended."""
    figure.add_bar(
        x=[float(change)],
        base=[float(base)],
        y=[row],
        orientation="h",
        width=0.56,
        marker={"color": colour, "line": {"width": 0}},
        hoverinfo="skip",
    )


def lay_out(
    figure: go.Figure,
    labels: Sequence[str],
    values: Sequence[str],
    bold: Set[int],
    span: tuple[float, float],
    *,
    is_headed: bool = False,
) -> None:
    """A label at the left of each row and its number at the right edge; some of them bold."""
    for row, text in enumerate(values):
        figure.add_annotation(
            x=1,
            xref="paper",
            xanchor="left",
            xshift=12,
            y=row,
            text=f"<b>{text}</b>" if row in bold else text,
            showarrow=False,
            width=62,
            align="right",
        )
    slack = (span[1] - span[0]) * 0.08
    figure.update_layout(
        height=_ROW * (len(labels) + 1),
        margin={"l": 8, "r": 84, "t": 24 if is_headed else 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"size": 13, "family": "'Source Sans', sans-serif"},
        showlegend=False,
        xaxis={"fixedrange": True, "visible": False, "range": [span[0] - slack, span[1] + slack]},
        yaxis={
            "fixedrange": True,
            "range": [len(labels) - 0.5, -0.5],
            "tickvals": list(range(len(labels))),
            "ticktext": [
                f"<b>{label}</b>" if row in bold else label for row, label in enumerate(labels)
            ],
            "showgrid": False,
            "zeroline": False,
            "automargin": True,
            "ticklabelstandoff": 8,
        },
    )


def connect(figure: go.Figure, at: Decimal, above: int, below: int) -> None:
    """A thin line from where one row ends to where the next begins."""
    figure.add_shape(
        type="line",
        x0=float(at),
        x1=float(at),
        y0=above,
        y1=below,
        layer="below",
        line={"color": MARKS["neutral"], "width": 1},
    )


def _dash(figure: go.Figure, line: tuple[str, Decimal], rows: int, numbers: Numbers) -> None:
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
        text=f"{line[0]} {numbers.end(line[1])}",
        showarrow=False,
    )
