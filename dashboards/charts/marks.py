"""Small marks in HTML. Word and glyph carry the meaning, colour repeats it."""

from decimal import Decimal
from typing import Literal

from dashboards import words
from dashboards.markup import Html, tag

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


def change(value: Decimal | None) -> Html:
    """A change of a score with its arrow, coloured by whether it is welcome."""
    shown = words.delta(value)
    kind = "" if not value else (" good" if value > 0 else " bad")
    return tag("span", shown, class_=f"delta{kind}")


def bar(share: float, label: str) -> Html:
    """A bar of a share of its track; `label` says the same to those who hear it."""
    width = f"{min(max(share, 0.0), 1.0) * 100:.1f}%"
    fill = tag("span", style=f"width:{width}", class_="fill neutral")
    return tag("span", fill, class_="bar", role="img", aria_label=label)


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
