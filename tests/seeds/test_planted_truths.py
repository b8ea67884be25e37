"""What the generator meant and what the marts find: all of it, and nothing besides."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pytest

from warehouse.settings import CHECKOUT, DBT_PROJECT

FAILURES = (
    None,
    "registration_pending",
    "registration_rejected",
    "invalid_reopen",
    "registration_expired",
    "registered_too_late",
    "already_direct",
    "lost_tie",
)
NOT_ATTRIBUTED = ("only_after_close", "implementation_or_support_only", "mention_only", "no_touch")
STATUSES = {
    "pending",
    "approved",
    "renewed",
    "reopened",
    "rejected",
    "expired",
    "expired_inactive",
    "invalid_reopen",
}


@pytest.fixture(scope="module")
def marts(
    landed: Path, company: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The attribution marts over the landed company, and the truths as views."""
    folder = tmp_path_factory.mktemp("attributed")
    path = Path(shutil.copy(landed, folder / landed.name))
    done = subprocess.run(
        [
            Path(sys.executable).with_name("dbt"),
            *("build", "--exclude-resource-type", "unit_test"),
            *("--select", "+fct_attribution_outcome", "+fct_deal_registration"),
            *("--project-dir", DBT_PROJECT, "--profiles-dir", DBT_PROJECT),
        ],
        cwd=CHECKOUT,
        env=os.environ
        | {
            "DBT_DUCKDB_PATH": str(path),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    with duckdb.connect(path) as connection:
        for truth in ("outcomes", "registrations", "rulings"):
            file = company / "truth" / f"{truth}.parquet"
            connection.execute(f"create temp view {truth} as from '{file}'")
        yield connection


def test_every_pair_has_the_outcome_that_was_meant(marts: duckdb.DuckDBPyConnection) -> None:
    told = "select opportunity_id, partner_id, outcome, reason, sourced_failure from outcomes"
    found = told.replace("from outcomes", "from marts.fct_attribution_outcome")
    assert marts.execute(f"{told} except {found}").fetchall() == []
    assert marts.execute(f"{found} except {told}").fetchall() == []
    assert marts.execute(f"select count(*) > 500 from ({told})").fetchall() == [(True,)]


def test_every_registration_is_in_the_state_that_was_meant(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    differing = marts.execute(
        """
        select registration_id, told.status, found.status, told.valid_until, found.valid_until
        from registrations as told
        full join marts.fct_deal_registration as found using (registration_id)
        where told.status is distinct from found.status
            or told.partner_id is distinct from found.partner_id
            or told.account_id is distinct from found.account_id
            or told.opportunity_id is distinct from found.opportunity_id
            or told.submitted_at::date is distinct from found.valid_from
            or told.valid_until::date is distinct from found.valid_until
            or round(told.response_seconds / 3600, 6)
                is distinct from round(found.response_hours, 6)
        """
    ).fetchall()
    assert differing == []


def test_of_two_standing_claims_both_rows_name_who_prevails(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    rulings = marts.execute(
        """
        select rulings.is_upheld, rulings.rival_id, found.ruling
        from rulings inner join marts.fct_deal_registration as found using (registration_id)
        """
    ).fetchall()
    assert len(rulings) == 6
    for is_upheld, rival, ruling in rulings:
        assert ruling == f"{'upheld over' if is_upheld else 'yields to'} {rival}"


def test_every_reason_is_planted_with_every_failure(truth: Any) -> None:
    planted = {
        (case["outcome"], case["reason"], case["sourced_failure"])
        for case in truth["planted"]["outcomes"]
    }
    wanted = {("sourced", "registered_first", None)}
    wanted |= {("influenced", "participated", failure) for failure in FAILURES}
    wanted |= {
        ("not_attributed", reason, failure)
        for reason, failure in product(NOT_ATTRIBUTED, FAILURES)
        if (reason, failure) != ("no_touch", None)
    }
    assert planted == wanted


def test_every_state_of_a_registration_is_planted(truth: Any) -> None:
    assert {case["status"] for case in truth["planted"]["registrations"]} == STATUSES


@pytest.mark.parametrize(
    "case",
    [
        "submitted_as_the_deal_was_created",
        "submitted_one_second_after_creation",
        "submitted_seven_days_after_the_first_touch",
        "submitted_seven_days_and_a_second_after_the_first_touch",
        "direct_engagement_one_second_before",
        "direct_engagement_at_the_same_second",
        "approved_as_the_deal_closed",
        "approved_one_second_after_the_close",
        "created_as_the_term_ends",
        "created_a_second_before_the_term_ends",
        "silent_for_thirty_days",
        "silent_for_thirty_days_and_a_second",
        "tie_goes_to_the_higher_tier",
        "tie_goes_to_the_earlier_submission",
        "tie_goes_to_the_smaller_registration",
    ],
)
def test_both_sides_of_every_line_are_planted(truth: Any, case: str) -> None:
    assert case in {planted["case"] for planted in truth["planted"]["outcomes"]}
