"""What a pack says in words, as tables and text that fit where they are put."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from dashboards.packs.model import (
    Absent,
    Cell,
    Cohorts,
    Column,
    Ladders,
    Line,
    Lines,
    Table,
    Tone,
)
from dashboards.packs.slides import fitting
from dashboards.packs.slides.shapes import (
    NEUTRAL,
    SECONDARY,
    TEXT,
    Align,
    Paragraph,
    Place,
    Run,
    TableCell,
    TableRow,
    table,
    text_box,
)
from dashboards.theme.tokens import MARKS, TOKENS

TITLE_SIZE: Final = 13
LINE_SIZE: Final = 14
NOTE_SIZE: Final = 10
TABLE_SIZES: Final = (14, 13, 12, 11)
"""Sizes of what stands in tables, the largest first."""
_ASIDE: Final = 400
"""A table narrower than this stands beside something else, and smaller."""
_PADDING: Final = 8
"""Left and right of a cell together; half of it above and below the text."""
_TITLE_ROOM: Final = 22
_TEXT_LIMIT: Final = 110
"""A column of text needs no more than this to be read."""
_HAIRLINE: Final = TOKENS["hairline"].light
_TONES: Final[dict[Tone, str]] = {
    "good": TOKENS["good-text"].light,
    "watch": TOKENS["watch-text"].light,
    "bad": TOKENS["bad-text"].light,
    "quiet": SECONDARY,
}
_COHORT_DEPTH: Final = 0.6
"""How much of the accent a cohort of which all stayed has; dark text stands on it."""

Words = Table | Cohorts | Lines | Absent


@dataclass(frozen=True)
class Piece:
    """Something of a known height to put on a slide; a table can be cut between its rows."""

    title: str
    note: str
    height: float
    content: Table | Cohorts | Lines | Absent
    rows: tuple[TableRow, ...] = ()
    widths: tuple[float, ...] = ()


def tone_colour(tone: Tone) -> str:
    """The colour of text that is judged."""
    return _TONES.get(tone, TEXT)


def pieces(
    block: Words, room: float, ceiling: float, sizes: Sequence[float] = TABLE_SIZES
) -> list[Piece]:
    """The block in pieces, none higher than the ceiling where `room` is wide.

    A table is set in the largest of the sizes in which it stays whole.
    """
    extra = _extra(block, room)
    match block:
        case Table() | Cohorts():
            widths, rows = _largest_table(block, room, ceiling - extra, sizes)
            return [
                Piece(
                    block.title,
                    block.note,
                    extra + sum(row.height for row in part),
                    block,
                    part,
                    widths,
                )
                for part in _cut(rows, ceiling - extra)
            ]
        case Lines():
            return [
                Piece(
                    block.title,
                    block.note,
                    extra + _lines_height(part, room),
                    Lines(block.title, part, block.note),
                )
                for part in _cut_lines(block.lines, room, ceiling - extra)
            ]
        case Absent():
            said = fitting.height(block.reason, room - 2 * _PADDING, LINE_SIZE)
            return [Piece(block.title, "", extra + said + 2 * _PADDING, block)]


def fits_beside(block: Words, room: float, ceiling: float) -> bool:
    """Whether the block can be read in a column of this width and stays whole."""
    if isinstance(block, Cohorts):
        return False
    if isinstance(block, Table) and sum(_needs(block, TABLE_SIZES[-1])) > room:
        return False
    [first, *others] = pieces(block, room, ceiling)
    return not others and first.height <= ceiling


def draw(piece: Piece, numbers: Iterator[int], left: float, top: float, room: float) -> list[str]:
    """The piece as shapes, its upper left corner at `left` and `top`."""
    shapes: list[str] = []
    at = top
    if piece.title:
        heading = Paragraph((Run(piece.title, TITLE_SIZE, TEXT, is_bold=True),))
        place = Place(left, at, room, _TITLE_ROOM)
        shapes.append(text_box(next(numbers), piece.title, place, [heading]))
        at += _title_height(piece.title, room)
    match piece.content:
        case Lines(lines=lines):
            height = _lines_height(lines, room)
            said = [_spoken(line) for line in lines]
            place = Place(left, at, room, height)
            shapes.append(text_box(next(numbers), piece.title or "Lines", place, said))
        case Absent(reason=reason):
            height = fitting.height(reason, room - 2 * _PADDING, LINE_SIZE) + 2 * _PADDING
            shapes.append(absence(next(numbers), Place(left, at, room, height), reason))
        case _:
            height = sum(row.height for row in piece.rows)
            place = Place(left, at, sum(piece.widths), height)
            shapes.append(
                table(next(numbers), piece.title or "Table", place, piece.widths, piece.rows)
            )
    if piece.note:
        shapes.append(note(next(numbers), piece.note, left, at + height + 4, room))
    return shapes


def absence(number: int, place: Place, reason: str) -> str:
    """The dashed box in which nothing is, and why."""
    said = Paragraph((Run(reason, LINE_SIZE, SECONDARY),))
    return text_box(number, "Not there", place, [said], "ctr", outline=NEUTRAL, padding=_PADDING)


def note(number: int, text: str, left: float, top: float, room: float) -> str:
    """A remark beneath what it is about."""
    place = Place(left, top, room, note_height(text, room))
    return text_box(number, "Note", place, [Paragraph((Run(text, NOTE_SIZE, SECONDARY),))])


def note_height(text: str, room: float) -> float:
    """How high a remark stands."""
    return fitting.height(text, room, NOTE_SIZE) + 4 if text else 0


def criteria_table(ladders: Ladders) -> Table:
    """The criteria beside their ladders: weight, score and change of each."""
    columns = (
        Column("Criterion", share=3),
        Column("Weight", "percent"),
        Column("Score", "score"),
        Column("13 weeks", "score"),
    )
    rows = tuple(
        (Cell(each.name), Cell(each.weight.removeprefix("weight ")), each.score, each.change)
        for each in ladders.criteria
    )
    return Table("", columns, rows)


def _extra(block: Words, room: float) -> float:
    """What stands above and below the block itself."""
    remark = "" if isinstance(block, Absent) else block.note
    return _title_height(block.title, room) + (note_height(remark, room) + 4 if remark else 0)


def _title_height(title: str, room: float) -> float:
    if not title:
        return 0
    return fitting.height(title, room, TITLE_SIZE, is_bold=True) + 5


def _spoken(line: Line) -> Paragraph:
    fact = Run(line.fact + (" " if line.meaning else ""), LINE_SIZE, tone_colour(line.tone), True)
    return Paragraph((fact, Run(line.meaning, LINE_SIZE, SECONDARY)), before=6)


def _line_height(line: Line, room: float) -> float:
    said = f"{line.fact} {line.meaning}"
    return fitting.height(said, room, LINE_SIZE, is_bold=True) + 7


def _lines_height(lines: Sequence[Line], room: float) -> float:
    return sum(_line_height(line, room) for line in lines)


def _cut_lines(lines: Sequence[Line], room: float, ceiling: float) -> list[tuple[Line, ...]]:
    parts: list[list[Line]] = [[]]
    used = 0.0
    for line in lines:
        high = _line_height(line, room)
        if parts[-1] and used + high > ceiling:
            parts.append([])
            used = 0
        parts[-1].append(line)
        used += high
    return [tuple(part) for part in parts]


def _cut(rows: Sequence[TableRow], ceiling: float) -> list[tuple[TableRow, ...]]:
    """The rows in parts under the ceiling, about equally high, the header above each."""
    header, *body = rows
    parts = _filled(header, body, ceiling)
    if len(parts) == 1:
        return parts
    even = sum(row.height for row in body) / len(parts) + max(row.height for row in body)
    return _filled(header, body, min(ceiling, header.height + even))


def _filled(
    header: TableRow, body: Sequence[TableRow], ceiling: float
) -> list[tuple[TableRow, ...]]:
    parts: list[list[TableRow]] = [[header]]
    used = header.height
    for row in body:
        if len(parts[-1]) > 1 and used + row.height > ceiling:
            parts.append([header])
            used = header.height
        parts[-1].append(row)
        used += row.height
    return [tuple(part) for part in parts]


def _largest_table(
    block: Table | Cohorts, room: float, ceiling: float, sizes: Sequence[float]
) -> tuple[tuple[float, ...], list[TableRow]]:
    """The rows in the largest size in which they stand together; in the least where they do not."""
    for size in sizes[-2:] if room < _ASIDE else sizes:
        widths, rows = _table(block, room, size)
        is_whole = isinstance(block, Cohorts) or sum(_needs(block, size)) <= room
        if is_whole and sum(row.height for row in rows) <= ceiling:
            break
    return widths, rows


def _table(
    block: Table | Cohorts, room: float, size: float
) -> tuple[tuple[float, ...], list[TableRow]]:
    if isinstance(block, Cohorts):
        widths = _cohort_widths(block, room)
        return widths, _cohort_rows(block, widths, size)
    needs = _needs(block, size)
    spare = room - sum(needs)
    shares = sum(column.share for column in block.columns)
    if spare >= 0:
        widths = tuple(
            need + spare * column.share / shares
            for need, column in zip(needs, block.columns, strict=True)
        )
    else:
        widths = tuple(need * room / sum(needs) for need in needs)
    header = _row(
        [(column.name, _align(column), SECONDARY) for column in block.columns],
        widths,
        size,
        rule=NEUTRAL,
        is_bold=True,
    )
    last = len(block.rows) - 1 if block.has_total else -1
    rows = [
        _row(
            [
                (cell.text, _align(column), tone_colour(cell.tone))
                for cell, column in zip(row, block.columns, strict=True)
            ],
            widths,
            size,
            rule=NEUTRAL if block.has_total and at == last - 1 else _HAIRLINE,
            is_bold=at == last,
        )
        for at, row in enumerate(block.rows)
    ]
    return widths, [header, *rows]


def _align(column: Column) -> Align:
    return "r" if column.is_number else "l"


def _needs(block: Table, size: float) -> list[float]:
    """The least width of each column: numbers stand in one line, words are not broken."""
    return [
        max(
            _least(column.name, size, is_whole=False),
            *(_least(row[at].text, size, is_whole=column.is_number) for row in block.rows),
            30,
        )
        for at, column in enumerate(block.columns)
    ]


def _least(text: str, size: float, *, is_whole: bool) -> float:
    words = [text] if is_whole else text.split()
    widest = max((fitting.width(word, size, is_bold=True) for word in words), default=0)
    return min(widest, _TEXT_LIMIT) + _PADDING + 2


def _row(
    cells: Sequence[tuple[str, Align, str]],
    widths: Sequence[float],
    size: float,
    *,
    rule: str,
    is_bold: bool = False,
) -> TableRow:
    high = max(
        fitting.height(text, width - _PADDING, size, is_bold=is_bold)
        for (text, _, _), width in zip(cells, widths, strict=True)
    )
    return TableRow(
        tuple(TableCell(Run(text, size, colour, is_bold), align) for text, align, colour in cells),
        high + _PADDING,
        rule,
    )


def _cohort_widths(block: Cohorts, room: float) -> tuple[float, ...]:
    names = 110.0
    cells = min(76.0, (room - 2 * names) / max(len(block.anniversaries), 1))
    return (names, names, *(cells for _ in block.anniversaries))


def _cohort_rows(block: Cohorts, widths: Sequence[float], size: float) -> list[TableRow]:
    header = _row(
        [
            ("Cohort", "l", SECONDARY),
            (block.size_name, "r", SECONDARY),
            *((name, "ctr", SECONDARY) for name in block.anniversaries),
        ],
        widths,
        size,
        rule=NEUTRAL,
        is_bold=True,
    )
    rows = []
    for cohort in block.cohorts:
        plain_row = _row(
            [
                (cohort.name, "l", TEXT),
                (cohort.size.text, "r", TEXT),
                *(
                    (cell.text, "ctr", SECONDARY if cell.share is None else TEXT)
                    for cell in cohort.cells
                ),
            ],
            widths,
            size,
            rule=_HAIRLINE,
        )
        fills = [None, None, *(_shade(cell.share) for cell in cohort.cells)]
        rows.append(
            TableRow(
                tuple(
                    TableCell(cell.run, cell.align, fill)
                    for cell, fill in zip(plain_row.cells, fills, strict=True)
                ),
                plain_row.height,
                plain_row.rule,
            )
        )
    return [header, *rows]


def _shade(share: object) -> str | None:
    """One hue, light to dark, by how much of the cohort stayed."""
    if share is None:
        return None
    weight = min(max(float(str(share)), 0), 1) * _COHORT_DEPTH
    page, accent = TOKENS["page"].light, MARKS["accent"]
    mixed = (
        round(int(page[at : at + 2], 16) * (1 - weight) + int(accent[at : at + 2], 16) * weight)
        for at in (1, 3, 5)
    )
    return "#" + "".join(f"{each:02X}" for each in mixed)
