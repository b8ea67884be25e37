"""When a week is due to be published."""

from datetime import UTC, date, datetime, timedelta

WEEKLY_HOUR = 6
"""The hour, UTC, at which the refresh of the week runs on Mondays."""


def last_due(now: datetime) -> datetime:
    """When the weekly refresh was due last, at `now` or before it; both bear a zone."""
    at = now.astimezone(UTC)
    monday = (at - timedelta(days=at.weekday())).replace(
        hour=WEEKLY_HOUR, minute=0, second=0, microsecond=0
    )
    return monday if monday <= at else monday - timedelta(days=7)


def last_whole(day: date) -> date:
    """The Sunday that ends the last whole week, at the end of `day`."""
    return day - timedelta(days=day.isoweekday() % 7)
