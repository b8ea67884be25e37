"""The empty deck: 16:9, our light colours and a font that every machine has, two layouts.

It is what python-pptx brings along, made ours; kept as bytes, for every deck begins with it.
"""

import io
import re
from functools import cache
from typing import Any, Final

from pptx import Presentation
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml import parse_xml

from dashboards.packs.slides.shapes import (
    ACCENT,
    NAMESPACES,
    SECONDARY,
    TEXT,
    Paragraph,
    Place,
    Run,
    emu,
    rule,
    text_box,
)
from dashboards.theme.tokens import MARKS, TOKENS

WIDTH: Final = 960
HEIGHT: Final = 540
MARGIN: Final = 44
FONT: Final = "Arial"
"""On every machine that opens slides, so that nothing moves when it is presented."""

COVER_TITLE: Final = Place(MARGIN, 176, WIDTH - 2 * MARGIN, 104)
COVER_TEXT: Final = Place(MARGIN, 288, WIDTH - 2 * MARGIN, 80)
TITLE: Final = Place(MARGIN, 38, WIDTH - 2 * MARGIN, 56)
FOOT: Final = Place(MARGIN, 510, WIDTH - 2 * MARGIN - 60, 16)
_NUMBER: Final = Place(WIDTH - MARGIN - 50, 510, 50, 16)
FOOT_SIZE: Final = 9

_COLOURS: Final = {
    "dk1": TOKENS["t1"].light,
    "lt1": TOKENS["page"].light,
    "dk2": TOKENS["t2"].light,
    "lt2": TOKENS["surface"].light,
    "accent1": MARKS["accent"],
    "accent2": MARKS["good"],
    "accent3": MARKS["watch"],
    "accent4": MARKS["bad"],
    "accent5": MARKS["neutral"],
    "accent6": MARKS["total"],
    "hlink": TOKENS["accent-text"].light,
    "folHlink": TOKENS["accent-text"].light,
}
_KEPT_LAYOUTS: Final = (0, 5)
"""Title slide and title only, of those that python-pptx brings along."""


@cache
def empty_deck() -> bytes:
    """A deck without slides; its layouts are the cover and the message."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = emu(WIDTH), emu(HEIGHT)  # type: ignore[assignment]
    master = deck.slide_master
    for position, layout in reversed(list(enumerate(deck.slide_layouts))):
        if position not in _KEPT_LAYOUTS:
            deck.slide_layouts.remove(layout)
    _dress_theme(master.part.part_related_by(RELATIONSHIP_TYPE.THEME))
    _fill_tree(master, _title(TITLE, "title"))
    _set_styles(master._element)  # python-pptx has no way to a master's styles
    cover, message = deck.slide_layouts
    _fill_tree(
        cover,
        _title(COVER_TITLE, "ctrTitle", anchor="b"),
        _title(COVER_TEXT, "subTitle", number=3, sizes=(18, SECONDARY, False)),
        rule(4, Place(MARGIN, 400, WIDTH - 2 * MARGIN, 1.5), TEXT),
        *_mark(),
    )
    _fill_tree(message, _title(TITLE, "title"), _slide_number())
    cover.name, message.name = "Cover", "Message"
    _drop(deck.part, RELATIONSHIP_TYPE.PRINTER_SETTINGS)
    _drop(deck.part.package, RELATIONSHIP_TYPE.THUMBNAIL)
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def _dress_theme(theme: Any) -> None:
    said = theme.blob.decode("utf-8")
    colours = "".join(
        f'<a:{name}><a:srgbClr val="{hex_code[1:]}"/></a:{name}>'
        for name, hex_code in _COLOURS.items()
    )
    said = re.sub(
        r"<a:clrScheme.*?</a:clrScheme>",
        f'<a:clrScheme name="Partner Scorecards">{colours}</a:clrScheme>',
        said,
        flags=re.DOTALL,
    )
    faces = f'<a:latin typeface="{FONT}"/><a:ea typeface=""/><a:cs typeface="{FONT}"/>'
    said = re.sub(
        r"<a:fontScheme.*?</a:fontScheme>",
        f'<a:fontScheme name="Partner Scorecards"><a:majorFont>{faces}</a:majorFont>'
        f"<a:minorFont>{faces}</a:minorFont></a:fontScheme>",
        said,
        flags=re.DOTALL,
    )
    theme._blob = said.encode()  # a theme is bytes to python-pptx


def _fill_tree(of: Any, *shapes: str) -> None:
    """Have the master or layout hold these shapes and no other."""
    tree = of.shapes._spTree  # shapes as XML are put where they belong
    for shape in list(of.shapes):
        tree.remove(shape._element)
    for shape in shapes:
        tree.append(parse_xml(shape))


def _title(
    place: Place,
    kind: str,
    *,
    number: int = 2,
    anchor: str = "t",
    sizes: tuple[float, str, bool] = (26, TEXT, True),
) -> str:
    size, colour, is_bold = sizes
    left, top, width, height = place.emu
    name = "Subtitle" if kind == "subTitle" else "Title"
    return (
        f'<p:sp {NAMESPACES}><p:nvSpPr><p:cNvPr id="{number}" name="{name}"/>'
        f'<p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr><p:nvPr><p:ph type="{kind}"/></p:nvPr>'
        f'</p:nvSpPr><p:spPr><a:xfrm><a:off x="{left}" y="{top}"/>'
        f'<a:ext cx="{width}" cy="{height}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr>'
        f'<p:txBody><a:bodyPr lIns="0" tIns="0" rIns="0" bIns="0" anchor="{anchor}">'
        '<a:normAutofit/></a:bodyPr><a:lstStyle><a:lvl1pPr marL="0" indent="0" algn="l">'
        f'<a:buNone/><a:defRPr sz="{round(size * 100)}" b="{int(is_bold)}"><a:solidFill>'
        f'<a:schemeClr val="{colour}"/></a:solidFill></a:defRPr></a:lvl1pPr></a:lstStyle>'
        "<a:p><a:r><a:rPr/><a:t>Title</a:t></a:r></a:p></p:txBody></p:sp>"
    )


def _slide_number() -> str:
    box = text_box(9, "Slide number", _NUMBER, [Paragraph((Run("#", FOOT_SIZE, SECONDARY),), "r")])
    return box.replace(
        "<a:r>", '<a:fld id="{6F1C2A40-0A52-4F6B-9C37-6E1D5C4B2A10}" type="slidenum">'
    ).replace("</a:r>", "</a:fld>")


def _mark() -> list[str]:
    """The product's mark: three columns, the last one accented."""
    bars = ((0, 12, 8, "accent5"), (8, 8, 12, "accent5"), (16, 0, 20, ACCENT))
    shapes = [
        rule(10 + position, Place(MARGIN + left, 72 + top, 6, height), fill)
        for position, (left, top, height, fill) in enumerate(bars)
    ]
    name = Paragraph((Run("Partner Scorecards", 12, SECONDARY),))
    return [*shapes, text_box(13, "Product", Place(MARGIN + 30, 74, 300, 20), [name])]


def _set_styles(master: Any) -> None:
    styles = master.find("{http://schemas.openxmlformats.org/presentationml/2006/main}txStyles")
    fresh = parse_xml(
        f"<p:txStyles {NAMESPACES}><p:titleStyle>{_level(26, bold=True)}</p:titleStyle>"
        f"<p:bodyStyle>{_level(14)}</p:bodyStyle><p:otherStyle>{_level(14)}</p:otherStyle>"
        "</p:txStyles>"
    )
    master.replace(styles, fresh)


def _level(size: int, *, bold: bool = False) -> str:
    return (
        f'<a:lvl1pPr marL="0" algn="l" rtl="0"><a:buNone/><a:defRPr sz="{size * 100}" '
        f'b="{int(bold)}"><a:solidFill><a:schemeClr val="tx1"/></a:solidFill>'
        '<a:latin typeface="+mn-lt"/><a:ea typeface="+mn-ea"/><a:cs typeface="+mn-cs"/>'
        "</a:defRPr></a:lvl1pPr>"
    )


def _drop(part: Any, relationship: str) -> None:
    related = part._rels  # python-pptx never lets go of what it loaded
    for key in [key for key, each in related.items() if each.reltype == relationship]:
        related.pop(key)
