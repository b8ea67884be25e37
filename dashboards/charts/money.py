"""Figures and marks of money: the ledger from gross to margin, what moved it, margins compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import plotly.graph_objects as go

from dashboards import words
from dashboards.charts.bridge import (
    Numbers,
    by_largest_remainder,
    change_bridge,
    connect,
    lay_out,
    step_bar,
)
from dashboards.markup import Html, tag
from dashboards.theme.tokens import MARKS

_WHOLE_FROM = Decimal(1_000)
"""Thousands from which on they are written without a decimal."""


@dataclass(frozen=True)
class Line:
    """One line of a ledger, in minor units: a step, or a total of what stands above it."""

    label: str
    cents: int
    is_total: bool = False


class Thousands:
    """Amounts of one figure in thousands, all to the same place."""

    def __init__(self, cents: Sequence[int], currency: str) -> None:
        """`cents` are the ends of the figure: they decide how precise it has to be."""
        self._currency = currency
        most = max((abs(self._exact(value)) for value in cents), default=Decimal(0))
        self.step = Decimal(1) if most >= _WHOLE_FROM else Decimal("0.1")

    def _exact(self, cents: int) -> Decimal:
        value = words.major(cents, self._currency)
        return Decimal(0) if value is None else value.scaleb(-3)

    def shown(self, cents: int) -> Decimal:
        """One amount by itself."""
        return self._exact(cents).quantize(self.step, rounding=ROUND_HALF_UP)

    def parts(self, cents: Sequence[int], whole: Decimal) -> list[Decimal]:
        """Amounts that add up to `whole` as they are shown."""
        return by_largest_remainder([self._exact(part) for part in cents], whole, self.step)

    def text(self, value: Decimal) -> str:
        """An amount as the figure writes it: 2,838 or −12.9."""
        said = f"{abs(value):,.{0 if self.step == 1 else 1}f}"
        return f"{words.MINUS}{said}" if value < 0 and said.strip("0.,") else said

    def change(self, value: Decimal) -> str:
        """A change as the figure writes it: ▲ 61."""
        return words.delta(value, pattern=f"{{:,.{0 if self.step == 1 else 1}f}}")


def waterfall(lines: Sequence[Line], currency: str) -> go.Figure:
    """A ledger from a first total to a last, a bar where each step lies, on a base of zero.

    What is shown adds up: the steps between two totals by largest remainder.
    """
    scale = Thousands([line.cents for line in lines if line.is_total], currency)
    shown = _as_shown(lines, scale)
    figure = go.Figure()
    reached, levels = Decimal(0), [Decimal(0)]
    for row, (line, value) in enumerate(zip(lines, shown, strict=True)):
        if line.is_total:
            step_bar(figure, row, Decimal(0), value, MARKS["total"])
            reached = value
        else:
            step_bar(figure, row, reached, value, MARKS["neutral"])
            reached += value
        levels.append(reached)
        if row + 1 < len(lines):
            connect(figure, reached, row, row + 1)
    lay_out(
        figure,
        [line.label for line in lines],
        [scale.text(value) for value in shown],
        {row for row, line in enumerate(lines) if line.is_total},
        (float(min(levels)), float(max(*levels, scale.step))),
    )
    connect(figure, Decimal(0), -1, len(lines))
    return figure


def _as_shown(lines: Sequence[Line], scale: Thousands) -> list[Decimal]:
    shown: list[Decimal] = []
    reached, between = Decimal(0), list[int]()
    for line in lines:
        if not line.is_total:
            between.append(line.cents)
            continue
        total = scale.shown(line.cents)
        shown += [*scale.parts(between, total - reached), total]
        reached, between = total, []
    return shown


def margin_bridge(
    steps: Sequence[tuple[str, int]], start: tuple[str, int], end: tuple[str, int], currency: str
) -> go.Figure:
    """From one month's margin to another's; steps are minor units by which each line changed it."""
    scale = Thousands([start[1], end[1]], currency)
    first = scale.shown(start[1])
    parts = scale.parts([cents for _, cents in steps], scale.shown(end[1]) - first)
    return change_bridge(
        [(label, part) for (label, _), part in zip(steps, parts, strict=True)],
        (start[0], first),
        end[0],
        Numbers(scale.text, scale.change, float(10 * scale.step)),
    )


def columns_in_thousands(cents: Sequence[int], whole: int, currency: str) -> list[str]:
    """A column of a table in thousands with one decimal; its cells add up to its total as shown."""
    scale = Thousands([], currency)
    return [scale.text(part) for part in scale.parts(cents, scale.shown(whole))]


def margin_bar(
    rate: float | None, line: float | None, span: tuple[float, float], label: str
) -> Html:
    """A margin as a bar from zero, with a line at what it is compared with; rows share the span.

    `label` says the same in words. A margin beyond the span ends at its edge.
    """
    if rate is None or words.is_absent(rate):
        return Html("")
    low, high = span

    def place(value: float) -> float:
        return (min(max(value, low), high) - low) / (high - low) * 100

    left, right = sorted((place(0), place(rate)))
    parts = [
        tag(
            "span",
            style=f"left:{left:.1f}%;width:{right - left:.1f}%",
            class_=f"part {'bad' if rate < 0 else 'neutral'}",
        ),
        tag("span", style=f"left:{place(0):.1f}%", class_="zero"),
    ]
    if line is not None and not words.is_absent(line):
        parts.append(tag("span", style=f"left:{place(line):.1f}%", class_="at"))
    return tag("span", *parts, class_="margin-bar", role="img", aria_label=label)
