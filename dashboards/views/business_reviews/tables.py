"""What the Business reviews page shows: the calendar, a review in a row, an item in a row."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from dashboards import shell, words
from dashboards.charts import marks
from dashboards.charts.calendar import Day, calendar, weeks_of
from dashboards.frames import records
from dashboards.markup import Html, join, name, tag, text
from dashboards.views.business_reviews.selection import CARRIED, DONE, KINDS, LEFT_OUT

PATH = "business-reviews"
REVIEWS = "reviews"
"""Where the list begins: links lead there."""
PARTNER, REVIEW, NOWHERE = "partner", "review", ""
"""Where an item says that it comes from."""

_A_DAY = 4
"""So many reviews of a day stand in the calendar."""
_BEFORE, _AFTER = timedelta(weeks=1), timedelta(weeks=3)

_PRE_READ: dict[str, tuple[marks.Judgement, str]] = {
    "sent": ("good", "pre-read sent"),
    "sent_late": ("watch", "pre-read sent late"),
    "overdue": ("bad", "pre-read overdue"),
    "due": ("watch", "pre-read due"),
    "upcoming": ("none", "pre-read not due yet"),
    "not_sent": ("none", "no pre-read sent"),
}
_MADE = {CARRIED: "Carried over", LEFT_OUT: "Left out", DONE: "Marked as done"}


def review_link(row: Any, label: Html | None = None) -> Html:
    """A partner's name that leads to one of its reviews."""
    href = shell.address(PATH, review=str(row.review_id))
    shown = name(str(row.partner_name)) if label is None else label
    return tag("a", shown, href=href, target="_self", class_="to-partner")


def month_of_reviews(reviews: pd.DataFrame, as_of: date) -> Html:
    """Reviews of the week before the as-of date, its own and the three after, day by day."""
    weeks = weeks_of(as_of - _BEFORE, as_of + _AFTER)
    last = weeks[-1] + timedelta(days=7)
    days = reviews["scheduled_at"].dt.date
    near = reviews[days.ge(weeks[0]) & days.lt(last)]
    on = {day: _day(rows) for day, rows in near.groupby(days[near.index], sort=True)}
    return calendar(weeks, on, as_of, caption="Business reviews, day by day")


def _day(rows: pd.DataFrame) -> Day:
    # What needs a person stays in sight where a day has more reviews than fit.
    needy = rows["pre_read_state"].eq("overdue") | rows["state"].eq("missed")
    chosen = rows.assign(needy=needy).sort_values(
        ["needy", "scheduled_at", "review_id"], ascending=[False, True, True], kind="stable"
    )
    entries = [_entry(row) for row in records(chosen.head(_A_DAY))]
    over = len(rows) - _A_DAY
    more = tag("span", f"{words.count(over)} more", class_="quiet") if over > 0 else None
    return Day(entries, more)


def _entry(row: Any) -> Html:
    judgement, said = _standing(row)
    at = f"{row.scheduled_at:%H:%M}"
    return tag(
        "span",
        join([_glyph(judgement, said), review_link(row)], " "),
        title=f"{at} UTC, {row.partner_name}: {said}",
    )


def _glyph(judgement: marks.Judgement, said: str) -> Html:
    """The glyph of a judgement by itself; its words are on hover, and for those who hear it."""
    return tag(
        "span",
        marks.GLYPHS[judgement],
        class_=f"judged {judgement}",
        role="img",
        aria_label=said,
    )


def _standing(row: Any) -> tuple[marks.Judgement, str]:
    """What a review comes to in a glyph and words: held, missed, or how its pre-read stands."""
    if row.state == "held":
        return "good", "held"
    if row.state == "missed":
        return "bad", "not held"
    return _PRE_READ.get(str(row.pre_read_state), ("none", ""))


def review(row: Any, as_of: date) -> Html:
    """A review in a row: when, with whom, how it stands, who takes part, what is open."""
    facts = [tag("span", moment_of(row, as_of))]
    if not words.is_absent(row.open_items) and row.open_items:
        facts.append(text(words.counted(int(row.open_items), "open item")))
    if not words.is_absent(row.partner_manager):
        facts.append(tag("bdi", str(row.partner_manager)))
    who = [review_link(row)]
    if not words.is_absent(row.current_tier):
        who.append(marks.tier_chip(str(row.current_tier)))
    who.append(standing(row))
    return tag(
        "div",
        tag("p", words.day_within(row.scheduled_at, as_of), class_="when"),
        tag("p", join(who, " "), class_="of-whom"),
        tag("p", f"{row.scheduled_at:%a %H:%M} UTC", class_="quiet when"),
        tag("p", join(facts, " · "), class_="quiet"),
        class_="review-row",
    )


def standing(row: Any) -> Html:
    """✓ held, ✕ not held, or how its pre-read stands."""
    return marks.judged(*_standing(row))


def moment_of(row: Any, as_of: date) -> str:
    """When the pre-read was sent or is due: sent Thu 12 Nov 09:00 UTC, due …"""
    if not words.is_absent(row.pre_read_sent_at):
        return f"pre-read sent {words.moment(row.pre_read_sent_at, as_of)}"
    due = words.moment(row.pre_read_due_at, as_of)
    if row.state == "upcoming":
        is_past = row.pre_read_state == "overdue"
        return f"pre-read {'was due' if is_past else 'due'} {due}"
    return "no pre-read sent"


def noted(row: Any, as_of: date) -> Html | None:
    """Who marked the pre-read as sent."""
    if row.noted is None:
        return None
    entry = row.noted
    note = "" if entry.note is None else f" “{entry.note}”"
    said = f" {words.moment(entry.decided_at, as_of)}.{note}"
    return tag("p", tag("b", f"Marked as sent by {entry.decided_by}"), said, class_="card-decided")


def item(row: Any, as_of: date, *, whence: str) -> Html:
    """An item in a row: by when, what, who is to act, and what people made of it.

    `whence` says where it comes from: the partner and the review, the review, or nothing of it.
    """
    said = [tag("p", str(row.text), dir="auto")]
    about: list[str] = []
    if whence == PARTNER:
        about.append(review_link(row))
    if not words.is_absent(row.owner_side):
        about.append(f"owner: {row.owner_side}")
    if row.is_open and not words.is_absent(row.status):
        about.append(words.spelled(str(row.status)))
    if whence and not words.is_absent(row.scheduled_at):
        about.append(f"from the review of {words.day_within(row.scheduled_at, as_of)}")
    said.append(tag("p", join(about, " · "), class_="quiet"))
    if row.entry is not None:
        said.append(_made(row.entry, as_of))
    return tag("div", tag("p", _due(row, as_of), class_="due"), tag("div", *said), class_="item")


def _made(entry: Any, as_of: date) -> Html:
    note = "" if entry.note is None else f" “{entry.note}”"
    said = f" {words.moment(entry.decided_at, as_of)}.{note}"
    return tag("p", tag("b", f"{_MADE[entry.event]} by {entry.decided_by}"), said, class_="made")


def _due(row: Any, as_of: date) -> Html:
    if row.made == DONE:
        return marks.judged("good", "done")
    if row.kind == "win":
        return marks.judged("good", "win")
    if not row.is_open:
        how = words.spelled(str(row.status))
        return marks.judged("none" if how.startswith("cancel") else "good", how)
    if words.is_absent(row.due_on):
        return tag("span", "no day", class_="quiet")
    day = words.day_within(row.due_on, as_of)
    if row.is_overdue:
        return marks.judged("bad", f"was due {day}")
    return tag("span", f"due {day}")


def export_reviews(reviews: pd.DataFrame) -> pd.DataFrame:
    """Every review that is listed, to take away; times are UTC."""
    return pd.DataFrame(
        {
            "Review": reviews["review_id"],
            "Partner": reviews["partner_name"],
            "Manager": reviews["partner_manager"],
            "At, UTC": reviews["scheduled_at"],
            "State": reviews["state"].map(words.title),
            "Pre-read due, UTC": reviews["pre_read_due_at"],
            "Pre-read sent, UTC": reviews["pre_read_sent_at"],
            "Pre-read": reviews["pre_read_state"].map(words.title, na_action="ignore"),
            "Marked as sent by": [None if e is None else e.decided_by for e in reviews["noted"]],
            "Attendees": reviews["attendees"],
            "Open items": reviews["open_items"],
        }
    )


def export_items(items: pd.DataFrame) -> pd.DataFrame:
    """Every item of those reviews and every open one, to take away."""

    def of(field: str) -> list[Any]:
        return [None if entry is None else getattr(entry, field) for entry in items["entry"]]

    return pd.DataFrame(
        {
            "Item": items["item_id"],
            "Review": items["review_id"],
            "Review at, UTC": items["scheduled_at"],
            "Partner": items["partner_name"],
            "Kind": items["kind"].map(words.title),
            "Item in words": items["text"],
            "Owner": items["owner_side"],
            "Due": items["due_on"].dt.date,
            "Status": items["status"],
            "Open": items["is_open"],
            "Overdue": items["is_overdue"],
            "Comes along to": items["carried_to_review_id"],
            "Made of it": items["made"].map(words.title, na_action="ignore"),
            "By": of("decided_by"),
            "At, UTC": of("decided_at"),
            "Note": of("note"),
        }
    )


def kinds_in(items: pd.DataFrame) -> Mapping[str, pd.DataFrame]:
    """The items by kind, in the order a review goes through them."""
    return {
        label: items[items["kind"].eq(kind)]
        for kind, label in KINDS.items()
        if items["kind"].eq(kind).any()
    }


def day_and_hour(at: datetime) -> str:
    """Thursday 3 December 2026, 10:00 UTC."""
    return f"{at:%A} {at.day} {at:%B %Y}, {at:%H:%M} UTC"
