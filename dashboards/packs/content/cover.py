"""The first page: where we stand in five lines, four numbers, what we ask, how the hour goes."""

from datetime import datetime
from typing import Any, Final

import pandas as pd

from dashboards import words
from dashboards.dossier import facts, gates
from dashboards.dossier.facts import WEEKS
from dashboards.packs.content import business, standing, together
from dashboards.packs.content.known import Known, sentence
from dashboards.packs.model import (
    AgendaItem,
    Ask,
    Cell,
    Cover,
    Figure,
    Line,
    Review,
    Tone,
)

AGENDA: Final = (
    AgendaItem(5, "where we stand"),
    AgendaItem(15, "performance"),
    AgendaItem(15, "pipeline, roadmap"),
    AgendaItem(15, "risks, asks"),
    AgendaItem(10, "actions, owners"),
)

_NAME_IN_A_LINE: Final = 60


def cover(known: Known, review: Review, recommended: str) -> Cover:
    """The first page; what is recommended of its tier stands in the line about its gates."""
    minutes = sum(item.minutes for item in AGENDA)
    return Cover(
        heading=f"Business review · {review.when}",
        period=_period(known),
        lines_title="Where we stand in five lines",
        lines=_lines(known, recommended),
        figures=_figures(known),
        asks_title="What we ask of this hour",
        asks=tuple(together.open_asks(known))
        or (Ask("To agree", "What we want of each other next."),),
        agenda_title=f"Agenda, {minutes} minutes",
        agenda=AGENDA,
    )


def review_of(known: Known) -> Review:
    """When the review is, in words."""
    row, review_id = known.review, known.occasion.review_id
    if review_id is not None and known.withheld(review_id):
        review_id = None
    if row is None or words.is_absent(row.scheduled_at):
        return Review(review_id, None, "not yet scheduled", "not yet scheduled")
    at = pd.Timestamp(row.scheduled_at).to_pydatetime()
    return Review(review_id, at, _when(at), words.day(at))


def _when(at: datetime) -> str:
    return f"{at:%A} {at.day} {at:%B} {at.year}, {at:%H:%M} UTC"


def _period(known: Known) -> str:
    first = known.reading.programme.first_month
    month = known.as_of.month
    number = (month - first) % 12 // 3 + 1
    year = known.as_of.year + (1 if first > 1 and month >= first else 0)
    by = f" by {known.manager}" if known.manager else ""
    named = known.name if len(known.name) <= _NAME_IN_A_LINE else "the partner"
    aim = "for our own use" if known.is_internal else f"for {named}"
    return (
        f"Fiscal Q{number} {year} so far and the 12 months to {words.day(known.as_of)} · prepared "
        f"{aim}{by}"
    )


def _lines(known: Known, recommended: str) -> tuple[Line, ...]:
    revenue = Line(*business.revenue_said(known))
    if not known.is_scored:
        since = known.dossier.who.signed_on
        joined = "" if words.is_absent(since) else f"Partner since {words.day(since)}."
        return (
            Line(
                "There is no scorecard of the latest week.",
                "Scores begin with the first whole week of the partnership.",
            ),
            Line(
                joined or "The day of signing is not known.",
                "Nothing is judged before it is measured.",
            ),
            Line("No gate is judged yet.", "Tiers are judged at quarter ends."),
            Line(*together.next_date(known)),
            Line("No metric is measured yet.", "What is absent is never counted as 0."),
        )
    has_change = bool(standing.score_change(known))
    return (
        Line(
            f"{standing.message(known)}.", standing.moved(known) if has_change else _coverage(known)
        ),
        Line(
            f"{standing.gates_met(known)}.",
            " ".join(filter(None, (recommended, standing.gates_missing(known)))),
        ),
        revenue,
        Line(*together.next_date(known)),
        Line(*standing.weakest_said(known)),
    )


def _coverage(known: Known) -> str:
    measured, of, _ = facts.measured(known.dossier)
    return f"{measured} of {of} metrics are measured."


def _figures(known: Known) -> tuple[Figure, ...]:
    tier = None if not known.is_scored else facts.tier_now(known.dossier)
    if tier is None and not words.is_absent(known.dossier.who.current_tier):
        tier = str(known.dossier.who.current_tier)
    return (
        _score(known),
        Figure(
            "Tier",
            Cell(words.title(tier)) if tier else Cell("none yet", None, "quiet"),
            "text",
            _course(known, tier),
            chip=tier or "",
        ),
        _health(known),
        _covered(known),
    )


def _score(known: Known) -> Figure:
    name = "Weighted score"
    if not known.is_scored or words.is_absent(known.dossier.now.weighted_score):
        return Figure(name, Cell(words.ABSENT, None, "quiet"), "score", "not measured yet")
    value = known.dossier.now.weighted_score
    change = standing.score_change(known)
    note = (
        f"none {WEEKS} weeks ago" if change is None else f"{words.delta(change)} in {WEEKS} weeks"
    )
    tone: Tone = "plain" if not change else "good" if change > 0 else "bad"
    return Figure(name, Cell(words.score(value), words.truncated(value)), "score", note, tone)


def _course(known: Known, tier: str | None) -> str:
    ahead = (
        standing.gates_ahead(known) if known.is_scored and known.dossier.gates is not None else None
    )
    if ahead is None or tier is None:
        return "as recorded" if tier else "no tier is recorded"
    to, groups, is_own = ahead
    met = [gates.is_group_met(group) for group in groups].count(True)
    if is_own:
        return (
            "top tier, all gates hold"
            if met == len(groups)
            else f"{len(groups) - met} of its gates open"
        )
    higher = standing.tiers_met(known)
    if len(higher) > 1:
        return f"meets the gates of {words.title(higher[-1])}"
    return (
        f"on course for {words.title(to)}"
        if met == len(groups)
        else f"{met} of {len(groups)} to {words.title(to)}"
    )


def _health(known: Known) -> Figure:
    row: Any = facts.weekly(known.dossier, known.dossier.health) if known.is_scored else None
    if row is None or words.is_absent(row.health_score):
        why = "not measured" if row is None else words.status(str(row.status))
        return Figure("Health", Cell(words.ABSENT, None, "quiet"), "count", why)
    before = facts.weekly(known.dossier, known.dossier.health, WEEKS)
    band = str(row.health_band)
    judged = known.reading.programme.tones.get(band, "plain")
    tones: dict[str, Tone] = {"good": "good", "watch": "watch", "bad": "bad"}
    tone = tones.get(judged, "plain")
    change = (
        None
        if before is None or words.is_absent(before.health_score)
        else int(row.health_score) - int(before.health_score)
    )
    tail = "" if change is None else f" · {words.delta(change, pattern='{:.0f}')} in {WEEKS} weeks"
    return Figure(
        "Health",
        Cell(words.count(row.health_score), int_value(row.health_score)),
        "count",
        f"{band}{tail}",
        "plain" if judged == "good" and (change or 0) < 0 else tone,
        parts=(Cell(band, None, tone), Cell(tail, None, _welcome(change))),
    )


def _welcome(change: int | None) -> Tone:
    if not change:
        return "quiet"
    return "good" if change > 0 else "bad"


def int_value(value: Any) -> Any:
    """A whole number as the sheets take it."""
    return words.decimal(int(value)).quantize(words.decimal(1).to_integral_value())


def _covered(known: Known) -> Figure:
    if not known.is_scored or words.is_absent(known.dossier.now.coverage):
        return Figure(
            "Coverage", Cell(words.ABSENT, None, "quiet"), "percent", "nothing is measured yet"
        )
    measured, of, rare = facts.measured(known.dossier)
    tail = f", {rare} rare" if rare else ""
    value = words.decimal(known.dossier.now.coverage)
    return Figure(
        "Coverage",
        Cell(words.percent(value), value),
        "percent",
        f"{measured} of {of} measured{tail}",
    )


def audience_words(known: Known) -> str:
    """For whom the pack is, in the head of its pages."""
    return "internal, not for the partner" if known.is_internal else f"for {sentence(known.name)}"
