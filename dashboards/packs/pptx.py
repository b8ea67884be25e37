"""A pack as slides to present and to edit: a message a slide, native charts, native tables.

Nothing of the pack is left out: what does not fit on one slide goes on to the next.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from itertools import count
from typing import Any, Final

from pptx import Presentation
from pptx.oxml import parse_xml

from dashboards.packs.archives import settled
from dashboards.packs.model import (
    Bars,
    Block,
    Bridge,
    Cell,
    Figure,
    Ladders,
    Pack,
    Section,
    Series,
)
from dashboards.packs.plain import plain
from dashboards.packs.slides import blocks, charts, fitting
from dashboards.packs.slides.charts import Chart
from dashboards.packs.slides.shapes import (
    ACCENT,
    NEUTRAL,
    SECONDARY,
    TEXT,
    Paragraph,
    Place,
    Run,
    placeholder,
    rule,
    text_box,
)
from dashboards.packs.slides.template import (
    COVER_TEXT,
    COVER_TITLE,
    FOOT,
    FOOT_SIZE,
    HEIGHT,
    MARGIN,
    TITLE,
    WIDTH,
    empty_deck,
)
from dashboards.theme.tokens import TOKENS

ROOM: Final = WIDTH - 2 * MARGIN
_TOP: Final = 102
_BOTTOM: Final = 494
_DISCUSS_HEIGHT: Final = 44
_GUTTER: Final = 32
_CHART_WIDTH: Final = 520
_BESIDE: Final = ROOM - _CHART_WIDTH - _GUTTER
_GAP: Final = 16
_KICKER: Final = Place(MARGIN, 22, ROOM, 16)
_TITLE_SIZES: Final = (26, 24, 22, 20, 18, 16, 14, 12)
_NAME_SIZES: Final = (44, 36, 30, 26, 22, 18, 16, 14)
_LINE_SIZES: Final = (18, 16, 14, 12, 11, 10)
_LADDERS_NOTE: Final = (
    "How far each metric has come through its bands, the right edge being the best of them: "
    "now in blue, 13 weeks ago in grey."
)
_INTERNAL: Final = "Internal · "
_CONTINUED: Final = ", continued"


def render(pack: Pack) -> bytes:
    """The pack as a PPTX file; the same pack gives the same bytes."""
    deck = Presentation(io.BytesIO(empty_deck()))
    _describe(deck, pack)
    cover, message = deck.slide_layouts
    _put_foot(message, pack)
    _cover(_Slide(deck.slides.add_slide(cover)), pack)
    slides = _Slides(deck, message)
    _stand(slides.message(pack.review.day, pack.cover.lines_title), pack)
    _hour(slides.message(pack.review.day, pack.cover.asks_title), pack)
    for section in pack.sections:
        _section(slides, section, pack.imprint.currency)
    out = io.BytesIO()
    deck.save(out)
    return settled(out.getvalue(), _time_of(pack))


def _time_of(pack: Pack) -> datetime:
    """The only time that the files of a pack tell: the end of what their data is of."""
    return datetime.combine(pack.imprint.as_of, time())


def _describe(deck: Any, pack: Pack) -> None:
    properties = deck.core_properties
    properties.title = plain(pack.title)[:255]
    properties.author = "Partner Scorecards"
    properties.last_modified_by = "Partner Scorecards"
    properties.subject = plain(pack.audience_words)[:255]
    properties.keywords = plain(pack.imprint.foot)[:255]
    properties.revision = 1


@dataclass
class _Slide:
    """A slide under way: shapes are numbered as they come."""

    slide: Any
    numbers: Iterator[int] = field(default_factory=lambda: count(100))

    def __post_init__(self) -> None:
        for shape in list(self.slide.shapes):
            shape._element.getparent().remove(shape._element)

    def add(self, *shapes: str) -> None:
        tree = self.slide.shapes._spTree
        for shape in shapes:
            tree.append(parse_xml(shape))

    def number(self) -> int:
        return next(self.numbers)


@dataclass(frozen=True)
class _Slides:
    deck: Any
    layout: Any

    def message(self, kicker: str, title: str) -> _Slide:
        """A slide with its message, and above it, small, what it is about."""
        made = _Slide(self.deck.slides.add_slide(self.layout))
        size = fitting.largest(title, ROOM, TITLE.height, _TITLE_SIZES, is_bold=True)
        said = Paragraph((Run(title, size, TEXT, is_bold=True),))
        made.add(
            placeholder(2, "Title", "title", [said]),
            text_box(3, "Section", _KICKER, [Paragraph((Run(kicker, 11, SECONDARY),))]),
        )
        return made


def _put_foot(layout: Any, pack: Pack) -> None:
    said = f"{pack.imprint.foot} · {pack.audience_words}"
    said = fitting.shortened(said, FOOT.width, FOOT_SIZE)
    foot = text_box(8, "Imprint", FOOT, [Paragraph((Run(said, FOOT_SIZE, SECONDARY),))])
    layout.shapes._spTree.append(parse_xml(foot))


def _cover(slide: _Slide, pack: Pack) -> None:
    name, heading = pack.partner.name, pack.cover.heading
    size = fitting.largest(name, ROOM, COVER_TITLE.height, _NAME_SIZES, is_bold=True)
    about = [pack.cover.period, pack.audience_words, pack.imprint.foot]
    slide.add(
        placeholder(2, "Title", "ctrTitle", [Paragraph((Run(name, size, TEXT, is_bold=True),))]),
        placeholder(3, "Subtitle", "subTitle", [_fitted(heading, COVER_TEXT, (20, 18, 16, 14))]),
        text_box(
            4,
            "About",
            Place(MARGIN, 412, ROOM, 84),
            [Paragraph((Run(each, 12, SECONDARY),), before=3) for each in about if each],
        ),
    )


def _fitted(text: str, place: Place, sizes: Sequence[float]) -> Paragraph:
    size = fitting.largest(text, place.width, place.height, sizes)
    return Paragraph((Run(text, size, SECONDARY),))


def _stand(slide: _Slide, pack: Pack) -> None:
    """Where we stand: the lines, and the four numbers beneath."""
    lines = pack.cover.lines
    top, bottom = _TOP, 372.0
    each = (bottom - top) / max(len(lines), 1)
    said = max((f"{line.fact} {line.meaning}" for line in lines), key=len, default="")
    size = fitting.largest(said, ROOM - 36, each - 4, _LINE_SIZES, is_bold=True)
    for at, line in enumerate(lines):
        place = Place(MARGIN, top + at * each, 28, each)
        beside = Place(MARGIN + 36, top + at * each, ROOM - 36, each)
        slide.add(
            text_box(
                slide.number(),
                f"Number {at + 1}",
                place,
                [Paragraph((Run(str(at + 1), size, ACCENT, is_bold=True),))],
            ),
            text_box(
                slide.number(),
                f"Line {at + 1}",
                beside,
                [
                    Paragraph(
                        (
                            Run(f"{line.fact} ", size, TEXT, is_bold=True),
                            Run(line.meaning, size, SECONDARY),
                        )
                    )
                ],
            ),
        )
    figures = pack.cover.figures
    width = (ROOM - _GAP * (len(figures) - 1)) / max(len(figures), 1)
    for at, figure in enumerate(figures):
        slide.add(*_figure(slide, figure, MARGIN + at * (width + _GAP), width))


def _figure(slide: _Slide, figure: Figure, left: float, width: float) -> list[str]:
    top = 392.0
    value = figure.value.text
    size = fitting.largest(value, width, 36, (26, 22, 18, 15, 12, 10), is_bold=True)
    note_size = fitting.largest(figure.note, width, 30, (12, 11, 10, 9))
    paragraphs = [
        Paragraph((Run(figure.name, 12, SECONDARY),)),
        Paragraph((Run(value, size, blocks.tone_colour(figure.value.tone), is_bold=True),)),
        Paragraph(
            tuple(
                Run(part.text, note_size, blocks.tone_colour(part.tone))
                for part in figure.parts or (Cell(figure.note, None, figure.tone),)
            )
        ),
    ]
    return [
        rule(slide.number(), Place(left, top, width, 1.5), _chip_colour(figure)),
        text_box(
            slide.number(), figure.name, Place(left, top + 8, width, _BOTTOM - top - 8), paragraphs
        ),
    ]


def _chip_colour(figure: Figure) -> str:
    chip = TOKENS.get(f"tier-{figure.chip}")
    return NEUTRAL if chip is None else chip.light


def _hour(slide: _Slide, pack: Pack) -> None:
    """What we ask of the hour, and how it goes."""
    asks, agenda = pack.cover.asks, pack.cover.agenda
    bottom = 348.0
    each = min(44.0, (bottom - _TOP) / max(len(asks), 1))
    longest = max((ask.matter for ask in asks), key=len, default="")
    size = fitting.largest(longest, ROOM - 130, each - 4, _LINE_SIZES)
    for at, ask in enumerate(asks):
        top = _TOP + at * each
        verb = Paragraph((Run(ask.verb, size, SECONDARY),))
        matter = Paragraph((Run(ask.matter, size),))
        slide.add(
            text_box(slide.number(), "Ask", Place(MARGIN, top, 120, each), [verb]),
            text_box(
                slide.number(), "Matter", Place(MARGIN + 130, top, ROOM - 130, each), [matter]
            ),
        )
    title = Paragraph((Run(pack.cover.agenda_title, 16, TEXT, is_bold=True),))
    slide.add(text_box(slide.number(), "Agenda", Place(MARGIN, 376, ROOM, 24), [title]))
    minutes = sum(item.minutes for item in agenda) or 1
    # A part of five minutes still has to hold its name.
    shares = [max(item.minutes / minutes, 0.12) for item in agenda]
    left = float(MARGIN)
    for item, share in zip(agenda, shares, strict=True):
        width = (ROOM - _GAP * (len(agenda) - 1)) * share / sum(shares)
        slide.add(
            rule(slide.number(), Place(left, 408, width, 2), NEUTRAL),
            text_box(
                slide.number(),
                item.matter,
                Place(left, 414, width, 76),
                [
                    Paragraph((Run(f"{item.minutes} min", 14, TEXT, is_bold=True),)),
                    Paragraph((Run(item.matter, 12, SECONDARY),)),
                ],
            ),
        )
        left += width + _GAP


def _section(slides: _Slides, section: Section, currency: str) -> None:
    kicker = f"{_INTERNAL if section.is_internal else ''}{section.title}"
    sheets = _sheets(section)
    for at, sheet in enumerate(sheets):
        title = sheet.title if at else section.message
        slide = slides.message(kicker, title)
        for chart, place in sheet.charts:
            charts.draw(slide.slide, place, chart, currency)
        for piece, place in sheet.pieces:
            slide.add(*blocks.draw(piece, slide.numbers, place.left, place.top, place.width))
        for words, place in sheet.notes:
            slide.add(blocks.note(slide.number(), words, place.left, place.top, place.width))
        for words, place in sheet.titles:
            heading = Paragraph((Run(words, blocks.TITLE_SIZE, TEXT, is_bold=True),))
            slide.add(text_box(slide.number(), words, place, [heading]))
        if at == len(sheets) - 1 and section.discuss:
            slide.add(*_discuss(slide, section.discuss))


def _discuss(slide: _Slide, said: str) -> list[str]:
    top = HEIGHT - 46 - _DISCUSS_HEIGHT
    place = Place(MARGIN + 12, top, ROOM - 12, _DISCUSS_HEIGHT)
    size = fitting.largest(f"To discuss. {said}", place.width, place.height, (14, 13, 12, 11, 10))
    words = (Run("To discuss. ", size, TEXT, is_bold=True), Run(said, size, TEXT))
    return [
        rule(slide.number(), Place(MARGIN, top, 3, _DISCUSS_HEIGHT), ACCENT),
        text_box(slide.number(), "To discuss", place, [Paragraph(words)], "ctr"),
    ]


@dataclass
class _Sheet:
    """What stands where on one slide of a section; the first has the section's message above."""

    title: str
    charts: list[tuple[Chart, Place]] = field(default_factory=list)
    pieces: list[tuple[blocks.Piece, Place]] = field(default_factory=list)
    notes: list[tuple[str, Place]] = field(default_factory=list)
    titles: list[tuple[str, Place]] = field(default_factory=list)


def _sheets(section: Section) -> list[_Sheet]:
    """The section's blocks on as many slides as they need, in their order.

    A chart has a slide, with words beside it that fit there; words fill a slide from the top.
    """
    bottom = _BOTTOM - (_DISCUSS_HEIGHT + _GAP if section.discuss else 0)
    sheets: list[_Sheet] = []
    top: float = bottom
    waiting = list(section.blocks)
    while waiting:
        block = waiting.pop(0)
        if isinstance(block, Series | Bars | Bridge | Ladders):
            sheets.append(_chart_sheet(block, waiting, bottom, is_first=not sheets))
            top = bottom
            continue
        run: list[blocks.Words] = [block]
        while waiting and not isinstance(waiting[0], Series | Bars | Bridge | Ladders):
            run.append(waiting[0])
            waiting.pop(0)
        for piece, is_rest in _in_pieces(run, bottom - _TOP):
            said = piece
            if not sheets or top + piece.height > bottom:
                if sheets:
                    # Its title is the slide's.
                    said = replace(piece, title="")
                sheets.append(_Sheet(f"{piece.title}{_CONTINUED if is_rest else ''}"))
                top = _TOP
            sheets[-1].pieces.append((said, Place(MARGIN, top, ROOM, piece.height)))
            top += piece.height + _GAP
    sheets = sheets or [_Sheet(section.title)]
    if section.note:
        high = blocks.note_height(section.note, ROOM)
        sheets[0].notes.append((section.note, Place(MARGIN, _BOTTOM - high + 14, ROOM, high)))
    return sheets


def _in_pieces(run: Sequence[blocks.Words], ceiling: float) -> list[tuple[blocks.Piece, bool]]:
    """What stands one below the other, and whether it goes on with what was cut off before it.

    Set smaller where that puts all of it on one slide.
    """
    for size in blocks.TABLE_SIZES:
        parts = [blocks.pieces(block, ROOM, ceiling, (size,)) for block in run]
        high = sum(piece.height + _GAP for part in parts for piece in part) - _GAP
        if high <= ceiling and all(len(part) == 1 for part in parts):
            break
    else:
        parts = [blocks.pieces(block, ROOM, ceiling) for block in run]
    return [(piece, at > 0) for part in parts for at, piece in enumerate(part)]


def _chart_sheet(chart: Chart, waiting: list[Block], bottom: float, *, is_first: bool) -> _Sheet:
    """A slide with the chart, and those of the waiting blocks that fit beside it."""
    sheet = _Sheet(chart.title)
    left, top = MARGIN + _CHART_WIDTH + _GUTTER, float(_TOP)
    if isinstance(chart, Ladders):
        [piece] = blocks.pieces(blocks.criteria_table(chart), _BESIDE, bottom - top)
        sheet.pieces.append((piece, Place(left, top, _BESIDE, piece.height)))
        top += piece.height + _GAP
    while waiting:
        beside = waiting[0]
        if isinstance(beside, Series | Bars | Bridge | Ladders):
            break
        if not blocks.fits_beside(beside, _BESIDE, bottom - top):
            break
        waiting.pop(0)
        [piece] = blocks.pieces(beside, _BESIDE, bottom - top)
        sheet.pieces.append((piece, Place(left, top, _BESIDE, piece.height)))
        top += piece.height + _GAP
    width, top = _CHART_WIDTH if sheet.pieces else ROOM, _TOP
    if is_first:
        sheet.titles.append((chart.title, Place(MARGIN, _TOP, width, 20)))
        top += 22
    said = _LADDERS_NOTE if isinstance(chart, Ladders) else chart.note
    remark = " · ".join(filter(None, (said, _absences(chart))))
    noted = blocks.note_height(remark, width)
    sheet.charts.append((chart, Place(MARGIN, top, width, bottom - top - noted)))
    if remark:
        sheet.notes.append((remark, Place(MARGIN, bottom - noted, width, noted)))
    return sheet


def _absences(chart: Chart) -> str:
    return chart.absences if isinstance(chart, Series) else ""
