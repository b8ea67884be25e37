"""What the Ecosystem page shows: KPI tiles, one KPI in full, segments, wins and failures."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pandas as pd

from dashboards import shell, words
from dashboards.charts import marks
from dashboards.charts.ecosystem import Tile, kpi_tile
from dashboards.frames import records
from dashboards.markup import Column, Group, Html, join, table, tag, text
from dashboards.reconciliation import in_units
from dashboards.views.ecosystem.parts import makeup
from dashboards.views.ecosystem.selection import (
    FAMILIES,
    NOT_MEASURED,
    OFF_TARGET,
    ON_TARGET,
    SEGMENTS,
    WATCH,
    Kpi,
    targets,
)

PATH = "ecosystem"
EVENTS_AT_ONCE = 8
_STATUS: dict[str, tuple[marks.Judgement, str]] = {
    ON_TARGET: ("good", "on target"),
    WATCH: ("watch", "watch"),
    OFF_TARGET: ("bad", "off target"),
}
_REASONS = {
    "named_strategic": "named by us",
    "top_and_growing": "at the top and growing",
    "grew": "grew",
    "qualified_above": "qualifies above its tier",
    "sourced_arr_missing": "sourced ARR is missing",
    "year_before_unknown": "year before unknown",
    "no_growth": "no growth",
}


def value(amount: Any, unit: str, currency: str) -> str:
    """What a KPI comes to, or is made of, in its unit: $21.4M, 24.1%, 104 d, 2.0×, 52."""
    if words.is_absent(amount):
        return words.ABSENT
    if unit == "share":
        return words.percent(amount)
    if unit == "days":
        return f"{words.number(amount, places=0)} d"
    if unit == "ratio":
        times = words.number(amount, places=1)
        return f"{times}×" if "." in times else f"{times}.0×"
    if unit == "hours":
        return f"{words.number(amount, places=0)} h"
    return words.measure(amount, {"usd": "usd", "score": "score"}.get(unit, unit), currency)


def target(row: Any, currency: str) -> str:
    """What is aimed at: target $20M, under 90 d, at most 0.5, 20–30%, no target."""
    lines = [value(line, row.unit, currency) for line in targets(row)]
    if not lines:
        return "no target"
    if len(lines) > 1:
        low, high = lines
        return f"{low.removesuffix('%')}–{high}" if high.endswith("%") else f"{low}–{high}"
    if row.direction == "lower":
        return f"{'at most' if row.target_is_inclusive else 'under'} {lines[0]}"
    return f"target {lines[0]}"


def status(row: Any) -> tuple[marks.Judgement, str]:
    """How a KPI is judged, or why it is not."""
    if row.measure_status != "measured":
        minimum = None if words.is_absent(row.minimum_sample) else int(row.minimum_sample)
        sample = None if words.is_absent(row.sample_size) else int(row.sample_size)
        return "none", words.status(row.measure_status, sample=sample, minimum=minimum)
    judgement, said = _STATUS.get(row.status, ("none", "no target"))
    return judgement, said if words.is_absent(row.stale_sources) else f"{said}, stale"


def owner(row: Any) -> str:
    """Whose it is, and whether it shows what comes or what was: Support, leading."""
    return join([text(row.owner), ", ", text(row.nature)])


def tiles(kpis: Sequence[Kpi], currency: str, noun: str) -> Html:
    """A family's KPIs, a tile each. `noun` is a period: month or week."""
    drawn = []
    for kpi in kpis:
        row = kpi.now
        judgement, said = status(row)
        drawn.append(
            kpi_tile(
                Tile(
                    name=row.label,
                    href=shell.address(PATH, kpi=row.label),
                    definition=row.definition,
                    value=value(row.value, row.unit, currency),
                    judgement=judgement,
                    status=said,
                    values=kpi.history["value"].tolist(),
                    targets=targets(row),
                    trend=trend(kpi, currency, noun),
                    target=target(row, currency),
                    owner=owner(row),
                )
            )
        )
    return tag("ul", *drawn, class_="kpis")


def trend(kpi: Kpi, currency: str, noun: str) -> str:
    """The line in words: 24 months, from $18M to $21.4M; target $20M."""
    known = kpi.history["value"].dropna()
    if known.empty:
        return "no value yet"
    first, last = (value(each, kpi.now.unit, currency) for each in (known.iloc[0], known.iloc[-1]))
    of = words.counted(len(kpi.history), noun)
    return f"{kpi.now.label}, {of}: from {first} to {last}; {target(kpi.now, currency)}"


def family_note(kpis: Sequence[Kpi]) -> str:
    """A family in a few words: all on target; SLA attainment needs a person; 8 of 9 on target."""
    judged = [kpi for kpi in kpis if kpi.now.status in _STATUS]
    off = [kpi.now.label for kpi in judged if kpi.now.status == OFF_TARGET]
    unmeasured = sum(kpi.now.status == NOT_MEASURED for kpi in kpis)
    parts = []
    if len(off) in (1, 2):
        parts.append(f"{words.listed(off)} {'needs' if len(off) == 1 else 'need'} a person")
    elif off:
        parts.append(f"{words.count(len(off))} of {words.count(len(judged))} need a person")
    elif judged:
        on = sum(kpi.now.status == ON_TARGET for kpi in judged)
        parts.append(
            "all on target"
            if on == len(judged)
            else f"{words.count(on)} of {words.count(len(judged))} on target"
        )
    if unmeasured:
        parts.append(f"{words.count(unmeasured)} not measured")
    return ", ".join(parts)


def arr_note(kpis: Sequence[Kpi]) -> str:
    """What the shares of ARR are of, for Attribution shows others; empty without them."""
    row = next((kpi.now for kpi in kpis if kpi.key == "sourced_share"), None)
    if row is None:
        return ""
    return (
        f"Sourced and influenced are of new and expansion deals won in {window(row)}, without "
        "renewals. Attribution counts fiscal quarters, the running one and renewals too."
    )


def against(kpi: Kpi, currency: str, noun: str) -> str:
    """Why a KPI needs somebody: 91.2% against 95%, for 3 months, in all 24 months known."""
    row = kpi.now
    aim = re.sub("^(target|under|at most) ", "", target(row, currency))
    said = f"{value(row.value, row.unit, currency)} against {aim}"
    return said if kpi.off_for < 2 else f"{said}, {lasting(kpi, noun)}"


def lasting(kpi: Kpi, noun: str) -> str:
    """How long a KPI is off its target; nobody knows of more than the history."""
    periods = words.counted(kpi.off_for, noun)
    return f"in all {periods} known" if kpi.is_always_off else f"for {periods}"


def facts(kpi: Kpi, currency: str, noun: str) -> Html:
    """One KPI in full beside its line: what it is, whose, and how it moved."""
    row, history = kpi.now, kpi.history
    judgement, said = status(row)
    now = join([tag("b", value(row.value, row.unit, currency)), marks.judged(judgement, said)], " ")
    lines = [
        (f"{noun.capitalize()} to {words.day(last_day(row))}", now),
        ("Target", text(target(row, currency).removeprefix("target "))),
        ("Owner", text(row.owner)),
        ("Kind", text(f"{row.nature} indicator")),
        ("Looks back on", text(window(row))),
    ]
    for label, back in ((f"A {noun} before", 1), ("A year before", 12 if noun == "month" else 52)):
        if len(history) > back:
            then = history.iloc[-1 - back]
            lines.append((label, text(value(then["value"], row.unit, currency))))
    cases = makeup(kpi.key).cases
    if cases and not words.is_absent(row.sample_size):
        lines.append(("Rests on", text(f"{words.count(int(row.sample_size))} {cases}")))
    for label, sources in (("Missing", row.missing_sources), ("Stale", row.stale_sources)):
        if not words.is_absent(sources):
            lines.append((label, marks.judged("watch", extracts(str(sources)))))
    return join(
        [
            tag("p", row.definition),
            tag(
                "dl",
                *(tag("div", tag("dt", label), tag("dd", shown)) for label, shown in lines),
                class_="kpi-facts",
            ),
        ]
    )


def extracts(sources: str) -> str:
    """Extracts, and columns of them, by their names: CRM surveys and CRM opportunities (amount)."""
    named = []
    for source in sources.split(","):
        system, entity, *column = source.strip().split(".")
        of = f" ({words.spelled(column[0])})" if column else ""
        named.append(f"{shell.extract_name(system, entity)}{of}")
    return words.listed(named)


def window(row: Any) -> str:
    """What a value looks back on: the last 12 months, or how it stands at the period's end."""
    if words.is_absent(row.window_months):
        return "how it stands at the end"
    months = int(row.window_months)
    return "the last month" if months == 1 else f"the last {months} months"


def last_day(row: Any) -> Any:
    """The last day of a row's period."""
    return row.period_end - timedelta(days=1)


def history_table(kpi: Kpi, currency: str) -> Html:
    """The periods of one KPI, the latest first: its value and what it is made of."""
    made = makeup(kpi.key)
    parts = [
        ("numerator", made.counted),
        ("denominator", made.out_of),
        ("sample_size", (made.cases, "count") if made.has_own_cases else None),
    ]
    shown = [(column, *part) for column, part in parts if part is not None]
    rows = []
    for row in records(kpi.history.iloc[::-1]):
        judgement, said = status(row)
        rows.append(
            [
                words.day(last_day(row)),
                value(row.value, kpi.now.unit, currency),
                *(value(getattr(row, column), unit, currency) for column, _, unit in shown),
                marks.judged(judgement, said),
            ]
        )
    columns = (
        Column("To"),
        Column("Value", is_number=True),
        *(Column(words.title(said), is_number=True, class_="extra") for _, said, _ in shown),
        Column("Status"),
    )
    return table(columns, [Group(rows)], caption=f"{kpi.now.label} by period", is_tall=True)


def segments_table(rows: pd.DataFrame, currency: str, meanings: Mapping[str, str]) -> Html:
    """A row per segment: who is in it, who came and went, what it sources and may have."""
    known = rows.assign(before=rows["segment_before"].fillna(rows["segment"]))
    lines = []
    for key, label in SEGMENTS.items():
        own = known[known["segment"].eq(key)]
        came = int(own["before"].ne(key).sum())
        went = int((known["before"].eq(key) & known["segment"].ne(key)).sum())
        moved = [f"{words.UP} {came} in"] * bool(came) + [f"{words.DOWN} {went} out"] * bool(went)
        first = own.iloc[0] if len(own) else None
        funds = own["mdf_cents"].sum(min_count=min(len(own), 1))
        lines.append(
            [
                label,
                words.count(len(own)),
                ", ".join(moved) or "nobody moved",
                words.measure(float(own["sourced_arr"].sum()), "usd", currency),
                words.money(funds, currency),
                words.ABSENT if first is None else words.spelled(str(first["review_cadence"])),
            ]
        )
    columns = (
        Column("Segment"),
        Column("Partners", is_number=True),
        Column("Since the quarter before", class_="extra"),
        Column("Sourced ARR", is_number=True),
        Column(
            "MDF a quarter, at most",
            is_number=True,
            definition=meanings.get("mdf_cents"),
            class_="extra",
        ),
        Column("Reviewed", class_="extra"),
    )
    return table(columns, [Group(lines)], caption="Partners by segment")


def segment_list(rows: pd.DataFrame, currency: str, meanings: Mapping[str, str]) -> Html:
    """Partners of one segment, the largest sourced ARR first, and why each is in it."""
    lines = []
    for row in records(rows):
        moved = not words.is_absent(row.segment_before) and row.segment_before != row.segment
        was = f", was {SEGMENTS.get(row.segment_before, row.segment_before).lower()}"
        why = _REASONS.get(str(row.reason), words.spelled(str(row.reason)))
        lines.append(
            [
                shell.partner_link(str(row.partner_id), str(row.partner_name)),
                marks.tier_chip(row.current_tier),
                words.measure(row.sourced_arr, "usd", currency),
                words.percent(row.growth),
                join([text(why), tag("b", was) if moved else ""]),
            ]
        )
    columns = (
        Column("Partner"),
        Column("Tier", class_="extra"),
        Column("Sourced ARR", is_number=True, definition=meanings.get("sourced_arr")),
        Column("Growth", is_number=True, definition=meanings.get("growth")),
        Column("Why", class_="extra", definition=meanings.get("reason")),
    )
    return table(columns, [Group(lines)], caption="Partners of the segment")


def events_list(rows: pd.DataFrame, currency: str, as_of: Any) -> Html:
    """Wins or failures, the weightiest first: the day, what happened, to whom, the amount."""
    lines = []
    for row in records(rows.head(EVENTS_AT_ONCE)):
        told = [tag("span", row.text, dir="auto")]
        if not words.is_absent(row.partner_name):
            told.append(shell.partner_link(str(row.partner_id), str(row.partner_name)))
        elif not words.is_absent(row.partner_id):
            told.append(tag("span", "partner not known", class_="quiet"))
        amount = (
            ""
            if words.is_absent(row.amount_cents)
            else tag("b", words.money(row.amount_cents, currency))
        )
        lines.append(
            tag(
                "li",
                tag("span", words.day_within(row.on_date, as_of), class_="quiet when"),
                tag("span", join(told, " · "), class_="what"),
                tag("span", amount, class_="number"),
            )
        )
    return tag("ul", *lines, class_="events")


def export_kpis(kpis: pd.DataFrame) -> pd.DataFrame:
    """Every KPI of every month and week, to take away."""
    return pd.DataFrame(
        {
            "KPI": kpis["label"],
            "Family": kpis["family"].map(FAMILIES).fillna(kpis["family"]),
            "Period": kpis["period_kind"],
            "From": kpis["period_start"].dt.date,
            "To, exclusive": kpis["period_end"].dt.date,
            "Value": kpis["value"],
            "Unit": kpis["unit"],
            "Numerator": kpis["numerator"],
            "Denominator": kpis["denominator"],
            "Sample": kpis["sample_size"],
            "Measured": kpis["measure_status"].map(words.spelled),
            "Target": kpis["target"],
            "Target, high": kpis["target_high"],
            "Status": kpis["status"].map(words.spelled),
            "Owner": kpis["owner"],
            "Nature": kpis["nature"],
            "Missing": kpis["missing_sources"],
            "Stale": kpis["stale_sources"],
            "Definition": kpis["definition"],
        }
    )


def export_segments(rows: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Every partner with its segment, to take away."""
    return pd.DataFrame(
        {
            "Partner": rows["partner_name"],
            "Manager": rows["partner_manager"],
            "Quarter to": rows["quarter_end"].dt.date,
            "Segment": rows["segment"].map(SEGMENTS).fillna(rows["segment"]),
            "Before": rows["segment_before"].map(SEGMENTS, na_action="ignore"),
            "Why": rows["reason"].map(_REASONS).fillna(rows["reason"]),
            f"Sourced ARR, {currency}": rows["sourced_arr"],
            "Growth": rows["growth"],
            f"MDF a quarter, at most, {currency}": in_units(rows["mdf_cents"], currency),
            "Co-build days": rows["co_build_days"],
            "Roadmap votes": rows["roadmap_votes"],
        }
    )


def export_events(rows: pd.DataFrame, currency: str) -> pd.DataFrame:
    """The quarter's wins and failures, to take away."""
    return pd.DataFrame(
        {
            "Quarter to": rows["quarter_end"].dt.date,
            "Kind": rows["kind"].map(words.title),
            "On": rows["on_date"].dt.date,
            "What": rows["text"],
            "Partner": rows["partner_name"],
            f"Amount, {currency}": in_units(rows["amount_cents"], currency),
        }
    )
