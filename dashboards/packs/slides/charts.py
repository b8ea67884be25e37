"""Native charts, to be edited in place: what they show stands in a workbook of their own.

The numbers are numbers there and words are words: a name that looks like a formula is none.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Final

from pptx.chart.data import CategoryChartData
from pptx.chart.xlsx import CategoryWorkbookWriter
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
    XL_TICK_MARK,
)
from pptx.enum.dml import MSO_LINE_DASH_STYLE, MSO_THEME_COLOR
from pptx.util import Pt
from xlsxwriter import Workbook

from dashboards.packs.model import (
    NUMBER_FORMATS,
    Bars,
    Bridge,
    Ladders,
    Point,
    Series,
    Tone,
    Unit,
)
from dashboards.packs.plain import plain
from dashboards.packs.slides.shapes import Place
from dashboards.words import ABSENT, MINUS

Chart = Series | Bars | Bridge | Ladders

LABEL_SIZE: Final = 12
_TICK: Final = Decimal("0.006")
"""Half the width of the ticks that end a bridge, beside what it spans."""
_ROOM: Final = Decimal("0.12")
"""What a bridge leaves at either side."""
_THEME: Final[dict[Tone, MSO_THEME_COLOR]] = {
    "good": MSO_THEME_COLOR.ACCENT_2,
    "watch": MSO_THEME_COLOR.ACCENT_3,
    "bad": MSO_THEME_COLOR.ACCENT_4,
}


class _Writer(CategoryWorkbookWriter):
    """The workbook of a chart, in which text stays text."""

    @contextmanager
    def _open_worksheet(self, xlsx_file: Any) -> Iterator[Any]:
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with Workbook(xlsx_file, options) as workbook:
            yield workbook, workbook.add_worksheet()


class _Data(CategoryChartData):
    @property
    def _workbook_writer(self) -> Any:
        return _open_writer(self)


_open_writer: Any = _Writer
_open_data: Any = _Data
"""python-pptx does not say the types of what these take."""


def draw(slide: Any, place: Place, chart: Chart, currency: str) -> None:
    """Put the chart on the slide."""
    match chart:
        case Series():
            _series(slide, place, chart, currency)
        case Bars():
            _bars(slide, place, chart, currency)
        case Bridge():
            _bridge(slide, place, chart)
        case Ladders():
            _ladders(slide, place, chart)


def _series(slide: Any, place: Place, chart: Series, currency: str) -> None:
    data = _data(point.label for point in chart.points)
    data.add_series(plain(chart.name), [_number(point.value) for point in chart.points])
    if chart.target is not None:
        data.add_series(plain(chart.target_text), [float(chart.target)] * len(chart.points))
    pattern = _label_format(chart.unit, currency, (point.value for point in chart.points))
    if chart.kind == "columns" and chart.target is None:
        drawn = _placed(slide, place, XL_CHART_TYPE.COLUMN_CLUSTERED, data, chart.title)
        plot = drawn.plots[0]
        plot.gap_width = _gap(len(chart.points))
        _colour_points(plot.series[0], chart.points, default=MSO_THEME_COLOR.ACCENT_1)
        _label_bars(plot, pattern)
        drawn.value_axis.visible = False
        drawn.value_axis.has_major_gridlines = False
    else:
        drawn = _placed(slide, place, XL_CHART_TYPE.LINE, data, chart.title)
        _line(drawn, chart)
        _axis_numbers(drawn.value_axis, pattern)


def _line(drawn: Any, chart: Series) -> None:
    line, *targets = drawn.plots[0].series
    line.smooth = False
    line.format.line.width = Pt(2.25)
    line.format.line.color.theme_color = MSO_THEME_COLOR.ACCENT_1
    measured = [at for at, point in enumerate(chart.points) if point.value is not None]
    for at in measured:
        _mark(line.points[at], is_shown=at == measured[-1] or _stands_alone(chart.points, at))
    if measured:
        _say(line.points[measured[-1]], chart.points[measured[-1]].text, MSO_THEME_COLOR.TEXT_1)
    for target in targets:
        target.smooth = False
        target.format.line.width = Pt(1.25)
        target.format.line.dash_style = MSO_LINE_DASH_STYLE.DASH
        target.format.line.color.theme_color = MSO_THEME_COLOR.ACCENT_6
        _mark(target, is_shown=False)
        if chart.points:
            _say(target.points[0], chart.target_text, MSO_THEME_COLOR.TEXT_2)


def _stands_alone(points: Sequence[Point], at: int) -> bool:
    """Whether no line leads to the point or from it, so that only a dot shows it."""
    beside = (*points[max(at - 1, 0) : at], *points[at + 1 : at + 2])
    return all(point.value is None for point in beside)


def _bars(slide: Any, place: Place, chart: Bars, currency: str) -> None:
    data = _data(_with_absence(bar) for bar in chart.bars)
    data.add_series(plain(chart.name), [_number(bar.value) for bar in chart.bars])
    drawn = _placed(slide, place, XL_CHART_TYPE.BAR_CLUSTERED, data, chart.title)
    plot = drawn.plots[0]
    plot.gap_width = _gap(len(chart.bars))
    _colour_points(plot.series[0], chart.bars, default=MSO_THEME_COLOR.ACCENT_5)
    _label_bars(plot, _label_format(chart.unit, currency, (bar.value for bar in chart.bars)))
    _lie_down(drawn)


def _bridge(slide: Any, place: Place, chart: Bridge) -> None:
    steps = (chart.start, *chart.steps, chart.end)
    spans = _spans(chart)
    span = max(high for _, high in spans) - min(low for low, _ in spans) or Decimal(1)
    tick = span * _TICK
    # The ends are ticks, so that a scale which does not begin at 0 cuts no bar.
    for end, at in ((0, chart.start), (-1, chart.end)):
        spans[end] = ((at.value or Decimal(0)) - tick, (at.value or Decimal(0)) + tick)
    data = _data(f"{step.label}   {step.text}" for step in steps)
    room = span * _ROOM
    floor, top = min(low for low, _ in spans) - room, max(high for _, high in spans) + room
    if min(low for low, _ in spans) >= 0:
        floor = max(floor, Decimal(0))
    below = [low if low >= 0 else min(high, Decimal(0)) for low, high in spans]
    above = [high - max(low, Decimal(0)) if high > 0 else Decimal(0) for low, high in spans]
    under = [low - min(high, Decimal(0)) if low < 0 else Decimal(0) for low, high in spans]
    data.add_series("Before", [float(each) for each in below])
    data.add_series("Step", [float(each) for each in above])
    data.add_series("Step below 0", [float(each) for each in under])
    drawn = _placed(slide, place, XL_CHART_TYPE.BAR_STACKED, data, chart.title)
    plot = drawn.plots[0]
    plot.gap_width, plot.overlap = 40, 100
    before, *parts = plot.series
    before.format.fill.background()
    before.format.line.fill.background()
    for part in parts:
        _colour_points(part, steps, default=MSO_THEME_COLOR.ACCENT_6)
    _lie_down(drawn)
    drawn.value_axis.minimum_scale, drawn.value_axis.maximum_scale = float(floor), float(top)


def _gap(bars: int) -> int:
    """Room between bars beside their width: a few of them are no blocks."""
    return 50 + 100 * max(0, 4 - bars)


def _spans(chart: Bridge) -> list[tuple[Decimal, Decimal]]:
    """From where to where each step leads, the ends as they stand."""
    at = chart.start.value or Decimal(0)
    spans = [(at, at)]
    for step in chart.steps:
        then = at + (step.value or Decimal(0))
        spans.append((min(at, then), max(at, then)))
        at = then
    end = chart.end.value or Decimal(0)
    return [*spans, (end, end)]


def _ladders(slide: Any, place: Place, chart: Ladders) -> None:
    ladders = [ladder for criterion in chart.criteria for ladder in criterion.ladders]
    data = _data(
        f"{ladder.name}   {ladder.value.text if ladder.now is not None else ladder.reason}"
        for ladder in ladders
    )
    data.add_series("Now, of its bands", [_number(ladder.now) for ladder in ladders])
    data.add_series("13 weeks ago", [_number(ladder.then) for ladder in ladders])
    drawn = _placed(slide, place, XL_CHART_TYPE.BAR_CLUSTERED, data, chart.title)
    plot = drawn.plots[0]
    plot.gap_width, plot.overlap = 45, 0
    now, then = plot.series
    for series, colour in ((now, MSO_THEME_COLOR.ACCENT_1), (then, MSO_THEME_COLOR.ACCENT_5)):
        series.format.fill.solid()
        series.format.fill.fore_color.theme_color = colour
    then.format.fill.fore_color.brightness = 0.6
    _lie_down(drawn)
    drawn.value_axis.minimum_scale, drawn.value_axis.maximum_scale = 0, 1
    cells = {len(ladder.rungs) for ladder in ladders if ladder.now is not None}
    if len(cells) == 1:
        drawn.value_axis.major_unit = 1 / max(*cells, 1)
        drawn.value_axis.has_major_gridlines = True
        _hairline(drawn.value_axis.major_gridlines.format.line)
    drawn.category_axis.tick_labels.font.size = Pt(11)


def _data(categories: Iterable[str]) -> Any:
    data = _open_data()
    # Labels of one text are still different bars, and one without a text has its place.
    data.categories = [plain(category) or ABSENT for category in categories]
    return data


def _with_absence(point: Point) -> str:
    return point.label if point.value is not None else f"{point.label}   {ABSENT} {point.text}"


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _placed(slide: Any, place: Place, kind: XL_CHART_TYPE, data: Any, title: str) -> Any:
    frame = slide.shapes.add_chart(kind, *place.emu, data)
    frame.name = plain(title) or "Chart"
    frame._element.nvGraphicFramePr.cNvPr.set("descr", plain(title))
    chart = frame.chart
    chart.has_title = False
    chart.has_legend = False
    chart.font.size = Pt(LABEL_SIZE)
    chart.font.color.theme_color = MSO_THEME_COLOR.TEXT_2
    category, value = chart.category_axis, chart.value_axis
    category.format.line.color.theme_color = MSO_THEME_COLOR.ACCENT_5
    category.format.line.width = Pt(0.75)
    category.major_tick_mark = XL_TICK_MARK.NONE
    # Below zero the names stay at the edge.
    category.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    value.format.line.fill.background()
    value.major_tick_mark = XL_TICK_MARK.NONE
    return chart


def _lie_down(chart: Any) -> None:
    """Bars read from the top, on a scale that their labels make needless."""
    chart.category_axis.reverse_order = True
    chart.value_axis.visible = False
    chart.value_axis.has_major_gridlines = False


def _axis_numbers(axis: Any, pattern: str) -> None:
    axis.has_major_gridlines = True
    _hairline(axis.major_gridlines.format.line)
    axis.tick_labels.number_format = pattern
    axis.tick_labels.number_format_is_linked = False


def _hairline(line: Any) -> None:
    line.width = Pt(0.5)
    line.color.theme_color = MSO_THEME_COLOR.ACCENT_5
    line.color.brightness = 0.7


def _label_bars(plot: Any, pattern: str) -> None:
    plot.has_data_labels = True
    labels = plot.data_labels
    labels.number_format, labels.number_format_is_linked = pattern, False
    labels.position = XL_LABEL_POSITION.OUTSIDE_END
    labels.font.size = Pt(LABEL_SIZE)
    labels.font.color.theme_color = MSO_THEME_COLOR.TEXT_1


def _colour_points(series: Any, points: Sequence[Point], default: MSO_THEME_COLOR) -> None:
    series.invert_if_negative = False
    series.format.fill.solid()
    series.format.fill.fore_color.theme_color = default
    for at, point in enumerate(points):
        if point.tone in _THEME:
            fill = series.points[at].format.fill
            fill.solid()
            fill.fore_color.theme_color = _THEME[point.tone]


def _mark(of: Any, *, is_shown: bool) -> None:
    of.marker.style = XL_MARKER_STYLE.CIRCLE if is_shown else XL_MARKER_STYLE.NONE
    if is_shown:
        of.marker.size = 7
        of.marker.format.fill.solid()
        of.marker.format.fill.fore_color.theme_color = MSO_THEME_COLOR.ACCENT_1
        of.marker.format.line.fill.background()


def _say(point: Any, text: str, colour: MSO_THEME_COLOR) -> None:
    label = point.data_label
    label.position = XL_LABEL_POSITION.ABOVE
    label.text_frame.text = plain(text)
    font = label.text_frame.paragraphs[0].runs[0].font
    font.size, font.bold = Pt(LABEL_SIZE), colour == MSO_THEME_COLOR.TEXT_1
    font.color.theme_color = colour


def _label_format(unit: Unit, currency: str, values: Iterable[Decimal | None]) -> str:
    """How a chart writes a number: money in one size for all of them, as short as the largest."""
    if unit != "money":
        return NUMBER_FORMATS[unit]
    largest = max((abs(value) for value in values if value is not None), default=Decimal(0))
    sign = "$" if currency == "USD" else f'"{currency} "'
    size = '0.00,,"M"' if largest >= 1_000_000 else '#,##0,"K"' if largest >= 10_000 else "#,##0"
    return f"{sign}{size};{MINUS}{sign}{size};{sign}0"
