"""How much room text takes, reckoned from its characters: slides cannot be measured here.

In points. The reckoning is of Arial and a little generous, so that what fits here fits there.
"""

import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Final

LEADING: Final = 1.22
"""Height of a line beside the size of its letters."""

_WIDTHS: Final = {
    character: width
    for width, characters in {
        0.222: "ijl'",
        0.278: " I.,:;/!|ft[]\u00a0",
        0.333: "r()-\u2019·",
        0.5: "ckvxyzsJ",
        0.584: "+=<>\u2212\u2264\u2265",
        0.611: "FTZ",
        0.667: "ABEKPSVXY&",
        0.722: "CDHNRUw",
        0.778: "GOQ",
        0.833: "mM",
        0.889: "%",
        0.944: "W",
        1: "@—…▲▼■✓✕",
    }.items()
    for character in characters
}
"""Widths of letters beside their size, as Arial has them; what is not here is as wide as most."""
_USUAL: Final = 0.556
_CAPITAL: Final = 0.722
_BOLDNESS: Final = 1.08
_SAFETY: Final = 1.03


@cache
def _width_of(character: str) -> float:
    """The width of a character beside its size."""
    if unicodedata.combining(character):
        return 0
    if unicodedata.east_asian_width(character) in "WF":
        return 1
    return _WIDTHS.get(character, _CAPITAL if character.isupper() else _USUAL)


def width(text: str, size: float, *, is_bold: bool = False) -> float:
    """The width of the text in one line."""
    return _letters(text) * size * _SAFETY * (_BOLDNESS if is_bold else 1)


@lru_cache(maxsize=8_192)
def _letters(text: str) -> float:
    return sum(map(_width_of, text))


def lines(text: str, room: float, size: float, *, is_bold: bool = False) -> int:
    """How many lines the text takes where `room` is wide; a longer word is broken."""
    count, used = 1, 0.0
    gap = width(" ", size)
    for word in text.split():
        wide = width(word, size, is_bold=is_bold)
        if used and used + gap + wide > room:
            count, used = count + 1, 0.0
        used += wide + (gap if used else 0)
        if used > room:
            broken = int(used // room)
            count, used = count + broken, used - broken * room
    return count


def height(text: str, room: float, size: float, *, is_bold: bool = False) -> float:
    """How high the text stands where `room` is wide."""
    return lines(text, room, size, is_bold=is_bold) * size * LEADING


def largest(
    text: str, room: float, ceiling: float, sizes: Sequence[float], *, is_bold: bool = False
) -> float:
    """The first of the sizes, largest first, in which the text stays under the ceiling."""
    for size in sizes:
        if height(text, room, size, is_bold=is_bold) <= ceiling:
            return size
    return sizes[-1]


def shortened(text: str, room: float, size: float) -> str:
    """The text cut to one line, with an ellipsis for what is left out."""
    if width(text, size) <= room:
        return text
    kept = text
    while kept and width(f"{kept}…", size) > room:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"
