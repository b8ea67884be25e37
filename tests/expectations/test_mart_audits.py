"""Audits of marts, each at its limit."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from conftest import Judge

from expectations.runner import blocking_failures
from expectations.suites import load_suites

Fill = Callable[..., None]


def fill(connection: duckdb.DuckDBPyConnection, mart: str, select: str, rows: int = 1) -> None:
    """Rows of a select over `i` in a mart; what it does not name is null."""
    connection.execute(f"insert into marts.{mart} by name select {select} from range({rows}) t(i)")


@pytest.fixture
def previous(empty_build: Path, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published version the marts are compared with, yet empty."""
    with duckdb.connect(shutil.copy(empty_build, tmp_path / "previous.duckdb")) as connection:
        yield connection


WEEK = (
    "'p' || i as partner_id, 'week' as period_kind, "
    "date '2026-06-29' as period_start, date '2026-07-06' as period_end"
)
"""The last week that is complete on the Sunday the build is made for."""


def test_marts_without_rows_are_fit_to_be_seen(judge: Judge) -> None:
    results = judge("marts")
    assert {each.dataset for each in results.values()} == {
        f"marts.{mart}" for mart in load_suites("marts")
    }
    assert all(each.passed for each in results.values())


@pytest.mark.parametrize(("rows", "passed"), [(20, True), (19, False)])
def test_a_mart_may_lose_half_of_its_rows(
    build: duckdb.DuckDBPyConnection,
    previous: duckdb.DuckDBPyConnection,
    judge: Judge,
    rows: int,
    passed: bool,
) -> None:
    fill(previous, "dim_partner", "'p' || i as partner_id", 40)
    fill(build, "dim_partner", "'p' || i as partner_id", rows)
    check = judge("marts", "dim_partner", previous=previous)[
        "marts.dim_partner: the mart does not shrink against the published version"
    ]
    assert (check.passed, check.is_blocking) == (passed, True)


def test_a_programme_with_fewer_metrics_is_no_shrunken_mart(
    build: duckdb.DuckDBPyConnection, previous: duckdb.DuckDBPyConnection, judge: Judge
) -> None:
    for metric in range(10):
        fill(previous, "fct_partner_metric", f"{WEEK}, 'm{metric}' as metric_key", 40)
    fill(build, "fct_partner_metric", f"{WEEK}, 'm1' as metric_key", 40)
    assert blocking_failures(judge("marts", previous=previous).values()) == []


def test_without_a_published_version_there_is_nothing_to_compare(
    build: duckdb.DuckDBPyConnection, judge: Judge
) -> None:
    fill(build, "dim_partner", "'p' || i as partner_id")
    assert all(each.passed for each in judge("marts").values())


def test_a_published_version_without_the_mart_is_nothing_to_compare(
    build: duckdb.DuckDBPyConnection, previous: duckdb.DuckDBPyConnection, judge: Judge
) -> None:
    previous.execute("drop table marts.dim_partner")
    previous.execute("alter table marts.fct_tier_score drop column coverage")
    fill(build, "dim_partner", "'p' || i as partner_id")
    assert all(each.passed for each in judge("marts", previous=previous).values())


@pytest.mark.parametrize(("scored", "passed"), [(20, True), (19, False)])
def test_the_share_of_scored_partners_may_not_halve(
    build: duckdb.DuckDBPyConnection,
    previous: duckdb.DuckDBPyConnection,
    judge: Judge,
    scored: int,
    passed: bool,
) -> None:
    week = WEEK.replace("'week' as period_kind,", "")
    fill(previous, "mart_scorecard_weekly", f"{week}, 3 as weighted_score", 40)
    score = f"case when i < {scored} then 3 end as weighted_score"
    fill(build, "mart_scorecard_weekly", f"{week}, {score}", 40)
    check = judge("marts", "mart_scorecard_weekly", previous=previous)[
        "marts.mart_scorecard_weekly: "
        "the share of partners with a score does not collapse against the published version"
    ]
    assert check.passed is passed


@pytest.mark.parametrize(
    ("score", "failed"),
    [
        ("0", []),
        ("5", []),
        ("5.000000001", ["no weighted score is above the highest there is"]),
        ("-0.000000001", ["no weighted score is below 0"]),
    ],
)
def test_scores_lie_between_0_and_5(
    build: duckdb.DuckDBPyConnection, judge: Judge, score: str, failed: list[str]
) -> None:
    fill(build, "fct_tier_score", f"{WEEK}, {score} as weighted_score")
    assert [
        each.check_name for each in judge("marts", "fct_tier_score").values() if not each.passed
    ] == failed


@pytest.mark.parametrize(("coverage", "passed"), [("1", True), ("1.000000001", False)])
def test_coverage_is_at_most_1(
    build: duckdb.DuckDBPyConnection, judge: Judge, coverage: str, passed: bool
) -> None:
    fill(build, "fct_criterion_score", f"{WEEK}, {coverage} as coverage")
    check = judge("marts", "fct_criterion_score")[
        "marts.fct_criterion_score: no coverage is above 1"
    ]
    assert check.passed is passed


@pytest.mark.parametrize(("unit", "passed"), [("rate", False), ("usd", True)])
def test_a_rate_is_at_most_1_and_an_amount_is_not_a_rate(
    build: duckdb.DuckDBPyConnection, judge: Judge, unit: str, passed: bool
) -> None:
    build.execute(f"insert into policy.metrics values ('m', '{unit}')")
    fill(build, "fct_partner_metric", f"{WEEK}, 'm' as metric_key, 1.5 as value")
    check = judge("marts", "fct_partner_metric")["marts.fct_partner_metric: no rate is above 1"]
    assert check.passed is passed


@pytest.mark.parametrize(("skipped", "passed"), [(0, True), (1, False)])
def test_the_weeks_follow_one_another(
    build: duckdb.DuckDBPyConnection, judge: Judge, skipped: int, passed: bool
) -> None:
    fill(build, "fct_tier_score", WEEK)
    earlier = WEEK.replace("date '2026", f"-{7 * (skipped + 1)} + date '2026")
    fill(build, "fct_tier_score", earlier)
    assert (
        judge("marts", "fct_tier_score")[
            "marts.fct_tier_score: the weeks follow one another"
        ].passed
        is passed
    )


@pytest.mark.parametrize(("weeks", "passed"), [(0, True), (1, False), (-1, False)])
def test_the_latest_week_is_that_of_the_as_of_date(
    build: duckdb.DuckDBPyConnection, judge: Judge, weeks: int, passed: bool
) -> None:
    fill(build, "fct_tier_score", WEEK.replace("date '2026", f"{-7 * weeks} + date '2026"))
    check = judge("marts", "fct_tier_score")[
        "marts.fct_tier_score: the latest week is the last completed one"
    ]
    assert check.passed is passed


@pytest.mark.parametrize(("installs", "passed"), [(0, True), (-1, False)])
def test_installs_are_not_negative(
    build: duckdb.DuckDBPyConnection, judge: Judge, installs: int, passed: bool
) -> None:
    week = WEEK.replace("'week' as period_kind,", "")
    fill(build, "mart_scorecard_weekly", f"{week}, {installs} as installs")
    check = judge("marts", "mart_scorecard_weekly")[
        "marts.mart_scorecard_weekly: no count of installs is negative"
    ]
    assert check.passed is passed


@pytest.mark.parametrize(("until", "passed"), [("2026-01-01", True), ("2025-12-31", False)])
def test_no_registration_ends_before_it_begins(
    build: duckdb.DuckDBPyConnection, judge: Judge, until: str, passed: bool
) -> None:
    span = f"date '2026-01-01' as valid_from, date '{until}' as valid_until"
    fill(build, "fct_deal_registration", f"'r' as registration_id, {span}")
    check = judge("marts", "fct_deal_registration")[
        "marts.fct_deal_registration: no registration ends before it begins"
    ]
    assert check.passed is passed


@pytest.mark.parametrize(("cents", "passed"), [(0, True), (-1, False)])
def test_credit_for_won_deals_is_not_negative(
    build: duckdb.DuckDBPyConnection, judge: Judge, cents: int, passed: bool
) -> None:
    won = f"i as opportunity_id, true as is_won, {cents} as credit_cents, 1 as amount_cents"
    fill(build, "fct_attribution_outcome", f"{won}, 'sourced' as outcome", 100)
    check = judge("marts", "fct_attribution_outcome")[
        "marts.fct_attribution_outcome: credit for won deals is not negative"
    ]
    assert check.passed is passed


@pytest.mark.parametrize(("month", "passed"), [("2026-07-01", True), ("2026-08-01", False)])
def test_no_month_of_margin_is_told_before_it_begins(
    build: duckdb.DuckDBPyConnection, judge: Judge, month: str, passed: bool
) -> None:
    fill(build, "fct_partner_margin_monthly", f"date '{month}' as month, 'p' as partner_id")
    check = judge("marts", "fct_partner_margin_monthly")[
        "marts.fct_partner_margin_monthly: no month is told before it begins"
    ]
    assert (check.passed, check.is_blocking) == (passed, True)


@pytest.mark.parametrize(("entity", "passed"), [("invoices", True), ("sums", False)])
def test_a_difference_that_no_row_explains_is_a_warning(
    build: duckdb.DuckDBPyConnection, judge: Judge, entity: str, passed: bool
) -> None:
    fill(build, "fct_reconciliation", "'billed' as name, 1 as difference_cents")
    fill(build, "fct_reconciliation_difference", f"'billed' as name, '{entity}' as entity")
    check = judge("marts", "fct_reconciliation")[
        "marts.fct_reconciliation: every difference is explained by the rows behind it"
    ]
    assert (check.passed, check.is_blocking) == (passed, False)
