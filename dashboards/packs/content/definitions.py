"""What the numbers mean, and what they are of."""

from dashboards import words
from dashboards.frames import records
from dashboards.packs.content.known import Known
from dashboards.packs.model import Cell, Column, Line, Lines, Section, Table
from dashboards.views.partner import facts

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
        f"All numbers are as of {words.day(imprint.as_of)}",
        (Table("Terms and metrics", columns, tuple(rows)), Lines("The data", lines)),
        discuss="Which number here did anybody read differently?",
    )
