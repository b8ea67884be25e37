"""Text, rules and tables of a slide as DrawingML, in points from the upper left corner.

Colours are those of the deck's theme (see `template`), so that a deck put on other colours takes
them on. Whatever text comes in is data: it is escaped here and nowhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal
from xml.sax.saxutils import escape, quoteattr

from dashboards.packs.plain import plain

NAMESPACES: Final = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
_EMU: Final = 12_700

TEXT: Final = "tx1"
SECONDARY: Final = "tx2"
PAGE: Final = "bg1"
SURFACE: Final = "bg2"
ACCENT: Final = "accent1"
GOOD: Final = "accent2"
WATCH: Final = "accent3"
BAD: Final = "accent4"
NEUTRAL: Final = "accent5"
TOTAL: Final = "accent6"
"""Names of the theme's colours; whatever else a colour is called is hex."""

_THEME: Final = frozenset(
    {TEXT, SECONDARY, PAGE, SURFACE, ACCENT, GOOD, WATCH, BAD, NEUTRAL, TOTAL}
)

Align = Literal["l", "ctr", "r"]
Anchor = Literal["t", "ctr", "b"]


@dataclass(frozen=True)
class Place:
    """A rectangle of the slide."""

    left: float
    top: float
    width: float
    height: float

    @property
    def emu(self) -> tuple[int, int, int, int]:
        """As Office counts."""
        return emu(self.left), emu(self.top), emu(self.width), emu(self.height)


@dataclass(frozen=True)
class Run:
    """Some words in one face."""

    text: str
    size: float
    colour: str = TEXT
    is_bold: bool = False


@dataclass(frozen=True)
class Paragraph:
    """Runs in one paragraph, with the room before it."""

    runs: tuple[Run, ...]
    align: Align = "l"
    before: float = 0


@dataclass(frozen=True)
class TableCell:
    """One cell of a table."""

    run: Run
    align: Align = "l"
    fill: str | None = None


@dataclass(frozen=True)
class TableRow:
    """One row of a table; `rule` is the colour of the line beneath it."""

    cells: tuple[TableCell, ...]
    height: float
    rule: str


def emu(points: float) -> int:
    """Points as Office counts them."""
    return round(points * _EMU)


def text_box(
    number: int,
    name: str,
    place: Place,
    paragraphs: Sequence[Paragraph],
    anchor: Anchor = "t",
    *,
    fill: str | None = None,
    outline: str | None = None,
    padding: float = 0,
) -> str:
    """A box of text; with `outline` a dashed frame, as where something is absent."""
    framed = (
        "" if outline is None else f'<a:ln w="9525">{_fill(outline)}<a:prstDash val="dash"/></a:ln>'
    )
    filled = "<a:noFill/>" if fill is None else _fill(fill)
    return (
        f"<p:sp {NAMESPACES}>{_named('p:nvSpPr', number, name, box=True)}"
        f'<p:spPr>{_transform("a:xfrm", place)}<a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
        f"{filled}{framed}</p:spPr>"
        f"<p:txBody>{_body(anchor, padding)}<a:lstStyle/>"
        f"{''.join(map(_paragraph, paragraphs))}</p:txBody></p:sp>"
    )


def placeholder(
    number: int,
    name: str,
    kind: str,
    paragraphs: Sequence[Paragraph],
    place: Place | None = None,
) -> str:
    """Text in a placeholder of the slide's layout, in its place there or in one of its own."""
    placed = "" if place is None else _transform("a:xfrm", place)
    return (
        f"<p:sp {NAMESPACES}><p:nvSpPr><p:cNvPr id={quoteattr(str(number))} "
        f'name={quoteattr(name)}/><p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr>'
        f'<p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr>'
        f"<p:spPr>{placed}</p:spPr><p:txBody><a:bodyPr><a:normAutofit/></a:bodyPr><a:lstStyle/>"
        f"{''.join(map(_paragraph, paragraphs))}</p:txBody></p:sp>"
    )


def rule(number: int, place: Place, colour: str) -> str:
    """A filled bar: a rule where it is thin."""
    return (
        f"<p:sp {NAMESPACES}>{_named('p:nvSpPr', number, f'Rule {number}')}"
        f'<p:spPr>{_transform("a:xfrm", place)}<a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
        f"{_fill(colour)}<a:ln><a:noFill/></a:ln></p:spPr></p:sp>"
    )


def table(
    number: int,
    name: str,
    place: Place,
    widths: Sequence[float],
    rows: Sequence[TableRow],
) -> str:
    """A native table with lines between rows alone; its first row is its header."""
    grid = "".join(f'<a:gridCol w="{emu(width)}"/>' for width in widths)
    return (
        f"<p:graphicFrame {NAMESPACES}><p:nvGraphicFramePr>"
        f"<p:cNvPr id={quoteattr(str(number))} name={quoteattr(plain(name))}/>"
        '<p:cNvGraphicFramePr><a:graphicFrameLocks noGrp="1"/></p:cNvGraphicFramePr><p:nvPr/>'
        f"</p:nvGraphicFramePr>{_transform('p:xfrm', place)}"
        '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/table">'
        f'<a:tbl><a:tblPr firstRow="1"/><a:tblGrid>{grid}</a:tblGrid>'
        f"{''.join(map(_row, rows))}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
    )


_CELL_SIDES: Final = "".join(f'<a:{side} w="0"><a:noFill/></a:{side}>' for side in ("lnL", "lnR"))


def _row(row: TableRow) -> str:
    line = f'<a:lnT w="0"><a:noFill/></a:lnT><a:lnB w="9525">{_fill(row.rule)}</a:lnB>'
    return (
        f'<a:tr h="{emu(row.height)}">'
        + "".join(_cell(cell, line) for cell in row.cells)
        + "</a:tr>"
    )


def _cell(cell: TableCell, line: str) -> str:
    filled = "<a:noFill/>" if cell.fill is None else _fill(cell.fill)
    return (
        "<a:tc><a:txBody><a:bodyPr/><a:lstStyle/>"
        f"{_paragraph(Paragraph((cell.run,), cell.align))}</a:txBody>"
        f'<a:tcPr marL="{emu(4)}" marR="{emu(4)}" marT="{emu(3)}" marB="{emu(3)}" anchor="ctr">'
        f"{_CELL_SIDES}{line}{filled}</a:tcPr></a:tc>"
    )


def colour(name: str) -> str:
    """A colour as DrawingML: of the theme by its name, or hex."""
    if name in _THEME:
        return f'<a:schemeClr val="{name}"/>'
    return f'<a:srgbClr val="{name.removeprefix("#")}"/>'


def _fill(name: str) -> str:
    return f"<a:solidFill>{colour(name)}</a:solidFill>"


def _paragraph(paragraph: Paragraph) -> str:
    before = (
        f'<a:spcBef><a:spcPts val="{round(paragraph.before * 100)}"/></a:spcBef>'
        if paragraph.before
        else ""
    )
    runs = "".join(map(_run, paragraph.runs))
    return f'<a:p><a:pPr algn="{paragraph.align}">{before}</a:pPr>{runs}</a:p>'


def _run(run: Run) -> str:
    bold = ' b="1"' if run.is_bold else ' b="0"'
    # The space between two runs belongs to one of them and is not to be trimmed.
    before, after = (" " if has else "" for has in (run.text[:1] == " ", run.text[-1:] == " "))
    said = escape(f"{before}{plain(run.text)}{after}")
    return (
        f'<a:r><a:rPr lang="en-US" sz="{round(run.size * 100)}"{bold}>{_fill(run.colour)}</a:rPr>'
        f"<a:t>{said}</a:t></a:r>"
    )


def _body(anchor: Anchor, padding: float) -> str:
    inset = emu(padding)
    return (
        f'<a:bodyPr wrap="square" lIns="{inset}" tIns="{inset}" rIns="{inset}" bIns="{inset}" '
        f'anchor="{anchor}"><a:normAutofit/></a:bodyPr>'
    )


def _named(element: str, number: int, name: str, *, box: bool = False) -> str:
    kind = '<p:cNvSpPr txBox="1"/>' if box else "<p:cNvSpPr/>"
    return (
        f"<{element}><p:cNvPr id={quoteattr(str(number))} name={quoteattr(plain(name))}/>"
        f"{kind}<p:nvPr/></{element}>"
    )


def _transform(element: str, place: Place) -> str:
    left, top, width, height = place.emu
    return (
        f'<{element}><a:off x="{left}" y="{top}"/><a:ext cx="{width}" cy="{height}"/></{element}>'
    )
