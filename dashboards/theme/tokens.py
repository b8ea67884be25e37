"""Colour tokens of spec/6: a light and a dark value each, and marks that are the same in both."""

from typing import Final, NamedTuple


class Token(NamedTuple):
    """One colour by theme, as hex."""

    light: str
    dark: str


TOKENS: Final[dict[str, Token]] = {
    "page": Token("#FFFFFF", "#12161C"),
    "surface": Token("#F5F7F9", "#1A2029"),
    "line": Token("#DDE2E8", "#2E3642"),
    "hairline": Token("#E9EDF1", "#242B35"),
    "t1": Token("#17202B", "#E8ECF1"),
    "t2": Token("#495464", "#B6BFCB"),
    "t3": Token("#626D7C", "#929DAC"),
    "accent-text": Token("#2557B8", "#8FB2FF"),
    "good-text": Token("#0A6E65", "#55C8B8"),
    "watch-text": Token("#835400", "#E0B04A"),
    "bad-text": Token("#B03A18", "#FF9273"),
    "good-fill": Token("#E2F3F0", "#12302D"),
    "watch-fill": Token("#FCF1D6", "#332812"),
    "bad-fill": Token("#FCEAE4", "#3B1E16"),
    "tier-registered": Token("#EDF0F3", "#252C36"),
    "tier-silver": Token("#CBD3DE", "#4A5769"),
    "tier-gold": Token("#F0CF7A", "#7D5E10"),
    "tier-platinum": Token("#2C3B58", "#DCE6F7"),
    "ladder": Token("#F1F3F6", "#1A2029"),
    "ladder-reached": Token("#DCE6F7", "#22304B"),
}

MARKS: Final[dict[str, str]] = {
    "accent": "#3A70D8",
    "good": "#12897F",
    "watch": "#B07A12",
    "bad": "#CF4B27",
    "neutral": "#7A8494",
    "total": "#5F6B7C",
}
"""Fills of marks, at least 3:1 on the page of either theme."""


def custom_properties() -> str:
    """The tokens as CSS custom properties.

    `light-dark()` follows the `color-scheme` that Streamlit sets, so a switch of theme needs no
    rerun.
    """
    pairs = [f"--{name}:light-dark({t.light},{t.dark})" for name, t in TOKENS.items()]
    pairs += [f"--{name}:{colour}" for name, colour in MARKS.items()]
    return f":root{{{';'.join(pairs)}}}"
