"""What the numbers mean, and what they are of."""

from datetime import date, timedelta

from dashboards import words
from dashboards.dossier import facts
from dashboards.frames import records
from dashboards.packs.content.known import Known
from dashboards.packs.model import Cell, Column, Line, Lines, Section, Table

_TERMS = (
    (
        "Weighted score",
        "The criteria by their weights; what is not measured is left out, the rest counts more.",
    ),
    ("Coverage", "The share of the weights that is measured."),
    (
        "Rules, weight",
        "Parts of a change of the score: what we changed in the rules, and what moved because a "
        "criterion became or ceased to be measured.",
    ),
    (
        "Sourced",
        "The partner registered the deal in time and opened the door, by its day's rules.",
    ),
    ("Influenced", "The partner took part in the deal before it closed."),
    ("Gate", "What a tier asks for; judged at each quarter end."),
    ("—", "Absent, with the reason beside it: never 0."),
)


def section(known: Known) -> Section:
    """The last section: terms, metrics, and the data behind them."""
    programme, imprint = known.reading.programme, known.reading.imprint
    rows = [(Cell(term), Cell(meaning)) for term, meaning in _TERMS]
    if known.is_scored:
        dossier = known.dossier
        metrics = facts.scored(dossier.of_week(dossier.metrics)).sort_values("label")
        rows += [
            (Cell(str(row.label)), Cell(programme.meanings[row.metric_key]))
            for row in records(metrics)
            if row.status != "not_applicable"
            and row.metric_key in programme.meanings
            and not known.withheld(programme.meanings[row.metric_key])
        ]
    missing = known.reading.missing
    lines = (
        Line(f"Data to {words.day(imprint.as_of)}.", "What happened later is in no number here."),
        *_periods(known),
        Line(f"Version {imprint.version}.", "The same version gives the same pack, byte by byte."),
        Line(f"Policy {imprint.policy}.", f"Hash {imprint.policy_hash[:16]}."),
        Line(
            "Every extract that is needed is there and fresh."
            if not missing
            else f"{words.counted(len(missing), 'extract')} missing or stale.",
            "" if not missing else f"{words.listed(list(missing))}.",
        ),
        Line(f"Money is in {known.currency}.", "Converted at the rate of the day it belongs to."),
    )
    columns = (Column("Term", share=3), Column("What it means", share=9))
    return Section(
        "definitions",
        "Definitions and data date",
        _message(known),
        (Table("Terms and metrics", columns, tuple(rows)), Lines("The data", lines)),
        discuss="Which number here did anybody read differently?",
    )


def _message(known: Known) -> str:
    """Until when the numbers go: not all of them to the same day."""
    ends = [f"quarters to {words.day(day)}" for day in _quarter_end(known)]
    if known.is_internal:
        ends.append(f"margin to {words.day(_month_end(known))}")
    said = f"Numbers are to {words.day(known.as_of)}"
    return f"{said}, {words.listed(ends)}" if ends else said


def _periods(known: Known) -> list[Line]:
    """What goes to another day than the data."""
    lines = []
    if known.is_scored:
        last = known.dossier.now.period_end.date() - timedelta(days=1)
        lines.append(
            Line(
                f"Score, metrics and gates are those of the week to {words.day(last)}.",
                "A metric looks back from there, twelve months unless it says otherwise.",
            )
        )
    lines += [
        Line(
            f"The last quarter told ended on {words.day(day)}.",
            "What is newer is named now or so far.",
        )
        for day in _quarter_end(known)
    ]
    if known.is_internal:
        lines.append(
            Line(
                f"Margin goes to {words.day(_month_end(known))}.",
                "The last whole month, and eleven before it.",
            )
        )
    return lines


def _quarter_end(known: Known) -> list[date]:
    """The last day of the last quarter that ended, if one did."""
    return [row.period_end.date() - timedelta(days=1) for row in known.some("quarters")[-1:]]


def _month_end(known: Known) -> date:
    """The last day of the last whole month."""
    return (known.as_of + timedelta(days=1)).replace(day=1) - timedelta(days=1)
