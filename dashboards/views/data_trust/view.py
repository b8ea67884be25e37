"""Data trust: what was loaded, what was refused and why, how fresh it is, and what was checked."""

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from dashboards import filters, shell, words
from dashboards.frames import records
from dashboards.markup import join, tag
from dashboards.queries.trust import Trust, trust
from dashboards.views.data_trust import restatements, tables
from dashboards.views.data_trust.selection import (
    ALL,
    ALL_REFUSED,
    MISSING,
    STALE,
    STATES,
    idle,
    refused_rows,
)
from dashboards.views.data_trust.terms import TERMS
from warehouse import snapshots

VERSIONS_SHOWN = 12
_REFUSED_FILES, _REFUSED_ROWS, _CHECKS = "refused-files", "refused-rows", "checks"
_UNFILTERED = {"state": ALL, "extract": ALL_REFUSED, "reason": ""}


def render(visit: shell.Visit) -> None:
    """Draw the page for one published version."""
    with shell.loading(visit):
        known = trust(visit.edition)
    shell.head("Data trust", visit, _takeaway(visit, known), TERMS)
    shell.stale_notice(visit.edition)
    shell.needs_you(needs(known), visit, "Nothing needs you", unfiltered=_UNFILTERED)
    shell.strip(figures(known))
    _extracts(visit, known)
    _refused_files(known)
    _refused_rows(visit, known)
    versions = snapshots.versions(visit.settings)
    main, aside = st.columns([2, 1], gap="large")
    with main:
        _checks(known)
        _drift(known)
    with aside:
        _versions(visit, versions)
        _policy(visit, known)
    restatements.show(visit, versions)
    if visit.edition.scope is None:
        _totals(known)
    _overlaps(visit, known)


def needs(known: Trust) -> list[shell.Need]:
    """What a reader should act on, most pressing first."""
    extracts, checks = known.extracts, known.checks
    refused_files = int(extracts["files_refused"].sum())
    stale = int(extracts["is_stale"].sum())
    failed = int((~checks["passed"]).sum())
    refused = int(extracts["rows_refused"].sum())
    absent = int(shell.missing(extracts).sum())
    found: tuple[tuple[int, str, str, str | None, dict[str, str]], ...] = (
        (refused_files, "file", "refused whole", _REFUSED_FILES, {}),
        (stale, "extract", "past the limit of age", None, {"state": STALE}),
        (failed, "check", "failed", _CHECKS, {}),
        (refused, "row", "refused", _REFUSED_ROWS, {}),
        (absent, "extract", "that metrics need missing", None, {"state": MISSING}),
    )
    return [
        shell.Need(words.counted(number, noun), rest, section=section, filters=filters)
        for number, noun, rest, section, filters in found
        if number
    ]


def figures(known: Trust) -> list[shell.Figure]:
    """The numbers above the tables."""
    extracts, checks = known.extracts, known.checks
    present = extracts["is_present"]
    rows_in = int(extracts["rows_in"].sum())
    accepted = int(extracts["rows_accepted"].sum())
    refused = int(extracts["rows_refused"].sum())
    stale = int(extracts["is_stale"].sum())
    dated = int((present & extracts["age_days"].notna()).sum())
    files = int(extracts["files"].sum())
    blocking = checks[checks["is_blocking"]]
    return [
        shell.Figure(
            "Extracts present",
            words.count(int(present.sum())),
            f"{words.counted(files, 'file')} landed, "
            f"{words.count(int(extracts['files_refused'].sum()))} refused",
            f"of {words.count(len(extracts))}",
        ),
        shell.Figure(
            "Rows accepted",
            words.count(accepted),
            f"{words.percent(accepted / rows_in)} of {words.count(rows_in)} in"
            if rows_in
            else "no rows in",
            definition=TERMS["Accepted"],
        ),
        shell.Figure(
            "Rows refused",
            words.count(refused),
            f"in {words.counted(int(extracts['rows_refused'].gt(0).sum()), 'extract')}",
            definition=TERMS["Refused"],
        ),
        shell.Figure(
            "Within the limit of age",
            words.count(dated - stale),
            f"{words.count(stale)} stale" if stale else "none stale",
            f"of {words.count(dated)}",
            definition=TERMS["Age"],
        ),
        shell.Figure(
            "Checks passed",
            words.count(int(checks["passed"].sum())),
            f"{words.count(len(blocking))} of them can block",
            f"of {words.count(len(checks))}",
            definition=TERMS["Blocking"],
        ),
    ]


def _takeaway(visit: shell.Visit, known: Trust) -> shell.Takeaway:
    tables: dict[str, Callable[[], pd.DataFrame]] = {
        "extracts": lambda: known.extracts.assign(
            needed_by=known.extracts["needed_by"].map(", ".join)
        ),
        "files": lambda: known.loads,
        "checks": lambda: known.checks,
    }
    if visit.edition.scope is None:
        tables |= {
            "refused rows": lambda: known.refused,
            "control totals": lambda: known.control_totals,
        }
    return shell.Takeaway(f"data-trust-{visit.imprint.version}", tables)


def _extracts(visit: shell.Visit, known: Trust) -> None:
    shell.section("Extracts", "Rows in = accepted + refused. The line on the age bar is the limit.")
    state = st.pills(
        "Extracts to show",
        list(STATES),
        default=ALL,
        key="state",
        required=True,
        label_visibility="collapsed",
        bind="query-params",
    )
    chosen = known.extracts[STATES[state](known.extracts)]
    quiet = chosen[idle(chosen)] if state == ALL else chosen.head(0)
    if chosen.empty:
        shell.no_match(f"No extract: {state.lower()}.", unfiltered=_UNFILTERED)
        return
    st.html(tables.extracts_table(chosen.drop(index=quiet.index), visit.imprint.as_of))
    if not quiet.empty:
        names = [shell.extract_name(row.system, row.entity) for row in records(quiet)]
        sentence = f"Absent, and needed by no metric in force: {words.listed(names)}."
        st.html(tag("p", sentence, class_="quiet"))


def _refused_files(known: Trust) -> None:
    if known.loads["state"].eq("refused").any():
        shell.section(
            "Refused files",
            "Nothing of these was taken; what other files hold of the extract stands.",
            anchor=_REFUSED_FILES,
        )
        st.html(tables.refused_files_table(known.loads))


def _refused_rows(visit: shell.Visit, known: Trust) -> None:
    total = int(known.extracts["rows_refused"].sum())
    if not total:
        shell.section("Refused rows", anchor=_REFUSED_ROWS)
        shell.state("No row was refused.")
        return
    if visit.edition.scope is not None:
        said = f"{words.counted(total, 'row')} refused. They may be of any partner: not shown here."
        shell.section("Refused rows", said, anchor=_REFUSED_ROWS)
        return
    shell.section(
        "Refused rows",
        f"{words.counted(total, 'row')} refused; here are samples, fifty at most of an extract and "
        "its reasons. Place is file and record, the header being record 1.",
        anchor=_REFUSED_ROWS,
    )
    names = {
        shell.extract_name(system, entity): f"{system}.{entity}"
        for system, entity in known.refused[["system", "entity"]]
        .drop_duplicates()
        .itertuples(index=False)
    }
    with st.container(horizontal=True, key="refused-filters", vertical_alignment="center"):
        extract = filters.choice("Extract", [ALL_REFUSED, *names], key="extract", width=260)
        needle = filters.search("Reason, file or value", key="reason", width=260)
    rows = refused_rows(known.refused, names.get(extract), needle)
    if rows.empty:
        shell.no_match(f"No refused row holds “{needle}”.", unfiltered=_UNFILTERED)
        return
    _rows_table(rows)


def _rows_table(rows: pd.DataFrame) -> None:
    st.dataframe(
        pd.DataFrame(
            {
                "Extract": [
                    shell.extract_name(system, entity)
                    for system, entity in zip(rows["system"], rows["entity"], strict=True)
                ],
                "Why": rows["reasons"],
                "File": rows["path"],
                "Record": rows["record"],
                "Row": rows["row_json"],
            }
        ),
        hide_index=True,
        row_height=34,
        height=34 * min(len(rows), 10) + 37,
        placeholder=words.ABSENT,
        column_config={
            "Extract": st.column_config.TextColumn(width=150),
            "Why": st.column_config.TextColumn(width=330, help=TERMS["Refused"]),
            "File": st.column_config.TextColumn(width=230),
            "Record": st.column_config.NumberColumn(width=74, format="%d", help=TERMS["Record"]),
            "Row": st.column_config.TextColumn(width=440),
        },
        alt=f"{words.counted(len(rows), 'refused row')} with reasons",
    )


def _checks(known: Trust) -> None:
    checks = known.checks
    passed = int(checks["passed"].sum())
    shell.section(
        "Checks", f"{words.count(passed)} of {words.count(len(checks))} passed.", anchor=_CHECKS
    )
    if checks.empty:
        shell.state("No check is recorded in this version.")
        return
    if passed < len(checks):
        st.html(tables.failed_checks_table(checks))
    st.html(tables.checks_table(checks))


def _drift(known: Trust) -> None:
    shell.section("Columns", "Against the contracts and earlier files of the same extract.")
    if known.drift.empty:
        shell.state("Every extract has the columns of its contract, and no others.")
        return
    st.html(tables.drift_table(known.drift))


def _versions(visit: shell.Visit, versions: Sequence[snapshots.Version]) -> None:
    note = f"Schema {visit.imprint.schema_version}, made by code {visit.imprint.code_version}."
    shell.section("Versions", note)
    shown = versions[:VERSIONS_SHOWN]
    st.html(tables.versions_table(shown, visit.served, visit.edition.version))
    if len(versions) > VERSIONS_SHOWN:
        more = words.counted(len(versions) - VERSIONS_SHOWN, "earlier version")
        st.html(tag("p", f"and {more}", class_="quiet"))


def _policy(visit: shell.Visit, known: Trust) -> None:
    shell.section("Policy in force")
    hashed = tag("code", visit.imprint.policy_hash, class_="long")
    st.html(tag("p", join(["Version ", tag("b", visit.imprint.policy), ", hash ", hashed])))
    st.html(tables.policy_table(known))


def _totals(known: Trust) -> None:
    shell.section("Control totals", "In the currency of the rows, to the last digit.")
    if known.control_totals.empty:
        shell.state("No extract with money has landed.")
        return
    st.html(tables.totals_table(known.control_totals))


def _overlaps(visit: shell.Visit, known: Trust) -> None:
    if not known.overlaps.empty:
        shell.section(
            "Overlapping files",
            "API usage is keyed by file: hours that two files share count twice.",
        )
        st.html(tables.overlaps_table(known.overlaps, visit.imprint.as_of))
