"""A metric's value on the bands of its rubric: cells, places and the gap to the next band."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any, Self

from dashboards import words
from dashboards.charts import marks
from dashboards.markup import Html

_STEPS_AT_MOST = 6
"""A rubric of whole scores up to this many stands in equal steps under shared numbers."""
_EDGE = 0.06
"""A mark keeps this share of its cell clear of its ends, for it to be seen inside."""
_NEVER_NEGATIVE = frozenset({"usd", "rate", "count", "flag", "per_100_install_months"})


@dataclass(frozen=True)
class Band:
    """One row of `rubric_bands`: open where a bound is None, flat where no score stands above."""

    score: Decimal
    lower: Decimal | None = None
    upper: Decimal | None = None
    is_lower_inclusive: bool = True
    is_upper_inclusive: bool = False
    score_at_upper: Decimal | None = None

    @classmethod
    def of(cls, row: Any) -> Self:
        """A band from a row of the policy's table."""
        return cls(
            score=words.decimal(row.score),
            lower=_exact(row.lower_bound),
            upper=_exact(row.upper_bound),
            is_lower_inclusive=bool(row.lower_is_inclusive),
            is_upper_inclusive=bool(row.upper_is_inclusive),
            score_at_upper=_exact(getattr(row, "score_at_upper_bound", None)),
        )

    def holds(self, value: Decimal) -> bool:
        """Whether the value lies in the band."""
        from_here = (
            self.lower is None
            or value > self.lower
            or (self.is_lower_inclusive and value == self.lower)
        )
        to_here = (
            self.upper is None
            or value < self.upper
            or (self.is_upper_inclusive and value == self.upper)
        )
        return from_here and to_here

    @property
    def best(self) -> Decimal:
        """The highest score within the band."""
        return self.score if self.score_at_upper is None else max(self.score, self.score_at_upper)


@dataclass(frozen=True)
class Rubric:
    """The bands of one metric, worst first, and its unit."""

    bands: tuple[Band, ...]
    unit: str
    is_rising: bool
    """Whether a higher value is the better one."""
    steps: int | None
    """Cells where the rubric is in whole scores from 0; None where each band is a cell."""

    @classmethod
    def of(cls, bands: Iterable[Band], unit: str, score_maximum: Decimal) -> Self:
        """A rubric from its bands in any order."""
        by_value = sorted(bands, key=lambda b: (b.lower is not None, b.lower or Decimal(0)))
        is_rising = not by_value or _end(by_value[-1]) >= by_value[0].score
        scores = [band.score for band in by_value]
        in_steps = (
            all(score == int(score) and score >= 0 for score in scores)
            and len(set(scores)) == len(scores)
            and all(band.score_at_upper is None for band in by_value)
            and score_maximum == int(score_maximum)
            and max([*scores, score_maximum]) < _STEPS_AT_MOST
        )
        return cls(
            bands=tuple(by_value if is_rising else reversed(by_value)),
            unit=unit,
            is_rising=is_rising,
            steps=int(score_maximum) + 1 if in_steps else None,
        )

    @property
    def cells(self) -> Sequence[Band | None]:
        """What stands in each cell, worst first; None where no value gives a step's score."""
        if self.steps is None:
            return self.bands
        by_score = {int(band.score): band for band in self.bands}
        return [by_score.get(step) for step in range(self.steps)]

    def position(self, value: Decimal) -> int | None:
        """The cell the value lies in."""
        return next(
            (i for i, band in enumerate(self.cells) if band is not None and band.holds(value)),
            None,
        )

    def place(self, value: Decimal | None) -> float | None:
        """Where the value stands along the whole ladder, 0 worst and 1 best."""
        if value is None:
            return None
        cell = self.position(value)
        band = None if cell is None else self.cells[cell]
        if cell is None or band is None:
            return None
        within = min(max(self._within(band, value), _EDGE), 1 - _EDGE)
        return (cell + within) / len(self.cells)

    def _within(self, band: Band, value: Decimal) -> float:
        """How far into its band, from the worse side. An open end is as wide as its neighbour."""
        low, high = band.lower, band.upper
        is_one_step = self.unit == "count" and None not in (low, high)
        if self.unit == "flag" or (is_one_step and _width(band) <= 1):
            return 0.5
        width = next((_width(b) for b in self._from(band) if _width(b)), Decimal(1))
        if low is None:
            is_floored = self.unit in _NEVER_NEGATIVE and high is not None
            low = Decimal(0) if is_floored else (high or Decimal(0)) - width
        if high is None:
            high = Decimal(1) if self.unit == "rate" else low + width
        if high <= low:
            return 0.5
        share = float((value - low) / (high - low))
        return share if self.is_rising else 1 - share

    def _from(self, band: Band) -> Sequence[Band]:
        """The bands by their distance from this one."""
        here = self.bands.index(band)
        return sorted(self.bands, key=lambda other: abs(self.bands.index(other) - here))

    def following(self, value: Decimal) -> tuple[Decimal, Decimal, bool] | None:
        """The next better line: where it is, its score, and whether reaching it is enough."""
        band = next((b for b in self.bands if b.holds(value)), None)
        if band is None:
            return None
        if band.score_at_upper is not None and band.best != _score_in(band, value):
            end = band.upper if band.score_at_upper > band.score else band.lower
            return None if end is None else (end, band.best, True)
        better = self.bands[self.bands.index(band) + 1 :]
        if not better:
            return None
        target = better[0]
        line = target.lower if self.is_rising else target.upper
        reaching = target.is_lower_inclusive if self.is_rising else target.is_upper_inclusive
        entry = target.score if self.is_rising else _end(target)
        return None if line is None else (line, entry, reaching)

    def line(self, band: Band | None) -> str:
        """The line above a cell: ≥ 25k, ≤ 5%, yes; – where no value gives the score."""
        if self.unit == "flag":
            return "" if band is None else ("yes" if band.lower is not None else "no")
        if band is None:
            return "–"
        if self.unit == "count" and band.lower is not None and _width(band) == 1:
            whole = band.lower if band.is_lower_inclusive else band.lower + 1
            return words.threshold(whole, self.unit)
        return "0" if self._is_only_zero(band) else self._bound(band)

    def _is_only_zero(self, band: Band) -> bool:
        is_to_zero = band.lower is None and band.upper == 0 and band.is_upper_inclusive
        return is_to_zero and self.unit in _NEVER_NEGATIVE

    def _bound(self, band: Band) -> str:
        """The bound on the band's worse side, or its only one, with its sign."""
        sides = (band.lower, band.upper) if self.is_rising else (band.upper, band.lower)
        bound = sides[0] if sides[0] is not None else sides[1]
        if bound is None:
            return "any"
        is_lower = self.is_rising == (sides[0] is not None)
        is_in = band.is_lower_inclusive if is_lower else band.is_upper_inclusive
        if self.unit == "count" and is_lower and not is_in:
            bound, is_in = bound + 1, True
        sign = {(True, True): "≥", (True, False): ">", (False, True): "≤", (False, False): "<"}
        return f"{sign[is_lower, is_in]} {words.threshold(bound, self.unit)}"


def draw(
    rubric: Rubric, label: str, now: Decimal, then: Decimal | None, currency: str = "USD"
) -> Html:
    """The ladder of a measured value: reached cells, the next line in bold, now and then."""
    here = rubric.position(now)
    following = rubric.following(now)
    cells = rubric.cells
    after = next((i for i, b in enumerate(cells) if b and here is not None and i > here), None)
    said = f"{label}: {measure(rubric, now, currency)}"
    if then is not None:
        said += f", 13 weeks ago {measure(rubric, then, currency)}"
    if following is not None:
        said += f"; {gap(rubric, now, currency)}"
    return marks.ladder(
        [
            marks.Cell(
                rubric.line(band),
                is_reached=here is not None and i <= here,
                is_next=i == after,
            )
            for i, band in enumerate(cells)
        ],
        rubric.place(now),
        rubric.place(then),
        said,
    )


def measure(rubric: Rubric, value: Decimal, currency: str = "USD") -> str:
    """The value in its unit, with as many decimals as it takes not to be shown across a line."""
    if rubric.unit in {"flag", "count"}:
        return words.measure(value, rubric.unit, currency)
    if rubric.unit == "usd":
        short = _significant(value)
        if rubric.position(short) == rubric.position(value):
            return words.measure(value, rubric.unit, currency)
        exact = words.amount(value, currency)
        return f"${exact}" if currency == "USD" else f"{currency}\u00a0{exact}"
    scale = 100 if rubric.unit == "rate" else 1
    fewest = 2 if rubric.unit not in {"rate", "score"} else 1
    # A score is cut wherever it stands; all else is rounded.
    rounding = ROUND_DOWN if rubric.unit == "score" else ROUND_HALF_UP
    for places in range(fewest, 10):
        shown = (value * scale).quantize(Decimal(1).scaleb(-places), rounding=rounding)
        if rubric.position(shown / scale) == rubric.position(value):
            break
    return words.number(shown, places=places) + ("%" if rubric.unit == "rate" else "")


def gap(rubric: Rubric, value: Decimal, currency: str = "USD") -> str:
    """What is missing to the next band, in words: $269K to 5, 8.2 points to 5, 1 fewer for 5.

    Rounded up: who does what is said here gets there.
    """
    following = rubric.following(value)
    if following is None:
        return "at the top band"
    line, score, is_enough = following
    to = words.number(score)
    if rubric.unit == "flag":
        return f"{'yes' if rubric.is_rising else 'no'} for {to}"
    short = abs(line - value)
    if short == 0 and rubric.unit != "count":
        beyond = "above" if rubric.is_rising else "below"
        return f"anything {beyond} {words.measure(line, rubric.unit, currency)} for {to}"
    if rubric.unit == "count":
        whole = short.to_integral_value(ROUND_CEILING)
        whole += 0 if is_enough or whole != short else 1
        return f"{words.count(whole)} {'more' if rubric.is_rising else 'fewer'} for {to}"
    return f"{_away(short, rubric.unit, currency)} {'to' if rubric.is_rising else 'less for'} {to}"


def _away(short: Decimal, unit: str, currency: str) -> str:
    """A distance in its unit, rounded up."""
    if unit == "usd":
        return words.measure(_rounded_up(short), unit, currency)
    if unit not in {"rate", "score"}:
        return words.number(_up(short, 2))
    points = _up(short * (100 if unit == "rate" else 1), 1)
    return f"{words.number(points, places=1)} {'point' if points == 1 else 'points'}"


def _exact(value: Any) -> Decimal | None:
    return None if value is None or words.is_absent(value) else words.decimal(value)


def _end(band: Band) -> Decimal:
    return band.score if band.score_at_upper is None else band.score_at_upper


def _score_in(band: Band, value: Decimal) -> Decimal:
    """The score at a place of a sloped band."""
    if band.score_at_upper is None or band.lower is None or band.upper is None:
        return band.score
    share = (value - band.lower) / (band.upper - band.lower)
    return band.score + (band.score_at_upper - band.score) * share


def _width(band: Band) -> Decimal:
    if band.lower is None or band.upper is None:
        return Decimal(0)
    return band.upper - band.lower


def _significant(value: Decimal) -> Decimal:
    """What short money keeps of it: three significant digits, and whole units."""
    return value.quantize(Decimal(1).scaleb(max(value.adjusted() - 2, 0) if value else 0))


def _up(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_CEILING)


def _rounded_up(value: Decimal) -> Decimal:
    """Three significant digits, upwards; whole units below ten thousand."""
    places = max(0, value.adjusted() - 2) if value >= 10_000 else 0
    return value.scaleb(-places).to_integral_value(ROUND_CEILING).scaleb(places)
