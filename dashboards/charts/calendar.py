"""A calendar: weeks as rows, days as columns, what is on each day in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dashboards import words
from dashboards.markup import Column, Group, Html, join, table, tag, text

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WORKING = 5


@dataclass(frozen=True)
class Day:
    """What is on a day: some of it, and how much more there is."""

    entries: Sequence[Html]
    more: Html | None = None


def weeks_of(first: date, last: date) -> list[date]:
    """The Mondays of the weeks from one day to another."""
    monday = first - timedelta(days=first.weekday())
    return [monday + timedelta(weeks=n) for n in range((last - monday).days // 7 + 1)]


def calendar(weeks: Sequence[date], days: Mapping[date, Day], today: date, *, caption: str) -> Html:
    """A row a week and a column a day; Saturday and Sunday only where there is something on one.

    `today` is the last day that the data knows; what is after it has yet to come.
    """
    shown = 7 if any(day.weekday() >= _WORKING for day in days) else _WORKING
    columns = (Column("Week of"), *(Column(name) for name in _DAYS[:shown]))
    rows = [
        [
            tag("span", words.day_within(week, today), class_="when"),
            *(_cell(week + timedelta(days=n), days, today) for n in range(shown)),
        ]
        for week in weeks
    ]
    return tag("div", table(columns, [Group(rows)], caption=caption), class_="calendar")


def _cell(day: date, days: Mapping[date, Day], today: date) -> Html:
    kind = "day-number today" if day == today else "day-number"
    number = tag("span", str(day.day), class_=kind, title=words.day(day))
    on_it = days.get(day)
    if on_it is None:
        return number
    entries = [*on_it.entries, *([] if on_it.more is None else [on_it.more])]
    return join([number, *(tag("span", text(entry), class_="on-day") for entry in entries)])
