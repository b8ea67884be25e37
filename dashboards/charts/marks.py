"""Small marks in HTML. Word and glyph carry the meaning, colour repeats it."""

import math
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from dashboards import words
from dashboards.markup import Html, tag
from dashboards.theme.tokens import MARKS

Judgement = Literal["good", "watch", "bad", "none"]
GLYPHS: dict[Judgement, str] = {"good": "✓", "watch": "!", "bad": "✕", "none": "–"}


def judged(judgement: Judgement, label: str) -> Html:
    """A status: ✓ fresh, ! watch, ✕ refused, – absent."""
    return tag("span", f"{GLYPHS[judgement]} {label}", class_=f"judged {judgement}")


def tier_chip(tier: str | None) -> Html:
    """A tier on its fill; a tier of another programme goes without a fill of its own."""
    if tier is None or words.is_absent(tier):
        return Html(words.ABSENT)
    known = tier if tier in {"registered", "silver", "gold", "platinum"} else "registered"
    return tag("span", words.title(tier), class_=f"chip tier-{known}")


def change(value: Decimal | None, *, pattern: str = "{:.2f}") -> Html:
    """A change of a score with its arrow, coloured by whether it is welcome."""
    shown = words.delta(value, pattern=pattern)
    kind = "" if not value else (" good" if value > 0 else " bad")
    return tag("span", shown, class_=f"delta{kind}")


def bar(share: float, label: str) -> Html:
    """A bar of a share of its track; `label` says the same to those who hear it."""
    width = f"{min(max(share, 0.0), 1.0) * 100:.1f}%"
    fill = tag("span", style=f"width:{width}", class_="fill neutral")
    return tag("span", fill, class_="bar", role="img", aria_label=label)


def points_bar(points: int, of: int, most: int, label: str) -> Html:
    """Points on a track as long as what can be had of them; `most` is the longest track."""
    track = f"{of / most * 100:.1f}%" if most else "0%"
    width = f"{min(max(points / of, 0.0), 1.0) * 100:.1f}%" if of else "0%"
    fill = tag("span", style=f"width:{width}", class_="fill neutral")
    return tag("span", fill, style=f"width:{track}", class_="bar", role="img", aria_label=label)


def split_bar(kept: int, lost: int, label: str) -> Html:
    """A whole as what passed and what did not; one that did not is never too thin to see."""
    whole = kept + lost
    if whole == 0:
        return tag("span", class_="bar", role="img", aria_label=label)
    share = max(lost / whole, 0.02) if lost else 0.0
    parts = [tag("span", style=f"width:{(1 - share) * 100:.1f}%", class_="fill neutral")]
    if lost:
        parts.append(tag("span", style=f"width:{share * 100:.1f}%", class_="fill bad"))
    return tag("span", *parts, class_="bar", role="img", aria_label=label)


def age_bar(age_days: int, limit_days: int) -> Html:
    """Age against its limit: the line is the limit, two thirds along, and rows share the scale."""
    is_stale = age_days > limit_days
    share = age_days / limit_days / 1.5 if limit_days else (1.0 if age_days else 0.0)
    width = f"{min(max(share, 0.0), 1.0) * 100:.1f}%"
    label = f"{words.counted(age_days, 'day')} old, limit {limit_days}"
    return tag(
        "span",
        tag("span", style=f"width:{width}", class_=f"fill {'bad' if is_stale else 'neutral'}"),
        tag("span", class_="limit"),
        class_="bar age",
        role="img",
        aria_label=label,
    )


@dataclass(frozen=True)
class Cell:
    """A cell of a ladder: the line above it, and whether the value has reached it."""

    label: str
    is_reached: bool
    is_next: bool = False


def ladder(cells: Sequence[Cell], now: float | None, then: float | None, label: str) -> Html:
    """Equal cells with their lines above; a bar where the value is now, a ring where it was.

    `now` and `then` are places along the whole ladder, 0 to 1. `label` says all of it in words.
    """
    drawn = [
        tag(
            "span",
            tag("b" if cell.is_next else "i", cell.label),
            class_="cell reached" if cell.is_reached else "cell",
        )
        for cell in cells
    ]
    marks = [
        tag("span", style=f"left:{place * 100:.1f}%", class_=kind)
        for kind, place in (("then", then), ("now", now))
        if place is not None
    ]
    return tag("span", *drawn, *marks, class_="ladder", role="img", aria_label=label)


def absence(reason: str) -> Html:
    """Where a mark would stand: a dashed box with why there is none."""
    return tag("span", reason, class_="absence")


def health_chip(score: float | None, band: str | None, tone: str | None) -> Html:
    """A health score with its band on the fill of the band's tone: 85 Champion."""
    if band is None or words.is_absent(band):
        return Html(words.ABSENT)
    shown = "" if score is None or words.is_absent(score) else f"{words.count(score)} "
    kind = tone if tone in {"good", "watch", "bad"} else "none"
    return tag("span", f"{shown}{words.title(band)}", class_=f"chip tone-{kind}")


def movement(action: str | None, tier: str | None = None) -> Html:
    """What is recommended, coloured by whether it asks for something: ▲ Promote to Gold."""
    kinds = {"promote": "good", "demote": "bad", "exit": "bad", "pause": "watch", "warn": "watch"}
    kind = kinds.get(str(action), "quiet")
    return tag("span", words.movement(action, tier), class_=f"movement {kind}")


def sparkline(
    values: Sequence[float | None],
    label: str,
    target: float | Sequence[float] | None = None,
    *,
    scale: tuple[float, float] | None = None,
) -> Html:
    """A line of scores with its gaps, a dot at its end, and each target as a dashed line.

    `label` says the same in words; rows that are compared share a `scale`, a line by itself takes
    its own. It is an image, for Streamlit strips inline SVG.
    """
    width, height, edge = 150, 34, 5
    known = [value for value in values if value is not None and not math.isnan(value)]
    targets = [] if target is None else [target] if isinstance(target, int | float) else target
    shown = [*known, *targets]
    if not known:
        return Html(words.ABSENT)
    low, high = min(shown), max(shown)
    # At least half a point from edge to edge, so that noise does not look like a rise.
    slack = max(0.0, 0.5 - (high - low)) / 2
    low, high = scale or (low - slack, high + slack)

    def y(value: float) -> float:
        return height - edge - (value - low) / (high - low) * (height - 2 * edge)

    step = (width - 2 * edge) / max(len(values) - 1, 1)
    at = [
        None if value is None or math.isnan(value) else (edge + i * step, y(value))
        for i, value in enumerate(values)
    ]
    path, is_drawing = [], False
    for point in at:
        if point is not None:
            path.append(f"{'L' if is_drawing else 'M'}{point[0]:.1f} {point[1]:.1f}")
        is_drawing = point is not None
    drawn = [
        f'<path d="{"".join(path)}" fill="none" stroke="{MARKS["neutral"]}" stroke-width="1.5"/>'
    ]
    drawn += [
        f'<path d="M{edge} {y(each):.1f}H{width - edge}" stroke="{MARKS["total"]}" '
        'stroke-dasharray="3 3"/>'
        for each in targets
    ]
    if at[-1] is not None:
        x_end, y_end = at[-1]
        drawn.append(
            f'<circle cx="{x_end:.1f}" cy="{y_end:.1f}" r="3.5" fill="{MARKS["accent"]}"/>'
        )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f"{''.join(drawn)}</svg>"
    )
    source = f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
    return tag("img", src=source, alt=label, class_="sparkline")
