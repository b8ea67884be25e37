"""The History tab: tiers with who decided, recommendations of past quarters, scores by week."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import shell, words
from dashboards.charts import marks
from dashboards.charts.cohorts import cohort_grid
from dashboards.charts.scores import score_history
from dashboards.dossier.programme import Programme
from dashboards.frames import records
from dashboards.markup import Column, Group, Html, join, name, table, tag
from dashboards.queries.partner import Dossier
from warehouse.ledger import Decision

_BEGINNING = pd.Timestamp(1901, 1, 1)
"""Before it, a tier was held as long as anybody knows."""


def show(known: Dossier, programme: Programme, decided: Sequence[Decision], as_of: date) -> None:
    """Scores by week, the tiers it held, what was recommended and what became of it."""
    shell.section("Weighted score by week", "Dashed are the scores the tiers near it ask for.")
    weeks = known.weeks.rename(columns={"period_start": "week", "weighted_score": "score"})
    st.plotly_chart(
        score_history(weeks, tier_lines(known), float(programme.score_maximum)),
        config={"displayModeBar": False},
        theme=None,
        alt=f"Weighted score of {words.counted(len(weeks), 'week')}, now "
        f"{words.score(known.now.weighted_score)}",
    )
    shell.section("Tiers", "Every tier it held, and who decided it, when and why.")
    if known.tiers is None:
        shell.state("This version was published before tier history was kept.")
    elif known.tiers.empty:
        shell.state("It has held no tier yet.")
    else:
        st.html(tiers_table(known.tiers))
    shell.section(
        "Recommendations",
        "What the programme recommended at each quarter end. A recommendation does not change "
        "afterwards; where today's rules would say otherwise, that stands beside it.",
    )
    if known.recommendations is None:
        shell.state("This version was published before recommendations were made.")
    elif known.recommendations.empty:
        shell.state("No quarter has ended since it joined.")
    else:
        st.html(recommendations_table(known.recommendations, decided))
    if known.cohorts is not None and not known.cohorts.empty:
        shell.section(
            "Its customers by the quarter of their first subscription",
            "The share of each quarter's accounts still active so many months later.",
        )
        st.html(cohort_grid(known.cohorts, as_of))


def tier_lines(known: Dossier) -> list[tuple[str, float]]:
    """The weighted score each tier asks for."""
    if known.gates is None:
        return []
    rows = known.gates[known.gates["gate"].eq("weighted_score")]
    return [(words.title(row.tier), float(row.required)) for row in records(rows)]


def tiers_table(tiers: pd.DataFrame) -> Html:
    """The spans of its tiers, latest first."""
    columns = (
        Column("Tier"),
        Column("From"),
        Column("Until", class_="extra"),
        Column("Decided by"),
        Column("Why"),
    )
    rows = [
        [
            marks.tier_chip(row.tier),
            "the start" if row.from_on < _BEGINNING else words.day(row.from_on),
            "now" if words.is_absent(row.until_on) else words.day(row.until_on),
            _decider(row),
            _text(row.note),
        ]
        for row in records(tiers)
    ]
    return table(columns, [Group(rows)], caption="Tiers over time")


def _decider(row: Any) -> str:
    if words.is_absent(row.decision_id):
        return "as it was recorded in the CRM"
    on = tag("span", f"on {words.day(row.decided_at)}", class_="sub")
    return join([_text(row.decided_by), on])


def recommendations_table(rows: pd.DataFrame, decided: Sequence[Decision]) -> Html:
    """Recommendations by quarter, latest first, with why and what was decided."""
    columns = (
        Column("Quarter to", class_="when"),
        Column("Recommended"),
        Column("Why"),
        Column("Decided"),
    )
    verdicts: dict[str | None, Decision] = {entry.recommendation: entry for entry in decided}
    lines = [
        [
            words.day(row.quarter_end),
            _recommended(row),
            join([_sentences(row.sentences), _firmness(row)]),
            _verdict(row, verdicts, is_latest=place == 0),
        ]
        for place, row in enumerate(records(rows))
    ]
    return tag(
        "div",
        table(columns, [Group(lines)], caption="Recommendations by quarter"),
        class_="stacked",
    )


def _recommended(row: Any) -> Html:
    said = marks.movement(row.action, row.recommended_tier)
    if words.is_absent(row.restated_action):
        return said
    today = f"by today's rules: {words.movement(row.restated_action)}"
    return join([said, tag("span", today, class_="sub")])


def _sentences(value: Any) -> str:
    if words.is_absent(value):
        return words.ABSENT
    return join([tag("p", line) for line in str(value).splitlines() if line])


def _firmness(row: Any) -> str:
    """How firm it stands: weightings that keep it, and the share of its largest account."""
    said = []
    if not words.is_absent(row.weight_sets_kept):
        kept, of = words.count(row.weight_sets_kept), words.count(row.weight_sets)
        said.append(f"{kept} of {of} weightings keep the tier it qualifies for")
    if not words.is_absent(row.concentration):
        said.append(f"largest account {words.percent(row.concentration)} of sourced ARR")
    return tag("span", " · ".join(said), class_="sub") if said else ""


def _verdict(row: Any, verdicts: Mapping[str | None, Decision], *, is_latest: bool) -> str:
    found = verdicts.get(row.recommendation_id)
    if found is None:
        is_asking = row.action in {"promote", "demote", "pause", "exit"}
        if not is_asking:
            return words.ABSENT
        return "waiting" if is_latest else "nobody decided"
    parts: list[str] = [
        words.title(found.verdict),
        tag("span", f"{found.decided_by}, {words.day(found.decided_at)}", class_="sub"),
    ]
    if found.note:
        parts.append(tag("span", found.note, class_="sub"))
    return join(parts)


def _text(value: Any) -> str:
    return words.ABSENT if words.is_absent(value) else name(str(value))
