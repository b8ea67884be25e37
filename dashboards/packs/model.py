"""What a pack says, whatever writes it: frozen values, worded, with the raw number beside.

Nothing here knows of paper, slides or sheets. Every writer takes a `Pack` and leaves nothing out:
text is shown as it stands, numbers are for charts and spreadsheets.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

Audience = Literal["internal", "partner"]
AUDIENCES: Final[tuple[Audience, ...]] = ("internal", "partner")

Tone = Literal["good", "watch", "bad", "plain", "quiet"]
"""How a fact is judged; `plain` is data, `quiet` is an absence or an aside."""

Unit = Literal["count", "days", "money", "percent", "points", "score", "text", "date"]
"""What a raw number is: money in units of the currency (never cents), percent as a share of 1."""

NUMBER_FORMATS: Final[dict[Unit, str]] = {
    "count": "#,##0",
    "days": "#,##0",
    "money": "#,##0.00",
    "percent": "0.0%",
    "points": "0.0",
    "score": "0.00",
    "text": "@",
    "date": "d mmm yyyy",
}
"""How spreadsheets and charts show a raw number of a unit."""

Raw = Decimal | int | date | str | None


@dataclass(frozen=True)
class Cell:
    """One cell of a table: as it is read, and as it is."""

    text: str
    value: Raw = None
    """The number or date behind the text; None where the text is all there is."""
    tone: Tone = "plain"


@dataclass(frozen=True)
class Column:
    """One column of a table; numbers stand right."""

    name: str
    unit: Unit = "text"
    share: int = 1
    """Its share of the width beside the other columns."""

    @property
    def is_number(self) -> bool:
        """Whether it holds amounts, which stand right."""
        return self.unit not in ("text", "date")


@dataclass(frozen=True)
class Table:
    """Rows under headers; the last row is the total where `has_total`."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    has_total: bool = False


@dataclass(frozen=True)
class Point:
    """One point of a series or one bar: what the axis says, the number, the number in words."""

    label: str
    value: Decimal | None
    """None is an absence: a gap, never 0."""
    text: str
    """The number in words, or why there is none."""
    tone: Tone = "plain"


@dataclass(frozen=True)
class Series:
    """One measure over time, oldest first: a line, or columns where each point is a sum."""

    title: str
    name: str
    """What is measured, in a word or two: the series' name in a chart."""
    unit: Unit
    points: tuple[Point, ...]
    note: str = ""
    target: Decimal | None = None
    target_text: str = ""
    kind: Literal["line", "columns"] = "line"
    is_half: bool = False
    """Whether it may stand beside its neighbour."""

    @property
    def absences(self) -> str:
        """Why points have no number, each reason once: no events: Sep 25, Dec 25 – Jun 26."""
        spans: dict[str, list[list[int]]] = {}
        for at, point in enumerate(self.points):
            if point.value is None:
                of_reason = spans.setdefault(point.text, [])
                if of_reason and of_reason[-1][-1] == at - 1:
                    of_reason[-1].append(at)
                else:
                    of_reason.append([at])
        return " · ".join(
            f"{reason}: {', '.join(self._span(span) for span in of_reason)}"
            for reason, of_reason in spans.items()
        )

    def _span(self, places: list[int]) -> str:
        labels = [self.points[at].label for at in places]
        return ", ".join(labels) if len(labels) < 3 else f"{labels[0]} – {labels[-1]}"


@dataclass(frozen=True)
class Bars:
    """Things beside each other on one scale from 0, in the order they are read."""

    title: str
    name: str
    unit: Unit
    bars: tuple[Point, ...]
    note: str = ""
    is_half: bool = False


@dataclass(frozen=True)
class Bridge:
    """How a number became another: the steps add up to the difference exactly."""

    title: str
    unit: Unit
    start: Point
    steps: tuple[Point, ...]
    """Changes: above 0 up, below 0 down; steps of 0 stay."""
    end: Point
    note: str = ""
    is_half: bool = False


@dataclass(frozen=True)
class Rung:
    """One of the cells of a ladder: its threshold, and whether it is the next to reach."""

    text: str
    is_next: bool = False


@dataclass(frozen=True)
class Ladder:
    """One metric against its bands; without `now` it is absent for `reason`."""

    name: str
    rungs: tuple[Rung, ...]
    reached: int
    """How many of the cells are filled."""
    now: Decimal | None
    """Where the metric stands along all cells: 0 is the left edge, 1 the right."""
    then: Decimal | None
    """Where it stood 13 weeks before, None where nobody can say."""
    value: Cell
    score: Cell
    gap: str
    reason: str = ""


@dataclass(frozen=True)
class Criterion:
    """One criterion: its score, its weight and the ladders it is made of."""

    name: str
    weight: str
    score: Cell
    change: Cell
    ladders: tuple[Ladder, ...]


@dataclass(frozen=True)
class Ladders:
    """All metrics by criterion."""

    title: str
    criteria: tuple[Criterion, ...]
    note: str = ""


@dataclass(frozen=True)
class CohortCell:
    """How much of a cohort stayed by an anniversary; without `share` the text says why or when."""

    text: str
    share: Decimal | None


@dataclass(frozen=True)
class Cohort:
    """The customers of one quarter."""

    name: str
    size: Cell
    cells: tuple[CohortCell, ...]


@dataclass(frozen=True)
class Cohorts:
    """Retention: a row a cohort, a column an anniversary."""

    title: str
    size_name: str
    anniversaries: tuple[str, ...]
    cohorts: tuple[Cohort, ...]
    note: str = ""


@dataclass(frozen=True)
class Line:
    """A fact, and what it means."""

    fact: str
    meaning: str = ""
    tone: Tone = "plain"


@dataclass(frozen=True)
class Lines:
    """Facts one under the other."""

    title: str
    lines: tuple[Line, ...]
    note: str = ""


@dataclass(frozen=True)
class Absent:
    """What would stand here, and why it does not."""

    title: str
    reason: str
    is_half: bool = False


Block = Table | Series | Bars | Bridge | Ladders | Cohorts | Lines | Absent


@dataclass(frozen=True)
class Section:
    """One part of the review: a name, what it comes to in a sentence, blocks, a line to discuss."""

    key: str
    """Unique within a pack, lower case with underscores: names of sheets and anchors."""
    title: str
    message: str
    """The one sentence to take away, for the head of a page or slide; no full stop."""
    blocks: tuple[Block, ...]
    discuss: str = ""
    note: str = ""
    is_internal: bool = False


@dataclass(frozen=True)
class Figure:
    """One of the four numbers of the cover."""

    name: str
    value: Cell
    unit: Unit
    note: str
    tone: Tone = "plain"
    """How the note is judged."""
    chip: str = ""
    """The tier whose colour the value wears: registered, silver, gold or platinum."""
    parts: tuple[Cell, ...] = ()
    """The note in parts that are judged apart; one after the other they read as the note."""


@dataclass(frozen=True)
class Ask:
    """What we ask of the hour: a verb and a matter."""

    verb: str
    matter: str


@dataclass(frozen=True)
class AgendaItem:
    """A part of the hour."""

    minutes: int
    matter: str


@dataclass(frozen=True)
class Partner:
    """Whom the review is with."""

    partner_id: str
    name: str
    kind: str
    """Its type in words: SI, data provider."""
    tier: str
    """The key of its tier."""
    manager: str
    """Who prepares the review on our side; empty where nobody is named."""


@dataclass(frozen=True)
class Review:
    """The review the pack is for; without an id none is scheduled."""

    review_id: str | None
    scheduled_at: datetime | None
    when: str
    """Its day and hour in words: Thursday 3 December 2026, 10:00 UTC."""
    day: str
    """Its day in words: 3 Dec 2026; "not yet scheduled" without one."""


@dataclass(frozen=True)
class Imprint:
    """What the numbers are of, at the foot of every page."""

    version: str
    as_of: date
    policy: str
    policy_hash: str
    currency: str
    foot: str
    """All of it in words: Data to 15 Nov 2026 · version … · policy 2026-10."""


@dataclass(frozen=True)
class Cover:
    """The first page: five lines, four numbers, what we ask, how the hour goes."""

    heading: str
    """Under the partner's name: Business review · Thursday 3 December 2026, 10:00 UTC."""
    period: str
    """What the numbers are about and who prepared them."""
    lines_title: str
    lines: tuple[Line, ...]
    figures: tuple[Figure, ...]
    asks_title: str
    asks: tuple[Ask, ...]
    agenda_title: str
    agenda: tuple[AgendaItem, ...]


@dataclass(frozen=True)
class Pack:
    """All that one business review's files say to one audience."""

    audience: Audience
    audience_words: str
    """In the head of every page: for Meridian Digital, or internal, not to be shared."""
    partner: Partner
    review: Review
    imprint: Imprint
    cover: Cover
    sections: tuple[Section, ...] = field(default=())

    @property
    def title(self) -> str:
        """The document's name: Meridian Digital, business review, 3 Dec 2026."""
        return f"{self.partner.name}, business review, {self.review.day}"
