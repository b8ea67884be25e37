"""The Evidence tab: the source rows that add up to one metric in one period."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import filters, shell, words
from dashboards.charts import marks
from dashboards.dossier import facts
from dashboards.dossier.facts import exact
from dashboards.dossier.programme import Programme
from dashboards.frames import records
from dashboards.markup import Column, Group, Html, table, tag
from dashboards.queries.evidence import evidence
from dashboards.queries.partner import Dossier
from dashboards.views.partner.selection import EVIDENCE

ROWS_AS_TABLE = 12
_ROW_HEIGHT = 34


def choose(known: Dossier) -> tuple[Any, pd.DataFrame] | None:
    """Draw the choice of metric and period; the metric's row, and all of that choice.

    None where it has no metric at all.
    """
    metrics = known.metrics
    if metrics.empty:
        return None
    by_label = metrics.drop_duplicates("label", keep="last").sort_values("label")
    periods = period_names(metrics)
    with filters.row():
        label = filters.choice("Metric", by_label["label"].tolist(), key="metric", width=280)
        period = filters.choice("Period", list(periods), key="period", width=280)
    kind, start = periods[period]
    chosen = metrics[
        metrics["label"].eq(label)
        & metrics["period_kind"].eq(kind)
        & metrics["period_start"].eq(start)
    ]
    return next(records(chosen), None), chosen


def period_names(metrics: pd.DataFrame) -> dict[str, tuple[str, pd.Timestamp]]:
    """The periods to choose from, latest first and weeks before quarters, by their names."""
    periods = metrics[["period_kind", "period_start", "period_end"]].drop_duplicates()
    ordered = periods.sort_values(["period_kind", "period_start"], ascending=False)
    return {
        period_name(row.period_kind, row.period_start, row.period_end): (
            row.period_kind,
            row.period_start,
        )
        for row in records(ordered)
    }


def period_name(kind: str, start: Any, end: Any) -> str:
    """Week of 9 Nov 2026; quarter to 30 Sep 2026."""
    if kind == "week":
        return f"Week of {words.day(start)}"
    return f"Quarter to {words.day(end - timedelta(days=1))}"


def asked_for(metric: Any) -> dict[str, str]:
    """What the address asks for to show the rows behind a metric of the latest week."""
    return {"tab": EVIDENCE, "metric": str(metric.label)}


def rows_of(visit: shell.Visit, known: Dossier, metric: Any) -> pd.DataFrame:
    """The source rows behind a metric's row."""
    return evidence(
        visit.edition, known.who.partner_id, metric.metric_key, metric.period_end.date()
    )


def show(visit: shell.Visit, known: Dossier, programme: Programme, metric: Any) -> None:
    """The metric with its parts, the rows behind it, and whether they add up to it."""
    if metric is None:
        shell.state("This metric was not part of the programme in this period.")
        return
    value = words.measure(exact(metric.value), metric.unit, programme.currency)
    shell.section(f"{metric.label}: {value}", programme.meanings.get(metric.metric_key, ""))
    if metric.status not in {"measured", "too_few", "no_events"}:
        why = facts.absence(metric, known.who.partner_type, programme.absent_extracts)
        shell.state("There is nothing to list.", f"{words.title(why)}.")
        return
    rows = rows_of(visit, known, metric)
    st.html(totals(metric, rows, programme.currency))
    if rows.empty:
        shell.state("No source row counts in it.", "That is why it stands at what it does.")
    elif len(rows) <= ROWS_AS_TABLE:
        st.html(evidence_table(rows, metric, programme.currency))
    else:
        _long_table(rows, metric)


def totals(metric: Any, rows: pd.DataFrame, currency: str) -> Html:
    """What the rows add up to, beside the metric's own numerator and denominator."""
    parts = [("Counted", "contribution", metric.numerator)]
    if not words.is_absent(metric.denominator):
        parts.append(("Out of", "denominator", metric.denominator))
    cells = []
    for label, column, expected in parts:
        added = sum((words.decimal(v) for v in rows[column].dropna()), Decimal(0))
        of_metric = exact(expected)
        if of_metric is None:
            verdict = marks.judged("none", "the metric has none")
        elif added == of_metric:
            verdict = marks.judged("good", "agrees with the metric")
        else:
            by = contribution(abs(added - of_metric), metric.unit, currency)
            verdict = marks.judged("bad", f"differs by {by}")
        shown = contribution(added, metric.unit, currency)
        unit = tag("small", currency if metric.unit == "usd" else "")
        value = tag("dd", shown, " ", unit, class_="value")
        cells.append(tag("div", tag("dt", label), value, tag("dd", verdict)))
    number = tag(
        "div",
        tag("dt", "Source rows"),
        tag("dd", words.count(len(rows)), class_="value"),
        tag("dd", _said_of_status(metric)),
    )
    return tag("dl", number, *cells, class_="strip")


def _said_of_status(metric: Any) -> str:
    if metric.status == "measured":
        return "stale extract" if metric.is_stale else "measured"
    return words.status(
        metric.status, sample=int(metric.sample_size), minimum=int(metric.minimum_sample)
    )


def contribution(value: Decimal | None, unit: str, currency: str) -> str:
    """A part of a metric: money to the cent, all else to the last place that is not 0."""
    if unit == "usd":
        return words.amount(value, currency)
    return words.number(value, places=9)


def evidence_table(rows: pd.DataFrame, metric: Any, currency: str) -> Html:
    """The rows with what each adds, and their total last."""
    is_divided = not words.is_absent(metric.denominator)
    columns = [
        Column("Row"),
        Column("Extract", class_="extra"),
        Column("Happened"),
        Column(_counts(metric, currency), is_number=True),
        *([Column("Out of", is_number=True)] if is_divided else []),
    ]
    lines = [
        [
            tag("code", str(row.entity_id)),
            extract(row.entity),
            words.day(row.happened_at),
            contribution(exact(row.contribution), metric.unit, currency),
            *([contribution(exact(row.denominator), metric.unit, currency)] if is_divided else []),
        ]
        for row in records(rows)
    ]
    total = [
        tag("b", "Total"),
        "",
        "",
        tag("b", _total(rows["contribution"], metric.unit, currency)),
        *([tag("b", _total(rows["denominator"], metric.unit, currency))] if is_divided else []),
    ]
    return table(columns, [Group([*lines, total])], caption=f"Source rows of {metric.label}")


def _counts(metric: Any, currency: str) -> str:
    return f"Counts, {currency}" if metric.unit == "usd" else "Counts"


def _total(parts: "pd.Series[float]", unit: str, currency: str) -> str:
    added = sum((words.decimal(v) for v in parts.dropna()), Decimal(0))
    return contribution(added, unit, currency)


def extract(entity: str) -> str:
    """An extract in words from `system.entity`."""
    system, _, of = entity.partition(".")
    return shell.extract_name(system, of)


def _number(values: "pd.Series[float]", unit: str) -> Any:
    """A column of parts: money to the cent, all else with the decimals that one of them needs."""
    known = values.dropna()
    places = next(p for p in range(10) if p == 9 or known.round(p).eq(known.round(9)).all())
    return st.column_config.NumberColumn(format="accounting" if unit == "usd" else f"%.{places}f")


def _long_table(rows: pd.DataFrame, metric: Any) -> None:
    is_divided = not words.is_absent(metric.denominator)
    shown = pd.DataFrame(
        {
            "Row": rows["entity_id"],
            "Extract": rows["entity"].map(extract),
            "Happened": rows["happened_at"],
            "Counts": rows["contribution"],
            **({"Out of": rows["denominator"]} if is_divided else {}),
        }
    )
    st.dataframe(
        shown,
        hide_index=True,
        row_height=_ROW_HEIGHT,
        height=_ROW_HEIGHT * min(len(shown), 16) + _ROW_HEIGHT + 3,
        placeholder=words.ABSENT,
        column_config={
            "Happened": st.column_config.DateColumn(format="D MMM YYYY"),
            "Counts": _number(rows["contribution"], metric.unit),
            "Out of": _number(rows["denominator"], metric.unit),
        },
        alt=f"{words.counted(len(rows), 'source row')} of {metric.label}",
    )
