"""A pack as a workbook: the numbers behind it, a sheet a section, text that stays text."""

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

import xlsxwriter

from dashboards import words
from dashboards.packs.archives import settled
from dashboards.packs.model import (
    NUMBER_FORMATS,
    Absent,
    Bars,
    Block,
    Bridge,
    Cell,
    Cohorts,
    Column,
    Ladders,
    Line,
    Lines,
    Pack,
    Point,
    Section,
    Series,
    Table,
    Unit,
)
from dashboards.packs.plain import plain
from dashboards.theme.tokens import MARKS, TOKENS

_NAME_LIMIT: Final = 31
_NOT_IN_NAMES: Final = re.compile(r"[\[\]:*?/\\']")
_WIDTHS: Final = (9, 46)
"""The least and the most that a column is wide, in characters."""
_SUMMARY: Final = "Summary"
_THOUSANDS: Final = "thousand"
_IN_THOUSANDS: Final = "#,##0.0,"
"""Shows an amount in thousands, as its column says; the cell holds all of it."""


def render(pack: Pack) -> bytes:
    """The pack as an XLSX file; the same pack gives the same bytes."""
    at = datetime.combine(pack.imprint.as_of, time())
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as workbook:
        workbook.set_properties(
            {
                "title": plain(pack.title)[:255],
                "author": "Partner Scorecards",
                "subject": plain(pack.audience_words)[:255],
                "comments": plain(pack.imprint.foot)[:255],
                "created": at,
            }
        )
        formats = _Formats(workbook)
        _summary(_sheet(workbook, formats, _SUMMARY, pack), pack)
        taken = {_SUMMARY.casefold()}
        for section in pack.sections:
            name = _name(section.title, taken)
            sheet = _sheet(workbook, formats, name, pack)
            if section.is_internal:
                sheet.sheet.set_tab_color(MARKS["watch"])
            _section(sheet, section)
    return settled(out.getvalue(), at)


class _Formats:
    """The workbook's formats, each made once."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._made: dict[tuple[tuple[str, object], ...], Any] = {}

    def of(self, **properties: object) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._workbook.add_format({"valign": "top", **properties})
        return self._made[key]


@dataclass
class _Sheet:
    """A sheet that is written from the top."""

    sheet: Any
    formats: _Formats
    widths: dict[int, int]
    row: int = 0

    def words(self, text: str, column: int = 0, **properties: object) -> None:
        """Text, never a formula or a link; it may run over the cells beside it."""
        said = plain(text)
        if said:
            form = self.formats.of(quote_prefix=True, **properties)
            self.sheet.write_string(self.row, column, said, form)

    def cell(self, column: int, cell: Cell, unit: Unit | None, **properties: object) -> None:
        """The raw number where there is one, else the words; without a unit as it is."""
        value = cell.value
        if isinstance(value, date) and unit == "date":
            form = self.formats.of(
                num_format=NUMBER_FORMATS["date"],
                align="left",
                indent=int(column > 0),
                **properties,
            )
            self.sheet.write_datetime(self.row, column, value, form)
        elif value is None or isinstance(value, str | date) or unit in ("text", "date"):
            is_text = unit in ("text", "date")
            align = "left" if is_text else "right"
            # Beside a number that stands right, text begins a little later.
            indent = int(is_text and column > 0)
            self.words(cell.text, column, align=align, indent=indent, text_wrap=True, **properties)
        else:
            pattern = "General" if unit is None else NUMBER_FORMATS[unit]
            form = self.formats.of(**{"num_format": pattern, **properties})
            self.sheet.write_number(self.row, column, value, form)
        self._widen(column, cell.text)

    def headers(self, names: Sequence[str], numbers: Iterable[bool]) -> None:
        for column, (name, is_number) in enumerate(zip(names, numbers, strict=True)):
            self.words(
                name,
                column,
                bold=True,
                bottom=1,
                bottom_color=MARKS["neutral"],
                text_wrap=True,
                align="right" if is_number else "left",
                indent=int(column > 0 and not is_number),
            )
            self._widen(column, name)
        self.row += 1

    def down(self, rows: int = 1) -> None:
        self.row += rows

    def _widen(self, column: int, text: str) -> None:
        least, most = _WIDTHS
        wanted = min(max(len(text) + 2, least), most)
        if wanted > self.widths.get(column, 0):
            self.widths[column] = wanted
            self.sheet.set_column(column, column, wanted)


def _sheet(workbook: Any, formats: _Formats, name: str, pack: Pack) -> _Sheet:
    sheet = workbook.add_worksheet(name)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L{_in_margin(pack.imprint.foot)}&R&P of &N")
    sheet.set_header(f"&L{_in_margin(pack.title)}&R{_in_margin(pack.audience_words)}")
    return _Sheet(sheet, formats, {})


def _in_margin(text: str) -> str:
    """Text of a header or footer, in which & begins an instruction; 255 characters in all."""
    return plain(text)[:80].replace("&", "&&")


def _summary(sheet: _Sheet, pack: Pack) -> None:
    cover = pack.cover
    _heading(sheet, pack.partner.name, cover.heading, cover.period)
    sheet.words(pack.imprint.foot, font_color=TOKENS["t2"].light)
    sheet.down()
    sheet.words(pack.audience_words, font_color=TOKENS["t2"].light)
    sheet.down(2)
    _lines(sheet, Lines(cover.lines_title, cover.lines))
    sheet.headers(("Figure", "Value", "Note"), (False, True, False))
    for figure in cover.figures:
        sheet.cell(0, Cell(figure.name), "text")
        sheet.cell(1, figure.value, figure.unit)
        sheet.cell(2, Cell(figure.note), "text")
        sheet.down()
    sheet.down()
    asks = tuple(Line(ask.verb, ask.matter) for ask in cover.asks)
    _lines(sheet, Lines(cover.asks_title, asks))
    _title(sheet, cover.agenda_title)
    sheet.headers(("Matter", "Minutes"), (False, True))
    for item in cover.agenda:
        sheet.cell(0, Cell(item.matter), "text")
        sheet.cell(1, Cell(str(item.minutes), item.minutes), "count")
        sheet.down()


def _section(sheet: _Sheet, section: Section) -> None:
    _heading(sheet, section.title, section.message, section.note)
    sheet.down()
    for block in section.blocks:
        _block(sheet, block)
    if section.discuss:
        sheet.words(f"To discuss. {section.discuss}", bold=True)


def _heading(sheet: _Sheet, title: str, message: str, note: str) -> None:
    sheet.sheet.set_row(sheet.row, 24)
    sheet.words(title, bold=True, font_size=16)
    sheet.down()
    sheet.words(message, font_size=12)
    sheet.down()
    if note:
        sheet.words(note, font_color=TOKENS["t2"].light)
        sheet.down()


def _title(sheet: _Sheet, title: str) -> None:
    if title:
        sheet.words(title, bold=True, font_size=12)
        sheet.down()


def _note(sheet: _Sheet, note: str) -> None:
    if note:
        sheet.words(note, font_color=TOKENS["t2"].light)
        sheet.down()
    sheet.down()


def _block(sheet: _Sheet, block: Block) -> None:
    match block:
        case Table():
            _table(sheet, block)
        case Series():
            _points(sheet, block, block.points, "Period", block.unit)
        case Bars():
            _points(sheet, block, block.bars, "What", block.unit)
        case Bridge():
            steps = (block.start, *block.steps, block.end)
            _points(sheet, block, steps, "Step", block.unit)
        case Ladders():
            _ladders(sheet, block)
        case Cohorts():
            _cohorts(sheet, block)
        case Lines():
            _lines(sheet, block)
        case Absent():
            _title(sheet, block.title)
            sheet.words(block.reason, italic=True, font_color=TOKENS["t2"].light)
            sheet.down(2)


def _table(sheet: _Sheet, table: Table) -> None:
    _title(sheet, table.title)
    sheet.headers(
        [column.name for column in table.columns], [column.is_number for column in table.columns]
    )
    last = len(table.rows) - 1 if table.has_total else -1
    for at, row in enumerate(table.rows):
        total: dict[str, object] = {"bold": True, "top": 1} if at == last else {}
        for position, (cell, column) in enumerate(zip(row, table.columns, strict=True)):
            is_short = column.unit == "money" and _THOUSANDS in column.name
            scaled = {"num_format": _IN_THOUSANDS} if is_short else {}
            sheet.cell(position, cell, _unit(cell, column), **total, **scaled)
        sheet.down()
    _note(sheet, table.note)


def _unit(cell: Cell, column: Column) -> Unit:
    """What the number of a cell is; in a column of several things its words tell."""
    if column.unit != "count":
        return column.unit
    if not any(character.isdigit() for character in cell.text):
        return "text"
    if "%" in cell.text or "pts" in cell.text:
        return "percent"
    # Other currencies than the dollar stand before their amount by code, which a space keeps to it.
    if "$" in cell.text or "\u00a0" in cell.text:
        return "money"
    is_whole = isinstance(cell.value, int) or (
        isinstance(cell.value, Decimal) and cell.value == cell.value.to_integral()
    )
    return "count" if is_whole else "score"


def _points(
    sheet: _Sheet,
    block: Series | Bars | Bridge,
    points: Sequence[Point],
    label: str,
    unit: Unit,
) -> None:
    name = "Value" if isinstance(block, Bridge) else block.name
    columns, rows = [Column(label), Column(name, unit), Column("In words")], []
    target: tuple[Cell, ...] = ()
    if isinstance(block, Series) and block.target is not None:
        columns.append(Column(block.target_text, unit))
        target = (Cell(block.target_text, block.target),)
    for point in points:
        number = Cell(point.text, point.value)
        rows.append((Cell(point.label), number, Cell(point.text), *target))
    _table(sheet, Table(block.title, tuple(columns), tuple(rows), block.note))


def _ladders(sheet: _Sheet, ladders: Ladders) -> None:
    columns: tuple[tuple[str, Unit | None], ...] = (
        ("Criterion", "text"),
        ("Weight", "text"),
        ("Criterion score", "score"),
        ("13 weeks", "score"),
        ("Metric", "text"),
        ("Value", "text"),
        ("Number", None),
        ("Score", "count"),
        ("To the next band", "text"),
        ("Bands", "text"),
    )
    _title(sheet, ladders.title)
    sheet.headers([name for name, _ in columns], [unit != "text" for _, unit in columns])
    for criterion in ladders.criteria:
        for ladder in criterion.ladders:
            cells = (
                Cell(criterion.name),
                Cell(criterion.weight.removeprefix("weight ")),
                criterion.score,
                criterion.change,
                Cell(ladder.name),
                Cell(ladder.value.text),
                replace(ladder.value, text=words.ABSENT),
                ladder.score,
                Cell(ladder.reason or ladder.gap),
                Cell(" | ".join(rung.text for rung in ladder.rungs)),
            )
            for position, (cell, (_, unit)) in enumerate(zip(cells, columns, strict=True)):
                sheet.cell(position, cell, unit)
            sheet.down()
    _note(sheet, ladders.note)


def _cohorts(sheet: _Sheet, cohorts: Cohorts) -> None:
    columns = (
        Column("Cohort"),
        Column(cohorts.size_name, "count"),
        *(Column(name, "percent") for name in cohorts.anniversaries),
    )
    rows = tuple(
        (Cell(cohort.name), cohort.size, *(Cell(cell.text, cell.share) for cell in cohort.cells))
        for cohort in cohorts.cohorts
    )
    _table(sheet, Table(cohorts.title, columns, rows, cohorts.note))


def _lines(sheet: _Sheet, lines: Lines) -> None:
    _title(sheet, lines.title)
    for line in lines.lines:
        sheet.words(" ".join(filter(None, (line.fact, line.meaning))))
        sheet.down()
    _note(sheet, lines.note)


def _name(title: str, taken: set[str]) -> str:
    """A name for the section's sheet that Excel takes, and no other sheet has."""
    wanted = _NOT_IN_NAMES.sub(" ", plain(title)).strip() or "Section"
    name, number = wanted[:_NAME_LIMIT].strip(), 1
    while name.casefold() in taken:
        number += 1
        name = f"{wanted[: _NAME_LIMIT - 4].strip()} {number}"
    taken.add(name.casefold())
    return name
