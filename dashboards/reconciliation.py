"""What every page of money says about its sums: that they agree, or by what they differ and why."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import words
from dashboards.charts import marks
from dashboards.frames import records
from dashboards.markup import Column, Group, Html, join, table, tag, text
from dashboards.queries import money
from dashboards.queries.published import Edition
from dashboards.shell import Takeaway, Visit

SHEET = "reconciliation"
BEHIND = "behind differences"
_REASONS_AT_MOST = 4


def reconciliation_banner(visit: Visit, *, is_open: bool = False) -> None:
    """Whether the sums of the version agree to the cent.

    What differs is always in sight, with its amount and the rows behind it; what agrees is a count
    with its list folded away, unless the page `is_open` about it. Sums are of all partners, and
    whoever sees some of them is told nothing.
    """
    if visit.edition.scope is not None:
        return
    if not money.is_reconciled(visit.edition):
        st.html(tag("p", "This version was published before sums were reconciled.", class_="quiet"))
        return
    rows = money.reconciliation(visit.edition)
    currency = money.currency(visit.edition)
    reasons = money.difference_reasons(visit.edition)
    st.html(banner(rows, reasons, currency, is_open=is_open))


def banner(rows: pd.DataFrame, reasons: pd.DataFrame, currency: str, *, is_open: bool) -> Html:
    """The banner of these sums; `reasons` say what is behind those that differ."""
    if not rows[["left_cents", "right_cents"]].fillna(1).ne(0).to_numpy().any():
        said = marks.judged("none", "nothing to reconcile")
        return _framed("none", tag("p", tag("b", "Reconciliation "), said))
    difference = rows["difference_cents"]
    is_unknown, is_off = difference.isna(), difference.notna() & difference.ne(0)
    head = tag("p", tag("b", "Reconciliation "), _verdict(rows, currency))
    loud = rows[is_off | is_unknown]
    parts = [head]
    if is_open:
        parts.append(_sums(rows, reasons, currency))
    else:
        if not loud.empty:
            parts.append(_sums(loud, reasons, currency))
        agreeing = rows.drop(index=loud.index)
        if not agreeing.empty:
            every = words.counted(len(agreeing), "sum that agrees", "sums that agree")
            folded = _sums(agreeing, reasons, currency)
            parts.append(tag("details", tag("summary", f"Show {every}"), folded))
    return _framed("watch" if not loud.empty else "good", *parts)


def _framed(tone: str, *parts: str) -> Html:
    return tag(
        "section", *parts, class_=f"reconciliation tone-edge-{tone}", aria_label="Reconciliation"
    )


def _verdict(rows: pd.DataFrame, currency: str) -> Html:
    """✓ agrees, or ! differs by $… with the count; sums of different things are never added."""
    difference = rows["difference_cents"].dropna()
    off = difference[difference.ne(0)]
    unknown = len(rows) - len(difference)
    beside = f", {words.count(unknown)} cannot be told" if unknown else ""
    if off.empty:
        if difference.empty:
            return marks.judged("none", "cannot be told: an extract is missing")
        said = f"{words.counted(len(difference), 'sum')}, by two routes each, to the cent"
        return join([marks.judged("good", "agrees"), f" {said}{beside}"])
    if len(off) == 1:
        return join(
            [
                marks.judged("watch", f"differs by {words.exact(abs(off.iloc[0]), currency)}"),
                f" in 1 of {words.counted(len(rows), 'sum')}{beside}",
            ]
        )
    most = words.exact(off.abs().max(), currency)
    return join(
        [
            marks.judged("watch", f"differs by up to {most}"),
            f" in {words.count(len(off))} of {words.counted(len(rows), 'sum')}{beside}",
        ]
    )


def _sums(rows: pd.DataFrame, reasons: pd.DataFrame, currency: str) -> Html:
    columns = (
        Column("Sum"),
        Column("Left", is_number=True, class_="extra"),
        Column("Right", is_number=True, class_="extra"),
        Column("Difference", is_number=True),
    )
    body = [_cells(row, reasons[reasons["name"].eq(row.name)], currency) for row in records(rows)]
    return table(columns, [Group(body)], caption="Sums by two routes")


def _cells(row: Any, reasons: pd.DataFrame, currency: str) -> list[str]:
    behind = [tag("span", line, class_="sub") for line in _behind(reasons, currency)]
    label = tag("span", f"{row.left_label} = {row.right_label}", title=row.description)
    return [
        join([label, *behind]),
        words.exact(row.left_cents, currency),
        words.exact(row.right_cents, currency),
        _difference(row.difference_cents, currency),
    ]


def _difference(cents: float | None, currency: str) -> Html:
    if cents is None or words.is_absent(cents):
        return marks.judged("none", "source missing")
    return marks.judged("good" if cents == 0 else "watch", words.exact(cents, currency))


def _behind(reasons: pd.DataFrame, currency: str) -> list[Html]:
    """The rows behind a difference in words: 3 invoice lines, $4.00: invoice unknown (L-1 …)."""
    lines = []
    for row in records(reasons.head(_REASONS_AT_MOST)):
        named = ", ".join(str(each) for each in row.some)
        more = " …" if row.rows > len(row.some) else ""
        noun = words.spelled(str(row.entity))
        counted = words.counted(int(row.rows), noun, noun if noun.endswith("s") else noun + "s")
        amount = words.exact(row.difference_cents, currency)
        lines.append(text(f"{counted}, {amount}: {row.reason} ({named}{more})"))
    if len(reasons) > _REASONS_AT_MOST:
        rest = len(reasons) - _REASONS_AT_MOST
        lines.append(text(f"{words.counted(rest, 'more reason')}; Export has every row."))
    return lines


def with_reconciliation(edition: Edition, takeaway: Takeaway) -> Takeaway:
    """The tables to export with what they reconcile to on the second sheet.

    The rows behind differences follow last. As CSV both are files of their own.
    """
    if not takeaway.tables or edition.scope is not None or not money.is_reconciled(edition):
        return takeaway
    [first, *others] = takeaway.tables.items()
    ours: dict[str, Callable[[], pd.DataFrame]] = {SHEET: lambda: export_sums(edition)}
    if not money.difference_reasons(edition).empty:
        others.append((BEHIND, lambda: export_differences(edition)))
    return Takeaway(takeaway.stem, dict([first]) | ours | dict(others))


def export_sums(edition: Edition) -> pd.DataFrame:
    """Every sum with its two routes, in units of the reporting currency."""
    currency = money.currency(edition)
    rows = money.reconciliation(edition)
    return pd.DataFrame(
        {
            "Sum": rows["name"],
            "Left": rows["left_label"],
            f"Left, {currency}": in_units(rows["left_cents"], currency),
            "Right": rows["right_label"],
            f"Right, {currency}": in_units(rows["right_cents"], currency),
            f"Difference, {currency}": in_units(rows["difference_cents"], currency),
            "Means": rows["description"],
        }
    )


def export_differences(edition: Edition) -> pd.DataFrame:
    """Every row behind a difference, in units of the reporting currency."""
    currency = money.currency(edition)
    rows = money.differences(edition)
    return pd.DataFrame(
        {
            "Sum": rows["name"],
            "Of": rows["entity"],
            "Id": rows["entity_id"],
            f"Difference, {currency}": in_units(rows["difference_cents"], currency),
            "Why": rows["reason"],
        }
    )


def in_units(cents: "pd.Series[Any]", currency: str) -> "pd.Series[Any]":
    """Minor units as exact numbers of the currency, for files to take away."""
    return pd.Series(
        [words.major(value, currency) for value in cents], index=cents.index, dtype="object"
    )
