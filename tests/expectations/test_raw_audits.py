"""Audits of raw loads, each at its limit."""

from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from conftest import Extract, Judge

from expectations.runner import audit, blocking_failures, record
from orchestration.landing import Run, land_entity, mount
from warehouse.contracts import load_contracts
from warehouse.settings import CHECKOUT
from warehouse.snapshots import HISTORY_COLUMNS

REFUSED = "few rows are refused"
ORPHANS = "most rows find what they refer to"
VOLUME = "no load drops against the loads before it"

DEALS = "i::varchar as opportunity_id, timestamp '2026-01-01' + to_days(i::int % 90) as created_at"


def published(path: str, *rows: int, system: str = "crm", entity: str = "accounts") -> pd.DataFrame:
    """A file's rows in versions published week by week."""
    return pd.DataFrame(
        [
            (f"v{week}", date(2026, 1, 5 + week), system, entity, path, f"content {week}", count)
            for week, count in enumerate(rows)
        ],
        columns=HISTORY_COLUMNS,
    )


def test_a_refresh_without_extracts_has_nothing_to_judge(judge: Judge) -> None:
    assert judge("raw") == {}


def test_an_absent_extract_is_no_error(extract: Extract, judge: Judge) -> None:
    extract("crm.partners", rows=200)
    assert {each.dataset for each in judge("raw").values()} == {"raw.crm__partners"}


def test_a_tiny_load_of_every_entity_passes(extract: Extract, judge: Judge) -> None:
    for name in load_contracts():
        extract(name, rows=10, refused=5, orphaned=10)
    results = judge("raw").values()
    assert len({each.dataset for each in results}) == len(load_contracts())
    assert [each.message for each in results if not each.passed] == []


@pytest.mark.parametrize(("refused", "passed"), [(200, True), (201, False)])
def test_one_refused_row_in_five_is_the_limit(
    extract: Extract, judge: Judge, refused: int, passed: bool
) -> None:
    extract("crm.accounts", rows=1000 - refused, refused=refused)
    check = judge("raw")[f"raw.crm__accounts: {REFUSED}"]
    assert (check.passed, check.is_blocking) == (passed, True)


def test_a_failure_says_dataset_rule_expectation_and_what_was_seen(
    extract: Extract, judge: Judge
) -> None:
    extract("crm.accounts", rows=690, refused=310)
    results = judge("raw").values()
    assert blocking_failures(results) == [
        "raw.crm__accounts: few rows are refused: expected refused_share at most 0.2, observed 0.31"
    ]


@pytest.mark.parametrize(("rows", "judged"), [(99, False), (100, True)])
def test_shares_are_judged_from_a_hundred_rows_on(
    extract: Extract, judge: Judge, rows: int, judged: bool
) -> None:
    extract("crm.partners", rows=rows - 60, refused=60)
    check = judge("raw")[f"raw.crm__partners: {REFUSED}"]
    assert check.passed is not judged
    assert check.observed == ("0.6" if judged else "nothing to judge")


@pytest.mark.parametrize(("orphaned", "passed"), [(100, True), (101, False)])
def test_half_of_the_rows_may_be_orphans(
    extract: Extract, judge: Judge, orphaned: int, passed: bool
) -> None:
    extract("telemetry.integrations", rows=1)
    extract("crm.partners", rows=1)
    extract("crm.accounts", rows=1)
    extract("telemetry.installs", "i::varchar as install_id", rows=200, orphaned=orphaned)
    assert judge("raw")[f"raw.telemetry__installs: {ORPHANS}"].passed is passed


def test_rows_whose_parents_are_absent_are_no_orphans(extract: Extract, judge: Judge) -> None:
    extract("telemetry.installs", "i::varchar as install_id", rows=200, orphaned=200)
    assert judge("raw")[f"raw.telemetry__installs: {ORPHANS}"].observed == "nothing to judge"


@pytest.mark.parametrize(("rows", "passed"), [(500, True), (499, False)])
def test_a_replaced_file_may_lose_half_of_its_rows(
    extract: Extract, judge: Judge, rows: int, passed: bool
) -> None:
    extract("crm.accounts", rows=rows)
    history = published("crm/accounts.csv", 900, 1000, 1100)
    check = judge("raw", history=history)[f"raw.crm__accounts: {VOLUME}"]
    assert check.passed is passed
    assert check.is_blocking


def test_a_drop_names_the_file_and_both_counts(extract: Extract, judge: Judge) -> None:
    extract("crm.accounts", rows=120)
    history = published("crm/accounts.csv", 1000)
    assert blocking_failures(judge("raw", history=history).values()) == [
        "raw.crm__accounts: no load drops against the loads before it: "
        "expected kept_share at least 0.5, observed 120 rows against 1,000 in crm/accounts.csv"
    ]


def test_loads_of_other_entities_are_no_measure(extract: Extract, judge: Judge) -> None:
    extract("crm.accounts", rows=1)
    paths = [f"crm/partners/{week}.csv" for week in range(4)]
    history = pd.concat([published(path, 100, entity="partners") for path in paths])
    assert judge("raw", history=history)[f"raw.crm__accounts: {VOLUME}"].passed


def test_many_dropped_files_are_named_in_part(extract: Extract, judge: Judge) -> None:
    paths = [f"crm/accounts/{week}.csv" for week in range(5)]
    for path in paths:
        extract("crm.accounts", rows=1, path=path)
    history = pd.concat([published(path, 100) for path in paths])
    (message,) = blocking_failures(judge("raw", history=history).values())
    assert message.endswith("in crm/accounts/2.csv; 2 more")


def test_a_file_that_is_refused_whole_is_a_load_of_no_rows(
    build: duckdb.DuckDBPyConnection, extract: Extract, judge: Judge
) -> None:
    extract("crm.accounts", rows=0)
    build.execute("update quality.loads set state = 'refused'")
    build.execute("update quality.entities set is_present = false where files > 0")
    history = published("crm/accounts.csv", 1000)
    (message,) = blocking_failures(judge("raw", history=history).values())
    assert message.endswith("observed 0 rows against 1,000 in crm/accounts.csv")
    assert blocking_failures(judge("raw").values()) == []


def test_a_drop_from_a_handful_of_rows_is_not_judged(extract: Extract, judge: Judge) -> None:
    extract("crm.accounts", rows=3)
    history = published("crm/accounts.csv", 19)
    assert judge("raw", history=history)[f"raw.crm__accounts: {VOLUME}"].passed


@pytest.mark.parametrize(("rows", "passed"), [(10, True), (9, False)])
def test_a_file_of_calls_may_be_a_sunday(
    extract: Extract, judge: Judge, rows: int, passed: bool
) -> None:
    extract("telemetry.api_usage", rows=rows, path="telemetry/api_usage.csv")
    history = published("telemetry/api_usage.csv", 100, system="telemetry", entity="api_usage")
    check = judge("raw", history=history)[f"raw.telemetry__api_usage: {VOLUME}"]
    assert check.passed is passed


@pytest.mark.parametrize(("wrong", "passed"), [(2, True), (3, False)])
def test_one_row_in_a_hundred_may_have_a_wrong_year(
    extract: Extract, judge: Judge, wrong: int, passed: bool
) -> None:
    responded = f"case when i < {wrong} then timestamp '2099-01-01' else '2026-01-01' end"
    extract("crm.surveys", f"5 as score, {responded} as responded_at", rows=200)
    results = judge("raw")
    assert results["raw.crm__surveys: hardly any row lies in the far future"].passed is passed
    newest = results["raw.crm__surveys: the newest row does not lie in the far future"]
    assert (newest.passed, newest.is_blocking) == (False, False)


@pytest.mark.parametrize(("won", "passed"), [(99, True), (100, False)])
def test_a_hundred_closed_deals_are_not_all_won(
    extract: Extract, judge: Judge, won: int, passed: bool
) -> None:
    extract(
        "crm.opportunities",
        f"{DEALS}, 'a' as account_id, true as is_closed, i < {won} as is_won",
        rows=100,
    )
    assert judge("raw")["raw.crm__opportunities: deals are both won and lost"].passed is passed


def test_a_warning_does_not_block(extract: Extract, judge: Judge) -> None:
    extract(
        "crm.opportunities",
        "i::varchar as opportunity_id, 'a' as account_id, timestamp '2026-01-01' as created_at",
        rows=100,
    )
    results = judge("raw")
    assert not results["raw.crm__opportunities: no day opened most of the deals"].passed
    assert blocking_failures(results.values()) == []


def test_results_are_recorded_once_per_stage(
    build: duckdb.DuckDBPyConnection, extract: Extract, judge: Judge
) -> None:
    extract("crm.accounts", rows=690, refused=310)
    results = judge("raw").values()
    record(build, results)
    record(build, results)
    assert build.execute(
        "select stage, dataset, check_name, column_name, is_blocking, observed"
        " from quality.checks where not passed"
    ).fetchall() == [("raw", "raw.crm__accounts", REFUSED, "refused_share", True, "0.31")]
    assert build.execute("select count(*) from quality.checks").fetchall() == [(len(results),)]


@pytest.mark.recorded
def test_recorded_extracts_are_plausible_messy_as_they_are(tmp_path: Path) -> None:
    extracts = CHECKOUT.parent / "shared" / "data" / "recorded"
    if not extracts.is_dir():
        pytest.skip("recorded data not present")
    landed = [land_entity(each, extracts, tmp_path) for each in load_contracts().values()]
    with duckdb.connect() as connection:
        mount(connection, landed, Run(date(2017, 12, 31), run_id="recorded"))
        results = audit("raw", connection, docs_dir=tmp_path / "quality")
    assert [each.message for each in results if not each.passed] == []
    observed = {each.dataset: each.observed for each in results if each.check_name == REFUSED}
    assert observed["raw.crm__opportunities"] == "0.056818"
    assert observed["raw.billing__invoices"] == "0.143243"
