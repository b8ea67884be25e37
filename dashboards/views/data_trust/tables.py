"""The tables of the page, as HTML, from the frames of `queries.trust`."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from dashboards import words
from dashboards.charts import marks
from dashboards.frames import records
from dashboards.markup import Column, Group, Html, join, name, table, tag, text
from dashboards.queries.trust import Trust
from dashboards.shell import extract_name
from dashboards.views.data_trust.terms import TERMS
from warehouse.contracts import load_contracts
from warehouse.snapshots import Version


def extracts_table(extracts: pd.DataFrame, as_of: date) -> Html:
    """Each extract by system: its state, its rows as a bar of accepted and refused, its age."""
    columns = (
        Column("Extract", definition=TERMS["Extract"]),
        Column("State"),
        Column("Rows in", is_number=True, definition=TERMS["Rows in"]),
        Column("Accepted, refused", class_="extra"),
        Column("Refused", is_number=True, definition=TERMS["Refused"]),
        Column("Superseded", is_number=True, definition=TERMS["Superseded"], class_="extra"),
        Column("Orphaned", is_number=True, definition=TERMS["Orphaned"], class_="extra"),
        Column("Newest", definition=TERMS["Newest"], class_="extra"),
        Column("Age against limit", definition=TERMS["Age"], class_="extra"),
    )
    groups = [
        Group(
            [_extract_cells(row, as_of) for row in records(rows)], heading=words.title(str(system))
        )
        for system, rows in extracts.groupby("system", sort=True)
    ]
    groups.append(Group([_total_cells(extracts)], heading=""))
    return table(columns, groups, caption="Extracts: rows and freshness")


def _extract_cells(row: Any, as_of: date) -> list[str]:
    files = words.counted(int(row.files), "file")
    title = tag(
        "span",
        words.title(row.entity),
        title=_description(row.system, row.entity),
    )
    if not row.is_present:
        needed = (
            f"needed by {words.listed(row.needed_by[:2])}"
            if row.is_needed
            else "needed by no metric"
        )
        title = join([title, tag("span", needed, class_="sub")])
        return [title, _absence(row), *[words.ABSENT] * 7]
    return [
        join([title, tag("span", files, class_="sub")]),
        _state(row),
        words.count(row.rows_in),
        _accepted_bar(int(row.rows_accepted), int(row.rows_refused)),
        _emphasised(row.rows_refused),
        words.count(row.rows_superseded),
        words.count(row.rows_orphaned),
        words.day_within(row.newest_at, as_of),
        _age(row),
    ]


def _absence(row: Any) -> Html:
    if row.files_refused:
        return marks.judged("bad", f"{words.counted(int(row.files_refused), 'file')} refused")
    return marks.judged("watch", "missing") if row.is_needed else marks.judged("none", "absent")


def _accepted_bar(accepted: int, refused: int) -> Html:
    label = f"{words.count(accepted)} rows accepted, {words.count(refused)} refused"
    return marks.split_bar(accepted, refused, label)


def _state(row: Any) -> Html:
    if row.files_refused:
        return marks.judged("bad", f"{words.counted(int(row.files_refused), 'file')} refused")
    if row.is_stale:
        return marks.judged("watch", f"stale, {words.counted(int(row.age_days), 'day')}")
    return marks.judged("good", "fresh" if _has_age(row) else "present")


def _has_age(row: Any) -> bool:
    return not words.is_absent(row.age_days) and not words.is_absent(row.freshness_window_days)


def _age(row: Any) -> Html:
    if not _has_age(row):
        return tag("span", "no freshness column", class_="quiet")
    age, limit = int(row.age_days), int(row.freshness_window_days)
    note = f"{words.counted(age, 'day')}, limit {limit}"
    return join(
        [
            marks.age_bar(age, limit),
            " ",
            tag("span", note, class_="watch" if row.is_stale else "quiet"),
        ]
    )


def _emphasised(refused: int) -> Html:
    return tag("b", words.count(refused)) if refused else text(words.count(refused))


def _total_cells(extracts: pd.DataFrame) -> list[str]:
    accepted, refused = int(extracts["rows_accepted"].sum()), int(extracts["rows_refused"].sum())
    return [
        tag("b", "Together"),
        f"{words.count(int(extracts['is_present'].sum()))} present",
        tag("b", words.count(int(extracts["rows_in"].sum()))),
        _accepted_bar(accepted, refused),
        _emphasised(refused),
        words.count(int(extracts["rows_superseded"].sum())),
        words.count(int(extracts["rows_orphaned"].sum())),
        "",
        "",
    ]


def _description(system: str, entity: str) -> str | None:
    contract = load_contracts().get(f"{system}.{entity}")
    return None if contract is None else contract.description


def refused_files_table(loads: pd.DataFrame) -> Html:
    """Files that were refused whole, and why."""
    columns = (Column("File"), Column("Size", is_number=True, class_="extra"), Column("Why"))
    lines = [
        [tag("code", row.path), words.size(row.size_bytes), name(str(row.reason), "reason")]
        for row in records(loads[loads["state"].eq("refused")])
    ]
    return table(columns, [Group(lines)], caption="Refused files")


def failed_checks_table(checks: pd.DataFrame) -> Html:
    """Checks that failed, blocking ones first."""
    columns = (Column("Failed check"), Column("In words"))
    lines = [
        [
            join(
                [
                    marks.judged("bad" if row.is_blocking else "watch", row.check_name),
                    tag("span", _dataset(row.stage, row.dataset), class_="sub"),
                ]
            ),
            # The message opens with what the first column says.
            str(row.message).removeprefix(f"{row.dataset}: {row.check_name}: "),
        ]
        for row in records(checks[~checks["passed"]])
    ]
    return table(columns, [Group(lines)], caption="Failed checks")


def checks_table(checks: pd.DataFrame) -> Html:
    """Per dataset, how many checks passed."""
    columns = (
        Column("Dataset"),
        Column("Passed", is_number=True),
        Column("", class_="extra"),
        Column("Blocking", is_number=True, definition=TERMS["Blocking"]),
    )
    groups = []
    for stage, heading in (("raw", "Extracts, as landed"), ("marts", "Marts, as built")):
        of_stage = checks[checks["stage"].eq(stage)]
        lines = []
        for dataset, rows in of_stage.groupby("dataset", sort=True):
            passed, total = int(rows["passed"].sum()), len(rows)
            label = f"{passed} of {total} checks passed"
            lines.append(
                [
                    _dataset(stage, str(dataset)),
                    f"{passed} of {total}",
                    marks.split_bar(passed, total - passed, label),
                    words.count(int(rows["is_blocking"].sum())),
                ]
            )
        if lines:
            groups.append(Group(lines, heading=heading))
    return table(columns, groups, caption="Checks by dataset")


def _dataset(stage: str, dataset: str) -> str:
    """The extract in words, or the mart by name: `raw.crm__partners` is CRM partners."""
    relation = dataset.removeprefix(f"{stage}.")
    system, _, entity = relation.partition("__")
    return extract_name(system, entity) if stage == "raw" and entity else tag("code", relation)


def _text(value: object) -> str:
    return words.ABSENT if words.is_absent(value) or value == "" else str(value)


def drift_table(drift: pd.DataFrame) -> Html:
    """Columns that came, went, or were never delivered."""
    columns = (
        Column("Extract"),
        Column("New", definition=TERMS["New column"]),
        Column("Vanished", definition=TERMS["Vanished column"]),
        Column("Not delivered", definition=TERMS["Not delivered"]),
    )
    lines = [
        [extract_name(row.system, row.entity), *map(_columns, (row.new, row.vanished, row.absent))]
        for row in records(drift)
    ]
    return table(columns, [Group(lines)], caption="Columns that changed")


def _columns(names: Sequence[str]) -> Html:
    return tag("code", ", ".join(names)) if len(names) else text(words.ABSENT)


def totals_table(totals: pd.DataFrame) -> Html:
    """Each money column by currency: accepted, how much of that is negative, and refused."""
    columns = (
        Column("Money column", definition=TERMS["Control total"]),
        Column("Currency"),
        Column("Rows", is_number=True, class_="extra"),
        Column("Accepted", is_number=True),
        Column("of it negative", is_number=True, class_="extra"),
        Column("Rows refused", is_number=True, class_="extra"),
        Column("Refused", is_number=True),
    )
    lines = [
        [
            join([extract_name(row.system, row.entity), " ", tag("code", row.column_name)]),
            _text(row.currency),
            words.count(row.accepted_rows),
            tag("b", _total(row.accepted_total, row.currency)),
            _total(row.negative_total, row.currency),
            words.count(row.refused_rows),
            _total(row.refused_total, row.currency),
        ]
        for row in records(totals)
    ]
    return table(columns, [Group(lines)], caption="Control totals of money", is_tall=True)


def _total(written: str | None, currency: str | None) -> str:
    if written is None or words.is_absent(written):
        return words.ABSENT
    return words.amount(Decimal(written), None if words.is_absent(currency) else currency)


def overlaps_table(overlaps: pd.DataFrame, as_of: date) -> Html:
    """Files of the same extract that cover the same hours."""
    columns = (Column("File"), Column("Other file"), Column("From"), Column("Until"))
    lines = [
        [
            tag("code", row.path),
            tag("code", row.other_path),
            words.moment(row.from_at, as_of),
            words.moment(row.until_at, as_of),
        ]
        for row in records(overlaps)
    ]
    return table(columns, [Group(lines)], caption="Overlapping files")


def policy_table(trust: Trust) -> Html:
    """The files of the policy and how many rules each holds."""
    columns = (Column("Policy file"), Column("Rows", is_number=True))
    lines = [
        [tag("code", f"{row.table_name}.csv"), words.count(row.rows)]
        for row in records(trust.policy)
    ]
    return table(columns, [Group(lines)], caption="Policy in force")


def versions_table(versions: Sequence[Version], served: str, opened: str) -> Html:
    """The published versions, newest data first; the served one is marked, others can be opened."""
    columns = (
        Column("Version", definition=TERMS["Version"]),
        Column("Data to", is_number=True),
        Column(""),
    )
    lines = [
        [
            join(
                [
                    tag("code", version.name),
                    tag(
                        "span",
                        f"published {words.moment(version.published_at, version.as_of)}",
                        class_="sub",
                    ),
                    marks.judged("good", "served") if version.name == served else "",
                ]
            ),
            words.day(version.as_of),
            _opening(version.name, served, opened),
        ]
        for version in versions
    ]
    return table(columns, [Group(lines)], caption="Published versions")


def _opening(version: str, served: str, opened: str) -> Html:
    if version == opened:
        return tag("span", "open", class_="quiet")
    asked = "data-trust" if version == served else f"data-trust?version={version}"
    return tag("a", "Open", href=asked, target="_self", aria_label=f"Open version {version}")
