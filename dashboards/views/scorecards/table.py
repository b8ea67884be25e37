"""The table of partners for a wide screen, its short form for a phone, and the export of both."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import streamlit as st

from dashboards import shell, words
from dashboards.charts import marks
from dashboards.frames import records
from dashboards.markup import Column, Group, Html, join, table, tag
from dashboards.theme.tokens import MARKS, TOKENS, Token
from dashboards.views.scorecards.selection import CRITERIA

ROW_HEIGHT = 34
ROWS_IN_SIGHT = 20
ROWS_ON_A_PHONE = 40
WEEKS_IN_TREND = 14
HALF_RANGE = 0.5

OPEN = "Open"
"""The column of links to the partners' pages: names are no links, for the grid to sort by them."""

COLUMNS = {
    "Partner": "partner_name",
    "Type": "partner_type",
    "Tier": "current_tier",
    "Score": "weighted_score",
    "Δ 13w": "score_change_13w",
    "Revenue": "revenue_influence_score",
    "Delivery": "delivery_quality_score",
    "Security": "security_posture_score",
    "Support": "support_maturity_score",
    "Health": "health_score",
    "SI quality": "si_quality_score",
    "Movement": "movement",
    "Not measured": "not_measured",
    "Coverage": "coverage",
}
"""The columns of the table and the mart column that each shows."""


def table_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """The frame the wide table shows: one row per partner, columns as in COLUMNS."""
    criteria = {
        words.criterion(key): np.trunc((rows[f"{key}_score"] * 100).round(7)) / 100
        for key in CRITERIA
    }
    return pd.DataFrame(
        {
            "Partner": rows["partner_name"],
            OPEN: shell.partner_addresses(rows["partner_id"]),
            "Type": _each_once(rows["partner_type"], words.title),
            "Tier": rows["current_tier"].map(lambda tier: [words.title(tier)], na_action="ignore"),
            "Score": rows["score"],
            "13 weeks": around_today(rows["trend"]),
            "Δ 13w": _each_once(rows["change_13w"], words.delta),
            **criteria,
            "Health": health_chips(rows),
            "SI quality": np.floor((rows["si_quality_score"].astype("float64") * 10).round(7)) / 10,
            "Movement": movements(rows),
            "Not measured": not_measured(rows),
            "Coverage": np.floor((rows["coverage"] * 100).round(7)),
        }
    )


def health_chips(rows: pd.DataFrame) -> pd.Series:
    """Each row's health as the one chip of its cell: 65 Healthy; none where it is not measured."""
    pairs = list(zip(rows["health_score"], rows["health_band"], strict=True))
    chips = {
        pair: None if words.is_absent(pair[1]) else [f"{words.count(pair[0])} {pair[1]}"]
        for pair in set(pairs)
    }
    return pd.Series([chips[pair] for pair in pairs], index=rows.index, dtype="object")


def movements(rows: pd.DataFrame) -> pd.Series:
    """Each row's movement in words: ▲ Promote to Gold."""
    pairs = list(zip(rows["movement"], rows["recommended_tier"], strict=True))
    said = {pair: words.movement(*pair) for pair in set(pairs)}
    return pd.Series([said[pair] for pair in pairs], index=rows.index, dtype="object")


def around_today(trends: pd.Series) -> pd.Series:
    """Each row's scores minus its last, within the half point a sparkline shows, as lists.

    Fourteen weeks each: weeks before the partner's first and weeks without a score are null, and
    so is the whole list where the last week has no score.
    """
    scores = np.full((len(trends), WEEKS_IN_TREND), np.nan)
    for row, trend in enumerate(trends):
        if len(trend):
            scores[row, -len(trend) :] = trend
    offsets = np.clip(scores - scores[:, -1:], -HALF_RANGE, HALF_RANGE)
    lists = pa.ListArray.from_arrays(
        np.arange(len(trends) + 1, dtype=np.int32) * WEEKS_IN_TREND,
        pa.array(offsets.ravel(), from_pandas=True),
        mask=pa.array(np.isnan(scores[:, -1])),
    )
    return pd.Series(lists.to_pylist(), index=trends.index, dtype=object)


def not_measured(rows: pd.DataFrame) -> pd.Series:
    """The criteria without a score and why: Delivery, Security (source missing)."""
    return rows["absences"].map(_absence_words, na_action="ignore").fillna("")


def _each_once(values: pd.Series, worded: Callable[[Any], str]) -> pd.Series:
    """The words of each value, made once per distinct value."""
    return values.map({value: worded(value) for value in values.unique()})


def _absence_words(absences: Mapping[str, str]) -> str:
    by_status: dict[str, list[str]] = {}
    for key in CRITERIA:
        if key in absences:
            by_status.setdefault(absences[key], []).append(words.criterion(key))
    return ", ".join(
        f"{', '.join(names)} ({words.status(status)})" for status, names in by_status.items()
    )


def show_wide(
    rows: pd.DataFrame,
    definitions: Mapping[str, str],
    tiers: list[str],
    tones: Mapping[str, str],
    maximum: Decimal,
    *,
    key: str,
    selected: list[int],
) -> list[int]:
    """Draw the wide table with `selected` ticked at first; returns the positions of ticked rows."""
    shown = table_rows(rows)
    if not tones:
        shown = shown.drop(columns=["Health", "SI quality", "Movement"])
    event = st.dataframe(
        shown,
        key=key,
        height=ROW_HEIGHT * min(len(shown), ROWS_IN_SIGHT) + ROW_HEIGHT + 3,
        row_height=ROW_HEIGHT,
        hide_index=True,
        placeholder=words.ABSENT,
        column_config=_column_config(definitions, tiers, _chip_fills(shown, tones), maximum),
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": selected}},
        alt=f"Scorecards of {words.counted(len(shown), 'partner')}",
    )
    return list(event["selection"]["rows"])


def _chip_fills(shown: pd.DataFrame, tones: Mapping[str, str]) -> dict[str, str]:
    """The fill of each chip of health, by the tone of its band."""
    if "Health" not in shown:
        return {}
    chips = {chip for cell in shown["Health"].dropna() for chip in cell}
    return {chip: _tone_fill(tones.get(chip.partition(" ")[2])) for chip in sorted(chips)}


def _column_config(
    definitions: Mapping[str, str],
    tiers: list[str],
    chips: Mapping[str, str],
    maximum: Decimal,
) -> dict[str, Any]:
    column = st.column_config
    helps = {header: definitions.get(source) for header, source in COLUMNS.items()}
    config: dict[str, Any] = {
        "Partner": column.TextColumn(help=helps["Partner"], width=148),
        OPEN: column.LinkColumn(
            help="Opens the partner's page.",
            width=44,
            display_text="↗",
        ),
        "Type": column.TextColumn(help=helps["Type"], width=90),
        "Tier": column.MultiselectColumn(
            help=helps["Tier"],
            width=92,
            options=[words.title(tier) for tier in tiers],
            color=[_tier_fill(tier) for tier in tiers],
        ),
        "Score": column.NumberColumn(help=helps["Score"], width=58, format="%.2f"),
        "13 weeks": column.LineChartColumn(
            help="Score minus today's; the column spans half a point each way.",
            width=84,
            y_min=-HALF_RANGE,
            y_max=HALF_RANGE,
            color=MARKS["neutral"],
        ),
        "Δ 13w": column.TextColumn(help=helps["Δ 13w"], width=64, alignment="right"),
        "Health": column.MultiselectColumn(
            help=helps["Health"], width=108, options=list(chips), color=list(chips.values())
        ),
        "SI quality": column.NumberColumn(help=helps["SI quality"], width=70, format="%.1f"),
        "Movement": column.TextColumn(help=helps["Movement"], width=146),
        "Not measured": column.TextColumn(help=helps["Not measured"], width=150),
        "Coverage": column.NumberColumn(help=helps["Coverage"], width=76, format="%d%%"),
    }
    for criterion in CRITERIA:
        header = words.criterion(criterion)
        config[header] = column.ProgressColumn(
            help=helps[header],
            width=78,
            min_value=0,
            max_value=float(maximum),
            format="%.2f",
            color=MARKS["neutral"],
        )
    return config


def _tier_fill(tier: str) -> str:
    return _fill(TOKENS.get(f"tier-{tier}", TOKENS["tier-registered"]))


def _tone_fill(tone: str | None) -> str:
    return _fill(TOKENS.get(f"{tone}-fill", TOKENS["surface"]))


def _fill(token: Token) -> str:
    return token.dark if st.context.theme.type == "dark" else token.light


def show_on_phone(rows: pd.DataFrame) -> None:
    """The first forty partners: name, tier, score and change."""
    columns = (Column("Partner"), Column("Tier"), Column("Score, Δ 13w", is_number=True))
    first = rows.head(ROWS_ON_A_PHONE)
    missing = not_measured(first)
    lines = [
        [
            join(
                [shell.partner_link(row.partner_id, str(row.partner_name)), _beneath(row, absent)]
            ),
            join([marks.tier_chip(row.current_tier), _movement(row)]),
            join(
                [
                    tag("b", words.score(row.score)),
                    tag("span", marks.change(_change(row.change_13w)), class_="sub"),
                ]
            ),
        ]
        for row, absent in zip(records(first), missing, strict=True)
    ]
    st.html(table(columns, [Group(lines)], caption="Partners, first forty"))
    if len(rows) > ROWS_ON_A_PHONE:
        st.html(
            tag(
                "p",
                f"{ROWS_ON_A_PHONE} of {words.count(len(rows))} partners; "
                "narrow the filters or export.",
                class_="quiet",
            )
        )


def _movement(row: Any) -> Html:
    if words.is_absent(row.movement):
        return Html("")
    return tag("span", marks.movement(row.movement, row.recommended_tier), class_="sub")


def _beneath(row: Any, absent: str) -> Html:
    parts = [words.title(row.partner_type)]
    if not words.is_absent(row.health_band):
        parts.append(f"health {words.count(row.health_score)} {row.health_band}")
    if absent:
        parts.append(f"without {absent}")
    return tag("span", " · ".join(parts), class_="sub")


def _change(value: float) -> Any:
    return None if words.is_absent(value) else words.decimal(value)


def export_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """All the mart's columns of the chosen partners, scores in full, absences in words."""
    derived = ["score", "score_then", "change_13w", "urgency", "trend", "absences"]
    return rows.drop(columns=derived).assign(not_measured=not_measured(rows))
