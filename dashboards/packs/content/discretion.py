"""What may be told to a partner: words of others go out only through here.

A pack for a partner is made of numbers about that partner and of sentences written here. Whatever
a person typed elsewhere (an item of a review, the name of a customer) may name another partner or
speak of our own business: it is said only where it does neither.
"""

import re
from collections.abc import Mapping
from typing import Final

INTERNAL_WORDS: Final = (
    "clawback",
    "commission",
    "cost to serve",
    "internal",
    "kill list",
    "leak",
    "margin",
    "payout",
    "remediation",
)
"""What a partner's pack never says, as a part of a word either; in lower case."""

_WORD = re.compile(r"\w+")


class Discretion:
    """Judges words for a partner: neither another partner's name nor a word of our own business."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._by_first: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        self._signs: list[tuple[str, str]] = []
        """Names without a letter or figure, which can only be looked for as they stand."""
        for partner_id, name in names.items():
            parts = tuple(_words(name))
            if parts:
                self._by_first.setdefault(parts[0], []).append((partner_id, parts))
            else:
                self._signs.append((partner_id, name))

    def reason(self, text: str, own_id: str) -> str | None:
        """Why a text is not for the partner, None where nothing speaks against it."""
        low = text.casefold()
        found = next((word for word in INTERNAL_WORDS if word in low), None)
        if found is not None:
            return f"speaks of {found}"
        if self._names_another(text, own_id):
            return "names another partner"
        return None

    def _names_another(self, text: str, own_id: str) -> bool:
        said = _words(text)
        mentions = [
            (partner_id, start, start + len(parts))
            for start, word in enumerate(said)
            for partner_id, parts in self._by_first.get(word, ())
            if _begins(said, start, parts)
        ]
        own = [(start, end) for partner_id, start, end in mentions if partner_id == own_id]
        return any(
            partner_id != own_id and not any(a <= start and end <= b for a, b in own)
            for partner_id, start, end in mentions
        ) or any(sign in text for partner_id, sign in self._signs if partner_id != own_id)


def _begins(said: list[str], start: int, parts: tuple[str, ...]) -> bool:
    """Whether the parts stand there in a row, the last one perhaps as the beginning of a word."""
    there = said[start : start + len(parts)]
    return (
        len(there) == len(parts)
        and tuple(there[:-1]) == parts[:-1]
        and there[-1].startswith(parts[-1])
    )


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
