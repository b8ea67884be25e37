"""Marks and figures of attribution: what was won by who brought it, ranges, touches in time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import plotly.graph_objects as go

from dashboards.charts.labels import plain
from dashboards.markup import Html, tag
from dashboards.theme.tokens import MARKS

_LANE = 76
_TOP, _BOTTOM = 40, 34
_ROOM = 0.13
"""Of the width, what the name of a touch needs beside its mark."""
_CREDIT = 0.2
"""Of the span of time, how far credit stands to the right of it."""


@dataclass(frozen=True)
class Glyph:
    """A touch type's mark: in a figure, in text, and in text where the touch is left out."""

    symbol: str
    solid: str
    hollow: str


GLYPHS: Final[dict[str, Glyph]] = {
    "lead": Glyph("circle", "●", "○"),
    "intro": Glyph("triangle-up", "▲", "△"),
    "demo": Glyph("square", "■", "□"),
    "technical_validation": Glyph("diamond", "◆", "◇"),
    "proposal": Glyph("star", "★", "☆"),
    "negotiation": Glyph("hexagon", "⬢", "⬡"),
    "marketing": Glyph("triangle-right", "▶", "▷"),
    "implementation": Glyph("cross", "✚", "✛"),
    "support": Glyph("triangle-down", "▼", "▽"),
    "mention": Glyph("x", "✖", "✕"),
}
_OTHER = Glyph("circle", "●", "○")


def glyph(touch_type: str, *, is_counted: bool) -> str:
    """A touch's mark in text: solid where it counts, hollow where it is left out."""
    known = GLYPHS.get(touch_type, _OTHER)
    return known.solid if is_counted else known.hollow


def won_bar(sourced: float, influenced: float, width: float, label: str) -> Html:
    """What was won as a bar of `width` of its track, in it what was sourced and influenced."""
    parts = [
        tag("span", style=f"width:{share * 100:.2f}%", class_=f"fill {kind}")
        for share, kind in ((sourced, "total"), (influenced, "neutral"))
        if share > 0
    ]
    return tag(
        "span",
        tag("span", *parts, class_="won", style=f"width:{max(width, 0) * 100:.2f}%"),
        class_="won-track",
        role="img",
        aria_label=label,
    )


def range_mark(places: Sequence[float], label: str, *, middle: float | None = None) -> Html:
    """Where values lie on a scale of 0–1 that rows share: a line from least to most, dots on it.

    `middle` is where a value stands that the others are held against.
    """
    low, high = min(places), max(places)
    line = tag("i", style=f"left:{low * 100:.2f}%;width:{(high - low) * 100:.2f}%")
    dots = [tag("b", style=f"left:{place * 100:.2f}%") for place in sorted(set(places))]
    if middle is not None:
        dots.insert(0, tag("s", style=f"left:{middle * 100:.2f}%"))
    return tag("span", line, *dots, class_="range", role="img", aria_label=label)


@dataclass(frozen=True)
class Touch:
    """A touch as the lanes show it."""

    at: datetime
    touch_type: str
    label: str
    said: str
    """What a pointer over it reads."""
    is_counted: bool


@dataclass(frozen=True)
class Claim:
    """A registration as the lanes show it: submitted, and valid until a day, if it ever was."""

    registration_id: str
    submitted_at: datetime
    valid_until: datetime | None


@dataclass(frozen=True)
class Lane:
    """A partner's lane: its touches and claims, and its credit in words at the right."""

    name: str
    credit: str
    touches: Sequence[Touch]
    claims: Sequence[Claim]


def touch_lanes(lanes: Sequence[Lane], moments: Mapping[str, datetime]) -> go.Figure:
    """Touches in time, a lane a partner; lines at each of the moments (creation, close) by name.

    A solid mark counts, a hollow one is left out. A claim is a tick where it was submitted and a
    line for as long as it was valid. What a mark is called stands by it where there is room.
    """
    start, end, edge = _extent(lanes, moments)
    figure = go.Figure()
    for row, lane in enumerate(reversed(lanes)):
        _draw_lane(figure, lane, row, (start, end, edge))
    top = len(lanes) - 0.42
    for name, at in moments.items():
        for row in range(len(lanes)):  # broken where the partners' names stand
            figure.add_shape(
                type="line",
                x0=at,
                x1=at,
                y0=row - 0.5,
                y1=row + 0.2,
                line={"color": MARKS["total"], "width": 1.2, "dash": "dot"},
            )
        share = (at - start) / (edge - start)
        figure.add_annotation(
            x=at,
            y=top,
            text=name,
            showarrow=False,
            yanchor="bottom",
            yshift=4,
            xanchor="left" if share < 0.15 else "right" if share > 0.85 else "center",
        )
    figure.update_layout(
        height=_LANE * max(len(lanes), 1) + _TOP + _BOTTOM,
        margin={"l": 8, "r": 8, "t": 8, "b": _BOTTOM},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"size": 13, "family": "'Source Sans', sans-serif"},
        showlegend=False,
        hovermode="closest",
        xaxis={
            "fixedrange": True,
            "range": [start, edge],
            "showgrid": False,
            "zeroline": False,
            "nticks": 7,
        },
        yaxis={
            "fixedrange": True,
            "range": [-0.5, len(lanes) - 0.5 + _TOP / _LANE],
            "visible": False,
        },
    )
    return figure


def _extent(
    lanes: Sequence[Lane], moments: Mapping[str, datetime]
) -> tuple[datetime, datetime, datetime]:
    """Where the lanes begin and end, and where the figure does, with room for the credit."""
    shown = [*moments.values()]
    for lane in lanes:
        shown += [touch.at for touch in lane.touches]
        shown += [claim.submitted_at for claim in lane.claims]
    span = max(max(shown) - min(shown), timedelta(days=7))
    start, end = min(shown) - span * 0.03, max(shown) + span * 0.03
    return start, end, end + span * _CREDIT


def _draw_lane(
    figure: go.Figure, lane: Lane, row: int, extent: tuple[datetime, datetime, datetime]
) -> None:
    start, end, edge = extent
    base, above = row - 0.18, row + 0.34
    figure.add_shape(
        type="line",
        x0=start,
        x1=end,
        y0=base,
        y1=base,
        layer="below",
        line={"color": "rgba(122,132,148,.35)", "width": 1},
    )
    for x, y, text, anchor in ((0, above, lane.name, "left"), (1, base, lane.credit, "right")):
        figure.add_annotation(
            x=x, xref="paper", xanchor=anchor, y=y, text=plain(text), showarrow=False
        )
    for claim in lane.claims:
        _draw_claim(figure, claim, base, end)
    if not lane.touches:
        return
    figure.add_scatter(
        x=[touch.at for touch in lane.touches],
        y=[base] * len(lane.touches),
        mode="markers",
        marker={
            "size": 12,
            "symbol": [
                GLYPHS.get(touch.touch_type, _OTHER).symbol + ("" if touch.is_counted else "-open")
                for touch in lane.touches
            ],
            "color": [MARKS["accent" if touch.is_counted else "neutral"] for touch in lane.touches],
            "line": {"width": 1.5},
        },
        customdata=[plain(touch.said) for touch in lane.touches],
        hovertemplate="%{customdata}<extra></extra>",
    )
    places = [(touch.at - start) / (edge - start) for touch in lane.touches]
    for touch, place, is_free in zip(lane.touches, places, _has_room(places), strict=True):
        if is_free:
            figure.add_annotation(
                x=touch.at,
                y=base,
                yshift=-16,
                text=plain(touch.label),
                showarrow=False,
                font={"size": 12},
                xanchor="left" if place < 0.06 else "center",
            )


def _draw_claim(figure: go.Figure, claim: Claim, base: float, end: datetime) -> None:
    until = claim.valid_until
    if until is not None and until > claim.submitted_at:
        figure.add_shape(
            type="line",
            x0=claim.submitted_at,
            x1=min(until, end),
            y0=base,
            y1=base,
            line={"color": MARKS["good"], "width": 3},
        )
    figure.add_shape(
        type="line",
        x0=claim.submitted_at,
        x1=claim.submitted_at,
        y0=base - 0.12,
        y1=base + 0.14,
        line={"color": MARKS["good"], "width": 2},
    )
    figure.add_annotation(
        x=claim.submitted_at,
        y=base,
        yshift=15,
        xanchor="left",
        text=plain(f"registered {claim.registration_id}"),
        showarrow=False,
        font={"size": 12},
    )


def _has_room(places: Sequence[float]) -> list[bool]:
    """Which of the marks along a lane may be named beside the others, the first ones first."""
    free, last = [], -1.0
    for place in places:
        fits = place - last >= _ROOM
        free.append(fits)
        last = place if fits else last
    return free
