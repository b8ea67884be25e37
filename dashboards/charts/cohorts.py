"""Cohorts of customers: how many of those that began together are still there."""

from datetime import date
from typing import Any

import pandas as pd

from dashboards import words
from dashboards.frames import records
from dashboards.markup import Column, Group, Html, table, tag


def cohort_grid(cohorts: pd.DataFrame, as_of: date) -> Html:
    """A row a quarter, latest first, and a column an anniversary: the share that is still active.

    Takes columns cohort_quarter (its first day), months, accounts, active_share (NaN where not
    known) and due_on, one row a quarter and anniversary. One hue, the stronger the more stayed;
    what is not due yet says when it is.
    """
    months = sorted(set(cohorts["months"]))
    columns = (
        Column("First subscription"),
        Column("Accounts", is_number=True),
        *(Column(words.counted(each, "month"), is_number=True) for each in months),
    )
    rows = []
    for quarter in sorted(set(cohorts["cohort_quarter"]), reverse=True):
        of_quarter = cohorts[cohorts["cohort_quarter"].eq(quarter)]
        cells = {cell.months: cell for cell in records(of_quarter)}
        rows.append(
            [
                _quarter(quarter),
                words.count(of_quarter["accounts"].iloc[0]),
                *(_cell(cells.get(each), as_of) for each in months),
            ]
        )
    return table(columns, [Group(rows)], caption="Share of each quarter's accounts still active")


def _quarter(start: pd.Timestamp) -> str:
    end = start + pd.DateOffset(months=2)
    return f"{_month(start, within=end.year)}–{_month(end)}"


def _month(day: date, within: int | None = None) -> str:
    """A month: Mar 2026, without its year where that is `within`."""
    _, month, year = words.day(day).split()
    return month if day.year == within else f"{month} {year}"


def _cell(cell: Any | None, as_of: date) -> str:
    if cell is None:
        return words.ABSENT
    if pd.notna(cell.active_share):
        shown = words.percent(cell.active_share, places=0)
        return tag("span", shown, class_="cohort", style=f"--share:{cell.active_share:.3f}")
    if cell.due_on.date() <= as_of:
        return words.ABSENT
    return tag("span", f"due {_month(cell.due_on, within=as_of.year)}", class_="quiet")
