import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from zipfile import ZipFile, ZipInfo

import openpyxl
import pytest
from lxml import etree
from pptx import Presentation
from test_pack_content_and_paper import known, ours, theirs  # noqa: F401

from dashboards.packs import archives, pptx, xlsx
from dashboards.packs.model import (
    Bars,
    Bridge,
    Cell,
    Column,
    Ladders,
    Line,
    Lines,
    Pack,
    Point,
    Section,
    Series,
    Table,
)
from dashboards.packs.slides.template import HEIGHT, WIDTH
from dashboards.theme.tokens import TOKENS

NAMES = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://example.com","x")',
    "Very " * 39 + "long",
    "W" * 200,
    "شركة النور للتقنية",
    "חברת האור בע״מ",
    "\x00bell\x07 & half \ud800",
)
EMU = 12_700


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def texts(data: bytes) -> str:
    """All that an Office file says, the workbooks in it included."""
    said = []
    with ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            if name.endswith(".xlsx"):
                said.append(texts(content))
            elif name.endswith(".xml"):
                said += etree.fromstring(content).itertext()
    return squeezed(" ".join(said))


def workbooks(data: bytes) -> Iterator[openpyxl.Workbook]:
    """The workbooks of the charts of a deck."""
    with ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.endswith(".xlsx"):
                yield openpyxl.load_workbook(io.BytesIO(archive.read(name)))


def said_by(pack: Pack) -> Iterator[str]:
    """What neither slides nor sheets may leave out."""
    yield pack.partner.name
    yield pack.imprint.foot
    for line in pack.cover.lines:
        yield from (line.fact, line.meaning)
    for ask in pack.cover.asks:
        yield ask.matter
    for section in pack.sections:
        yield from (section.title, section.message, section.discuss)
        for block in section.blocks:
            yield block.title
            if isinstance(block, Table):
                yield from (cell.text for row in block.rows for cell in row if not cell.value)
            if isinstance(block, Lines):
                yield from (part for line in block.lines for part in (line.fact, line.meaning))


def with_name(pack: Pack, name: str) -> Pack:
    """The pack of a partner of that name, who turns up in each kind of block."""
    section = Section(
        "named",
        name,
        f"{name} leads",
        (
            Bars(name, name, "money", (Point(name, Decimal("1.5"), "$2"), Point("", None, name))),
            Table(
                name,
                (Column(name), Column("Amount", "money")),
                ((Cell(name), Cell("$2", Decimal("1.5"))),) * 30,
                name,
            ),
            Lines(name, (Line(name, name),), name),
            Series(name, name, "count", (Point(name, 3, "3"), Point(name, None, name)), name),
            Bridge(
                name,
                "money",
                Point(name, Decimal(-2), "−$2"),
                (Point(name, Decimal(5), "$5"),),
                Point(name, Decimal(3), "$3"),
            ),
        ),
        name,
        name,
    )
    return replace(
        pack,
        partner=replace(pack.partner, name=name),
        audience_words=f"for {name}",
        sections=(section, *pack.sections),
    )


def test_slides_and_sheets_leave_nothing_out(ours):  # noqa: F811
    slides, sheets = texts(pptx.render(ours)), texts(xlsx.render(ours))
    for part in map(squeezed, said_by(ours)):
        assert part in slides
        assert part in sheets


def test_a_section_begins_with_its_message_and_every_slide_has_a_title(ours):  # noqa: F811
    deck = Presentation(io.BytesIO(pptx.render(ours)))
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert all(titles)
    assert [title for title in titles if title in {each.message for each in ours.sections}] == [
        each.message for each in ours.sections
    ]


def test_charts_are_native_one_a_slide_and_hold_the_numbers(ours):  # noqa: F811
    deck = Presentation(io.BytesIO(pptx.render(ours)))
    drawn = [[each.chart for each in slide.shapes if each.has_chart] for slide in deck.slides]
    assert max(map(len, drawn)) == 1
    wanted = [
        block
        for section in ours.sections
        for block in section.blocks
        if isinstance(block, Series | Bars | Bridge | Ladders)
    ]
    charts = [chart for of_slide in drawn for chart in of_slide]
    assert len(charts) == len(wanted) > 5
    for chart, block in zip(charts, wanted, strict=True):
        if isinstance(block, Series | Bars):
            points = block.points if isinstance(block, Series) else block.bars
            numbers = [None if each.value is None else float(each.value) for each in points]
            assert list(chart.plots[0].series[0].values) == numbers
        workbook = openpyxl.load_workbook(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob))
        assert workbook.active.max_row == len(chart.plots[0].categories) + 1


def test_parts_of_a_figure_are_coloured_apart(theirs):  # noqa: F811
    parts = (Cell("Healthy", None, "good"), Cell(" · down 5", None, "bad"))
    health = replace(theirs.cover.figures[2], note="Healthy · down 5", parts=parts)
    cover = replace(theirs.cover, figures=(*theirs.cover.figures[:2], health))
    deck = Presentation(io.BytesIO(pptx.render(replace(theirs, cover=cover, sections=()))))
    [shape] = [each for slide in deck.slides for each in slide.shapes if each.name == health.name]
    note = shape.text_frame.paragraphs[-1].runs
    assert [(run.text, str(run.font.color.rgb)) for run in note] == [
        (part.text, TOKENS[f"{part.tone}-text"].light.lstrip("#").upper()) for part in parts
    ]


def test_sheets_are_of_sections_and_numbers_in_them_are_numbers(theirs):  # noqa: F811
    workbook = openpyxl.load_workbook(io.BytesIO(xlsx.render(theirs)))
    assert len(workbook.sheetnames) == len(theirs.sections) + 1
    numbers = {
        float(cell.value)
        for sheet in workbook
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "n" and cell.value is not None
    }
    for section in theirs.sections:
        for block in section.blocks:
            if isinstance(block, Series):
                values = (each.value for each in block.points)
                assert {float(each) for each in values if each is not None} <= numbers


def test_a_number_in_a_column_of_several_things_is_what_its_words_say(theirs):  # noqa: F811
    cells = (Cell("41.8%", Decimal("0.418")), Cell("$612K", Decimal(612_345)), Cell("yes", 1))
    rows = tuple((Cell("Metric"), each) for each in (*cells, Cell("0.31", Decimal("0.31"))))
    thousand = (Column("USD thousand", "money"),), ((Cell("2,465.2", Decimal("2465200.55")),),)
    blocks = (Table("", (Column("What"), Column("Now", "count")), rows), Table("", *thousand))
    pack = replace(theirs, sections=(Section("one", "One", "Message", blocks),))
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx.render(pack)))["One"]
    shown = [(cell.value, cell.number_format) for cell in sheet["B"] if cell.value != "Now"]
    assert [each for each in shown if each[0] is not None] == [
        (0.418, "0.0%"),
        (612345, "#,##0.00"),
        ("yes", "General"),
        (0.31, "0.00"),
    ]
    assert [
        (cell.value, cell.number_format)
        for cell in sheet["A"]
        if cell.data_type == "n" and cell.value is not None
    ] == [(2465200.55, "#,##0.0,")]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_text_and_stay_within_the_slide(theirs, name):  # noqa: F811
    pack = with_name(theirs, name)
    slides, sheets = pptx.render(pack), xlsx.render(pack)
    shown = squeezed(pptx.plain(name))
    assert shown in texts(slides)
    assert shown in texts(sheets)
    for workbook in [*workbooks(slides), openpyxl.load_workbook(io.BytesIO(sheets))]:
        cells = [cell for sheet in workbook for row in sheet.iter_rows() for cell in row]
        assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells)
    deck = Presentation(io.BytesIO(slides))
    assert (deck.slide_width, deck.slide_height) == (WIDTH * EMU, HEIGHT * EMU)
    for slide in deck.slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.left + shape.width <= deck.slide_width
            assert shape.top + shape.height <= deck.slide_height


def test_the_same_pack_is_the_same_bytes_at_another_time(theirs, monkeypatch):  # noqa: F811
    first = pptx.render(theirs), xlsx.render(theirs)
    monkeypatch.setattr("time.time", lambda: 1_000_000_000.0)
    monkeypatch.setattr("xlsxwriter.core.datetime", OtherTime)
    assert (pptx.render(theirs), xlsx.render(theirs)) == first


class OtherTime(datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2001, 9, 9, 1, 46, 40, tzinfo=tz)


def an_archive(stamp: tuple[int, ...], created: str, inner: bytes | None = None) -> bytes:
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        core = f'<dcterms:created xsi:type="dcterms:W3CDTF">{created}</dcterms:created>'
        archive.writestr(ZipInfo("docProps/core.xml", stamp), core)
        if inner is not None:
            archive.writestr(ZipInfo("ppt/embeddings/sheet.xlsx", stamp), inner)
    return out.getvalue()


def test_no_time_is_left_in_an_archive_nor_in_those_within():
    made = [
        archives.settled(
            an_archive(stamp, created, an_archive(stamp, created)), datetime(2026, 11, 15)
        )
        for stamp, created in (
            ((2026, 11, 16, 6, 0, 0), "2026-11-16T06:00:00Z"),
            ((2031, 1, 2, 3, 4, 6), "2031-01-02T03:04:06Z"),
        )
    ]
    assert made[0] == made[1]
    with ZipFile(io.BytesIO(made[0])) as archive:
        assert b"2026-11-15T00:00:00Z" in archive.read("docProps/core.xml")
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
