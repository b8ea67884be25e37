"""Restatements: what an older version said of the same partners and weeks."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal

import pandas as pd
import streamlit as st

from dashboards import shell, words
from dashboards.frames import records
from dashboards.markup import tag
from dashboards.queries.restatements import restated
from dashboards.views.data_trust.terms import TERMS
from warehouse.snapshots import Version

ROWS_SHOWN = 1000
_FINEST = 9


def show(visit: shell.Visit, versions: Sequence[Version]) -> None:
    """Draw the section: an older version, at first the one that is open, against the served one."""
    older = [version.name for version in versions if version.name != visit.served]
    if not older:
        return
    shell.section("Restatements", "The same partner and week, as an older version published it.")
    then = st.selectbox(
        "Version to compare with the current one",
        older,
        index=older.index(visit.edition.version) if visit.is_past else 0,
        key="against",
        width=260,
        bind="query-params",
    )
    older_one, served = (replace(visit.edition, version=name) for name in (str(then), visit.served))
    rows = restated(older_one, served)
    if rows.empty:
        shell.state(
            "Every partner and week of both versions has the same score, tier and coverage."
        )
        return
    counted = words.counted(len(rows), "partner week")
    partners = words.counted(rows["partner_id"].nunique(), "partner")
    more = f"; here are the latest {words.count(ROWS_SHOWN)}" if len(rows) > ROWS_SHOWN else ""
    st.html(tag("p", f"{counted} of {partners} restated{more}.", class_="quiet"))
    shown = table_rows(rows.head(ROWS_SHOWN))
    st.dataframe(
        shown,
        hide_index=True,
        row_height=34,
        height=34 * min(len(shown), 10) + 37,
        placeholder=words.ABSENT,
        column_config={
            "Partner": st.column_config.TextColumn(width=220),
            "Week of": st.column_config.DateColumn(width=110, format="D MMM YYYY"),
            "Score then": st.column_config.TextColumn(help=TERMS["Restated"], alignment="right"),
            "Score now": st.column_config.TextColumn(alignment="right"),
            "Coverage then": st.column_config.TextColumn(alignment="right"),
            "Coverage now": st.column_config.TextColumn(alignment="right"),
        },
        alt=f"{counted} whose score, tier or coverage differs",
    )


def table_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """What the table shows: numbers with as many places as tell then from now."""
    scores = [told_apart(row.score_then, row.score_now) for row in records(rows)]
    coverages = [told_apart(row.coverage_then, row.coverage_now) for row in records(rows)]
    tiers = rows[["tier_then", "tier_now"]].map(words.title, na_action="ignore")
    return pd.DataFrame(
        {
            "Partner": rows["partner_name"],
            "Week of": rows["period_start"].dt.date,
            "Score then": [then for then, _ in scores],
            "Score now": [now for _, now in scores],
            "Tier then": tiers["tier_then"],
            "Tier now": tiers["tier_now"],
            "Coverage then": [then for then, _ in coverages],
            "Coverage now": [now for _, now in coverages],
        }
    )


def told_apart(then: float, now: float) -> tuple[str, str]:
    """Both values truncated to two places, or to as few more as show that they differ."""
    if words.is_absent(then) or words.is_absent(now):
        return words.score(then), words.score(now)
    exact = words.decimal(then), words.decimal(now)
    for places in range(2, _FINEST + 1):
        first, second = (_cut(value, places) for value in exact)
        if first != second:
            return first, second
    return words.score(then), words.score(now)


def _cut(value: Decimal, places: int) -> str:
    return f"{value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_DOWN):f}"
