"""Customers: installs and activations, delivery, retention by cohort, incidents and NPS."""

from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any

import pandas as pd

from dashboards import words
from dashboards.dossier import facts
from dashboards.dossier.facts import COMPONENTS, WEEKS
from dashboards.frames import records
from dashboards.packs.content import known as say
from dashboards.packs.content.business import quarter_label
from dashboards.packs.content.known import Known, listed_table, sentence, spelled_count
from dashboards.packs.model import (
    Absent,
    Block,
    Cell,
    Cohort,
    CohortCell,
    Cohorts,
    Column,
    Point,
    Section,
    Series,
    Table,
    Unit,
)
from dashboards.queries.packs import QUARTERS, WEEKS_DRAWN

_COHORTS_SHOWN = 8


def installs(known: Known) -> Section:
    """Installs and activations, and for those who deliver the quality of it."""
    weeks = known.some("weeks")
    blocks: list[Block] = [*_onboarding(known)]
    if not weeks or words.is_absent(weeks[-1].active_installs):
        reason = (
            "There is no whole week of it yet."
            if not weeks
            else "The extract of installs is missing."
        )
        blocks.append(Absent("Active installs", reason))
        message = "Installs are not measured"
    else:
        active = int(weeks[-1].active_installs)
        new, live = (_last(weeks, column) for column in ("installs", "activations"))
        message = (
            f"{sentence(spelled_count(active, 'install'))} active; {words.count(new)} installed "
            f"and {words.count(live)} activated in {WEEKS} weeks"
        )
        blocks += [
            _weekly(known, weeks, "active_installs", "Active installs", "line"),
            _weekly(known, weeks, "activations", "Activations a week", "columns"),
        ]
    blocks += _delivery(known)
    return Section(
        "installs",
        "Installs and activations",
        message,
        tuple(blocks),
        discuss=_discuss_installs(known),
    )


def _last(weeks: list[Any], column: str) -> int:
    values = [getattr(row, column) for row in weeks[-WEEKS:]]
    return sum(int(value) for value in values if not words.is_absent(value))


def _weekly(known: Known, weeks: list[Any], column: str, title: str, kind: Any) -> Series:
    return Series(
        title=title,
        name=title,
        unit="count",
        points=tuple(
            Point(
                words.day_within(row.period_start, known.as_of),
                None if words.is_absent(value) else Decimal(int(value)),
                words.count(value),
            )
            for row in weeks[-WEEKS_DRAWN:]
            for value in [getattr(row, column)]
        ),
        kind=kind,
        is_half=True,
    )


def _onboarding(known: Known) -> list[Block]:
    """Where a partner stands that is still being taken on."""
    row = next(iter(known.some("onboarding")), None)
    if row is None or words.is_absent(row.intake_on) or not words.is_absent(row.first_success_on):
        return []
    steps = (
        ("Intake", row.intake_on),
        ("Security cleared", row.security_cleared_on),
        ("Sandbox ready", row.sandbox_ready_on),
        ("First certificate", row.certified_on),
        ("First success", row.first_success_on),
    )
    rows = tuple(
        (
            Cell(name),
            say.day(on, known.as_of),
            Cell("– still to come", None, "quiet")
            if words.is_absent(on)
            else Cell("✓ done", None, "good"),
        )
        for name, on in steps
    )
    stands = "" if words.is_absent(row.stage) else f"Now at {words.spelled(str(row.stage))}"
    since = (
        ""
        if words.is_absent(row.days_in_stage) or not stands
        else f" for {words.counted(int(row.days_in_stage), 'day')}"
    )
    late = ", longer than planned" if row.is_stuck is True or row.is_late is True else ""
    columns = (
        Column("Step", share=3),
        Column("On", unit="date", share=2),
        Column("State", share=3),
    )
    return [Table("Onboarding", columns, rows, f"{stands}{since}{late}")]


def _delivery(known: Known) -> list[Block]:
    """SI quality by component; nothing for partners that do not deliver."""
    now = facts.weekly(known.dossier, known.dossier.si_quality) if known.is_scored else None
    if now is None:
        return []
    then = facts.weekly(known.dossier, known.dossier.si_quality, WEEKS)
    rows = [
        (
            Cell(label),
            Cell(
                words.measure(facts.exact(getattr(now, column)), unit),
                facts.exact(getattr(now, column)),
            ),
            _points(getattr(now, f"{key}_score")),
            _change(now, then, f"{key}_score"),
        )
        for key, label, column, unit in COMPONENTS
    ]
    whole = _points(now.si_quality_score)
    if whole.value is None:
        whole = Cell(words.status(str(now.status)), None, "quiet")
    live = words.counted(int(now.live_projects), "live project") if now.live_projects else ""
    rows.append((Cell("SI quality"), Cell(live), whole, _change(now, then, "si_quality_score")))
    columns = (
        Column("Delivery, 12 months", share=4),
        Column("Value", unit="count", share=3),
        Column("0 to 100", unit="points", share=2),
        Column(f"In {WEEKS} weeks", unit="points", share=2),
    )
    blocks: list[Block] = [Table("SI quality by component", columns, tuple(rows), has_total=True)]
    late = known.some("projects")
    if late:
        lines = [
            (
                Cell(known.said(row.project_id, "a project")),
                say.day(row.planned_go_live_on, known.as_of),
                say.day(row.went_live_on, known.as_of),
                say.count(row.days_late),
            )
            for row in sorted(
                late, key=lambda r: (not words.is_absent(r.went_live_on), -r.days_late)
            )
        ]
        columns = (
            Column("Project", share=4),
            Column("Planned", unit="date", share=3),
            Column("Went live", unit="date", share=3),
            Column("Days late", unit="days", share=2),
        )
        blocks.append(
            listed_table("Projects that are or were late", columns, lines[:6], noun="project")
        )
    return blocks


def _points(score: Any) -> Cell:
    if words.is_absent(score):
        return Cell("not measured", None, "quiet")
    return Cell(words.points(score), words.decimal(score))


def _change(now: Any, then: Any, column: str) -> Cell:
    before = None if then is None else getattr(then, column)
    change = words.points_change(facts.exact(getattr(now, column)), facts.exact(before))
    tone = "quiet" if not change else "good" if change > 0 else "bad"
    return Cell(words.delta(change, pattern="{:.1f}"), change, tone)  # type: ignore[arg-type]


def _discuss_installs(known: Known) -> str:
    rate = known.metric("activation_rate")
    if rate is None or words.is_absent(rate.value):
        why = "" if rate is None else f" ({known.metric_words(rate)})"
        return f"The activation rate is not measured{why}: where will the next installs come from?"
    said = known.metric_words(rate)
    before = known.metric("activation_rate", WEEKS)
    has_before = before is not None and not words.is_absent(before.value)
    was = f", {known.metric_words(before)} {WEEKS} weeks ago" if has_before else ""
    if words.decimal(rate.value) >= 1:
        return f"Every install is activated in time ({said}): what do we install next?"
    return f"The activation rate is {said}{was}: which installs wait, and for what?"


def retention(known: Known) -> Section:
    """Retention by cohort."""
    rows = known.rows("cohorts")
    metric = known.metric("customer_retention")
    if rows is None or rows.empty:
        reason = (
            "This version was published before cohorts were made."
            if rows is None
            else "No customer holds or held a subscription of this partnership."
        )
        return Section(
            "retention",
            "Retention by cohort",
            "There is no cohort of customers to follow",
            (Absent("Retention by cohort", reason),),
            discuss="Which customer could be the first, and who owns the first ninety days?",
        )
    measured = metric is not None and not words.is_absent(metric.value)
    said = known.metric_words(metric)
    message = (
        f"{said} of the customers of a year ago are customers still"
        if measured
        else _kept_in_cohorts(rows)
    )
    latest = sorted(set(rows["cohort_quarter"]), reverse=True)[:_COHORTS_SHOWN]
    months = sorted(set(rows["months"]))
    cohorts = []
    for quarter in latest:
        of_quarter = rows[rows["cohort_quarter"].eq(quarter)]
        by_month = {cell.months: cell for cell in records(of_quarter)}
        cohorts.append(
            Cohort(
                name=_quarter(quarter),
                size=say.count(of_quarter["accounts"].iloc[0]),
                cells=tuple(_cohort_cell(by_month.get(each), known.as_of) for each in months),
            )
        )
    grid = Cohorts(
        "Share of each quarter's customers still active",
        "Customers",
        tuple(words.counted(int(each), "month") for each in months),
        tuple(cohorts),
        "By the quarter of their first subscription; a cohort is due on the anniversary of its "
        "last day.",
    )
    return Section(
        "retention",
        "Retention by cohort",
        message,
        (grid,),
        discuss=_discuss_retention(known, rows[rows["cohort_quarter"].isin(latest)]),
    )


def _kept_in_cohorts(rows: pd.DataFrame) -> str:
    """What stayed to the last anniversary, for those whose retention no metric measures."""
    last = rows[rows["months"].eq(rows["months"].max()) & rows["active_share"].notna()]
    if last.empty:
        return "No cohort has come to its last anniversary yet"
    began, stayed = int(last["accounts"].sum()), int(last["active_accounts"].sum())
    return (
        f"{words.count(stayed)} of {words.counted(began, 'customer')} stayed "
        f"{words.counted(int(last['months'].iloc[0]), 'month')} or longer"
    )


def _quarter(start: Any) -> str:
    end = start + pd.DateOffset(months=2)
    first, last = (words.day(day).split() for day in (start, end))
    return f"{first[1]}–{last[1]} {last[2]}"


def _cohort_cell(cell: Any, as_of: date) -> CohortCell:
    if cell is None:
        return CohortCell(words.ABSENT, None)
    if not words.is_absent(cell.active_share):
        return CohortCell(
            words.percent(cell.active_share, places=0), words.decimal(cell.active_share)
        )
    due = cell.due_on.date()
    if due <= as_of:
        return CohortCell(words.ABSENT, None)
    _, month, year = words.day(due).split()
    return CohortCell(f"due {month}" if due.year == as_of.year else f"due {month} {year}", None)


def _discuss_retention(known: Known, rows: pd.DataFrame) -> str:
    told = rows[rows["active_share"].notna()]
    if told.empty:
        return "No cohort is due yet: what will we have done for these customers by then?"
    worst = told.sort_values(["active_share", "cohort_quarter", "months"]).iloc[0]
    metric = known.metric("customer_retention")
    if worst["active_share"] >= 1 and metric is not None and (facts.exact(metric.value) or 1) < 1:
        return "Which customers of a year ago are gone, and what went wrong?"
    if worst["active_share"] >= 1:
        return "Nobody has left: which of these customers are ready to buy more?"
    lost = int(worst["accounts"]) - int(worst["active_accounts"])
    left = spelled_count(lost, "has", "have")
    why = "what went wrong" if lost == 1 else "what had they in common"
    return (
        f"Of the customers of {_quarter(worst['cohort_quarter'])}, {left} left by month "
        f"{int(worst['months'])}: {why}?"
    )


def incidents(known: Known) -> Section:
    """Incidents and NPS, eight quarters and today."""
    quarters = known.some("quarters")
    if not quarters:
        return Section(
            "incidents",
            "Incidents and NPS",
            "No quarter has ended yet",
            (Absent("Incidents and NPS", "They are told by quarter, and none has ended yet."),),
            discuss="How will we ask these customers how it goes?",
        )
    shown = _told(known)
    blocks = (
        *(
            _series_or_absent(title, "points" if title.endswith("NPS") else "score", points)
            for title, points, _ in shown
        ),
        _partner_nps(known),
    )
    last = [(title, points[-1].text) for title, points, _ in shown if points]
    message = ", ".join(
        f"{title.lower() if place and not title.endswith('NPS') else title}: {said}"
        for place, (title, said) in enumerate(last)
    )

    return Section(
        "incidents",
        "Incidents and NPS",
        message,
        blocks,
        discuss=_discuss_incidents(known),
        note=f"Each point looks back on twelve months; quarters are named by their last month"
        f"{_until_now(known)}. Incidents are those {known.you} caused.",
    )


def _until_now(known: Known) -> str:
    week = _week_now(known)
    return "" if week is None else f", now is {_last_day(week)}"


def _week_now(known: Known) -> Any:
    """The latest week's end where it lies after the last quarter's, else None."""
    quarters = known.some("quarters")
    if not known.is_scored or known.dossier.now.period_end <= quarters[-1].period_end:
        return None
    return known.dossier.now.period_end


def _last_day(end: Any) -> str:
    return words.day(pd.Timestamp(end) - pd.Timedelta(days=1))


def _quarters_and_now(known: Known, rows: pd.DataFrame) -> list[tuple[str, Any]]:
    """Rows of the last quarters and of the latest week, each with what it is called."""
    of_quarters = rows[rows["period_kind"].eq("quarter")].tail(QUARTERS)
    told = [(quarter_label(row.period_end), row) for row in records(of_quarters)]
    now = _week_now(known)
    if now is None:
        return told
    of_week = rows[rows["period_kind"].eq("week") & rows["period_end"].eq(now)]
    return [*told, *(("now", row) for row in records(of_week))]


def _told(known: Known) -> list[tuple[str, tuple[Point, ...], bool]]:
    """Incidents and NPS by quarter, and whether more of it is better.

    Who delivers projects is judged by them, everybody else by installs.
    """
    quality = known.rows("si_quality")
    if quality is not None and quality["period_kind"].eq("quarter").any():
        rows = _quarters_and_now(known, quality)
        return [
            (title, tuple(_of_quality(label, row, column) for label, row in rows), is_better_up)
            for title, column, is_better_up in (
                ("Incidents a project-year", "incidents_per_project_year", False),
                ("Project NPS", "customer_nps", True),
            )
        ]
    metrics = known.dossier.metrics
    return [
        (
            title,
            tuple(
                Point(label, _as_shown(row.value, row.unit), known.metric_words(row))
                for label, row in _quarters_and_now(known, metrics[metrics["metric_key"].eq(key)])
            ),
            is_better_up,
        )
        for title, key, is_better_up in (
            ("Incidents per 100 install-months", "incident_rate", False),
            ("Customer NPS", "customer_nps", True),
        )
    ]


_UNITS = {column: unit for _, _, column, unit in COMPONENTS}


def _of_quality(label: str, row: Any, column: str) -> Point:
    value = facts.exact(getattr(row, column))
    said = "not measured" if value is None else words.measure(value, _UNITS[column])
    return Point(label, _as_shown(value, _UNITS[column]), said)


def _as_shown(value: Any, unit: str) -> Decimal | None:
    """The number as its words say it: scores of 0 to 100 are cut to tenths everywhere."""
    exact = facts.exact(value)
    if exact is None or unit != "score":
        return exact
    return exact.quantize(Decimal("0.1"), ROUND_DOWN)


def _partner_nps(known: Known) -> Block:
    title = f"NPS of {known.your} own people"
    rows = known.dossier.health
    if rows is None:
        return Absent(title, "This version was published before health was measured.")
    points = tuple(
        Point(
            label,
            _as_shown(row.partner_nps, "score"),
            words.measure(row.partner_nps, "score")
            if not words.is_absent(row.partner_nps)
            else f"too few answers ({words.count(row.partner_answers)})",
        )
        for label, row in _quarters_and_now(known, rows)
    )
    return _series_or_absent(title, "points", points)


def _series_or_absent(title: str, unit: Unit, points: tuple[Point, ...]) -> Block:
    if all(point.value is None for point in points):
        reason = points[-1].text if points else "no quarter has ended"
        return Absent(title, f"{sentence(reason)}.", is_half=True)
    return Series(title=title, name=title, unit=unit, points=points, is_half=True)


def _discuss_incidents(known: Known) -> str:
    said: list[str] = []
    since: list[str] = []
    for title, points, is_better_up in _told(known):
        measured = [(point, point.value) for point in points if point.value is not None]
        if len(measured) < 2:
            continue
        (before, was), (now, value) = measured[-2:]
        if now not in points[-2:]:
            # What was last measured long ago is no news.
            continue
        since.append(before.label)
        name = title if title.endswith("NPS") else title.lower()
        if was != value and (value > was) != is_better_up:
            to = now.text if now is points[-1] else f"{now.text} ({now.label})"
            said.append(f"{name} went from {before.text} ({before.label}) to {to}")
    if said:
        return f"{sentence(words.listed(said))}: what is behind it, and what do we change?"
    if not since:
        return "Too little is measured to compare: how will we ask these customers how it goes?"
    return f"Nothing got worse since {since[0]}: what do we keep doing, and whom do we thank?"
