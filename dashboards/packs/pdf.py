"""A pack on paper: a PDF of vectors and selectable text, made without a browser or a clock."""

import json
import re
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

import typst

from dashboards.packs.model import Column, Pack, Series

_HERE: Final = Path(__file__).parent
_TEMPLATE: Final = _HERE / "typst" / "pack.typ"
_FONTS: Final = _HERE / "fonts"
_NAME_SIZES: Final = ((34, 34), (60, 26), (120, 19))
"""How long a name may be, in characters, for the size it is set in, in points."""
_LEAST_NAME: Final = 14
_HEAD_LENGTH: Final = 36
_ONE_AT_A_TIME: Final = Lock()
"""A compiler serves one thread; several readers may ask for packs at once."""
_LONG_WORD: Final = re.compile(r"\S{32,}")


def render(pack: Pack) -> bytes:
    """The pack as PDF; the same pack gives the same bytes."""
    midnight = datetime.combine(pack.imprint.as_of, time(), UTC)
    said = {"pack": as_json(pack)}
    with _ONE_AT_A_TIME:
        made = _compiler().compile(
            format="pdf", sys_inputs=said, timestamp=midnight, pdf_standards=["ua-1"]
        )
    if not isinstance(made, bytes):
        raise TypeError("Typst made no PDF")
    return made


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    """One for all packs of a process: it keeps the parsed template and fonts."""
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_FONTS)]
    )
    return typst.Compiler(
        str(_TEMPLATE), root=str(_TEMPLATE.parent), font_paths=fonts, ignore_system_fonts=True
    )


def as_json(pack: Pack) -> str:
    """What the template reads: text and numbers."""
    said: dict[str, Any] = _plain(pack)
    name = pack.partner.name
    said["title"] = _breakable(pack.title)
    said["short_name"] = _cut(name)
    said["short_audience"] = _cut(pack.audience_words)
    said["name_size"] = next(
        (size for length, size in _NAME_SIZES if len(name) <= length), _LEAST_NAME
    )
    return json.dumps(said, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        said = {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
        said["is"] = type(value).__name__
        if isinstance(value, Column):
            said["right"] = value.is_number
        if isinstance(value, Series):
            said["absences"] = _breakable(value.absences)
        return said
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return _breakable(value) if isinstance(value, str) else value


def _breakable(text: str) -> str:
    """The text with places to break in words too long for a line."""
    return _LONG_WORD.sub(lambda word: "\u200b".join(_pieces(word[0])), text)


def _pieces(word: str) -> list[str]:
    return [word[start : start + 16] for start in range(0, len(word), 16)]


def _cut(text: str) -> str:
    return text if len(text) <= _HEAD_LENGTH else f"{text[: _HEAD_LENGTH - 1].rstrip()}…"
