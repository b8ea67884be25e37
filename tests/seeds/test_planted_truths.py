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
from ecosystem_oracle import differences
from operations_oracle import operations_differences

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
MARTS = (
    "fct_attribution_outcome",
    "fct_deal_registration",
    "fct_tier_recommendation",
    "fct_remediation",
    "fct_partner_health",
    "fct_leakage_check",
    "fct_reconciliation",
    "fct_business_review",
    "fct_review_item",
    "fct_onboarding",
    "fct_mdf",
    "fct_sla_weekly",
    "fct_certification",
    "fct_pipeline_hygiene",
    "mart_ecosystem_kpi",
    "fct_ecosystem_event",
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
    """The marts that truths are told of, over the landed company, and the truths as views."""
    folder = tmp_path_factory.mktemp("judged")
    path = Path(shutil.copy(landed, folder / landed.name))
    done = subprocess.run(
        [
            Path(sys.executable).with_name("dbt"),
            *("build", "--exclude-resource-type", "unit_test", "test"),
            *("--select", *(f"+{mart}" for mart in MARTS)),
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
        for file in (company / "truth").glob("*.parquet"):
            connection.execute(f"create temp view {file.stem} as from '{file}'")
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


def test_every_partner_is_recommended_to_move_as_was_meant_and_no_other(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    differing = marts.execute(
        """
        select partner_id, told."case", told.action, found.action, told.reason, found.reason
        from movements as told
        full join (
            from marts.fct_tier_recommendation
            where quarter_end = (select max(quarter_end) from marts.fct_tier_recommendation)
        ) as found using (partner_id)
        where told.quarter_end is distinct from found.quarter_end::varchar
            or told.action is distinct from found.action
            or told.current_tier is distinct from found.current_tier
            or told.recommended_tier is distinct from found.recommended_tier
            or (told.reason is not null and told.reason is distinct from found.reason)
        """
    ).fetchall()
    assert differing == []


def test_every_integrator_stands_on_the_rung_that_was_meant(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    differing = marts.execute(
        """
        select partner_id, told."case", told.rung, found.rung, found.reason
        from remediation as told
        full join (
            from marts.fct_remediation
            where quarter_end = (select max(quarter_end) from marts.fct_remediation)
        ) as found using (partner_id)
        where told.quarter_end is distinct from found.quarter_end::varchar
            or told.rung is distinct from found.rung
        """
    ).fetchall()
    assert differing == []


def test_planted_health_earns_the_points_and_the_band_that_were_meant(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    dimensions = ("revenue", "activity", "engagement", "satisfaction", "strategic_fit")
    columns = ", ".join(["health_band", *(f"{name}_points" for name in dimensions)])
    told = f"select partner_id, {columns} from health where health_band is not null"
    found = f"""
        select partner_id, {columns} from marts.fct_partner_health
        semi join health using (partner_id)
        where period_kind = 'quarter'
            and period_end - 1 = (select distinct quarter_end::date from health)
    """
    assert marts.execute(f"{told} except ({found})").fetchall() == []


def test_the_revenue_of_a_newcomer_is_not_held_against_the_year_before(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    points = marts.execute(
        """
        select distinct found.revenue_points
        from health inner join marts.fct_partner_health as found using (partner_id)
        where health.health_band is null
        """
    ).fetchall()
    assert points == [(None,)]


def test_every_leak_is_found_with_its_amount_and_no_other(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    columns = "check_key, entity_type, entity_id, period, amount_cents, has_amount"
    told = f"select {columns} from leaks"
    found = f"select {columns} from marts.fct_leakage_check where state = 'leak'"
    assert marts.execute(f"{told} except all ({found})").fetchall() == []
    assert marts.execute(f"{found} except all ({told})").fetchall() == []


def test_of_every_entity_it_can_be_told_whether_it_leaks(marts: duckdb.DuckDBPyConnection) -> None:
    states = "select distinct state from marts.fct_leakage_check order by 1"
    assert marts.execute(states).fetchall() == [("clear",), ("leak",)]


def test_every_sum_by_two_routes_agrees(marts: duckdb.DuckDBPyConnection) -> None:
    differing = "select * from marts.fct_reconciliation where difference_cents <> 0"
    assert marts.execute(differing).fetchall() == []
    assert marts.execute("select count(*) > 10 from marts.fct_reconciliation").fetchall() == [
        (True,)
    ]


def test_every_business_review_is_found_as_it_was_held_and_prepared(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    told = "select review_id, partner_id, state, pre_read from reviews"
    found = """
        select review_id, partner_id, state, pre_read_state from marts.fct_business_review
    """
    assert marts.execute(f"({told}) except ({found})").fetchall() == []
    assert marts.execute(f"({found}) except ({told})").fetchall() == []


def test_every_item_is_open_overdue_and_carried_over_as_was_meant(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    told = "select item_id, is_open, is_overdue, carried_to from review_items"
    found = """
        select item_id, is_open, is_overdue, carried_to_review_id from marts.fct_review_item
    """
    assert marts.execute(f"({told}) except ({found})").fetchall() == []
    assert marts.execute(f"({found}) except ({told})").fetchall() == []


def test_every_partner_stands_in_its_onboarding_where_it_was_left(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    told = "select partner_id, stage, is_stuck from onboardings"
    found = "select partner_id, stage, is_stuck from marts.fct_onboarding"
    assert marts.execute(f"({told}) except ({found})").fetchall() == []
    assert marts.execute(f"({found}) except ({told})").fetchall() == []


def test_every_promise_to_a_partner_is_kept_or_broken_as_was_meant(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    told = """
        select kind, ticket_id as promise_id, state from promises
        union all
        select
            'deal_registration',
            registration_id,
            case
                when response_seconds <= 48 * 3600 then 'within'
                when response_seconds is not null or submitted_at + interval 48 hours < ended.at
                then 'breached'
                else 'pending'
            end
        from registrations, (select as_of_end as at from quality.run) as ended
    """
    found = "select kind, promise_id, state from operations.int_sla__promises"
    known = f"{found} where partner_id <> 'unknown'"
    assert marts.execute(f"({told}) except ({known})").fetchall() == []
    assert marts.execute(f"({known}) except ({told})").fetchall() == []


def test_breaches_of_every_week_name_the_tickets_that_were_meant(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    named = """
        select kind, unnest(string_split(breached_ids, ', ')) as ticket_id
        from marts.fct_sla_weekly
        where kind <> 'deal_registration' and partner_id <> 'unknown'
    """
    broken = """
        select promises.kind, promises.ticket_id
        from promises
        inner join operations.int_sla__promises as found
            on promises.kind = found.kind and promises.ticket_id = found.promise_id
        where promises.state = 'breached'
            and promised_at >= (select min(period_start) from marts.fct_sla_weekly)
            and promised_at < (select max(period_end) from marts.fct_sla_weekly)
    """
    assert marts.execute(f"({named}) except ({broken})").fetchall() == []
    assert marts.execute(f"({broken}) except ({named})").fetchall() == []


def test_every_certificate_is_current_expiring_or_over_as_was_meant(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    columns = "certification_id, partner_id, person_id, certification_type, state"
    told = f"select {columns} from certificates"
    found = f"select {columns} from marts.fct_certification"
    assert marts.execute(f"({told}) except ({found})").fetchall() == []
    assert marts.execute(f"({found}) except ({told})").fetchall() == []


def test_a_deal_is_stuck_once_its_partner_left_it_alone_for_too_long(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    stuck = """
        select "case", is_stuck
        from outcomes inner join marts.fct_pipeline_hygiene using (opportunity_id, partner_id)
        where "case" like 'untouched%' order by 1
    """
    assert marts.execute(stuck).fetchall() == [
        ("untouched_for_60_days", False),
        ("untouched_for_61_days", True),
    ]


def test_of_what_partners_did_the_log_misses_what_was_left_out(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    wrong = """
        select period_end, numerator, denominator, logged, done
        from marts.mart_ecosystem_kpi
        left join lateral (
            select count(*) filter (is_logged) as logged, count(*) as done from actions
            where acted_at >= period_end - interval 12 months and acted_at < period_end
        ) on true
        where kpi_key = 'audit_log_completeness' and period_kind = 'month'
            and (numerator, denominator) is distinct from (logged, done)
    """
    assert marts.execute(wrong).fetchall() == []


def test_switches_count_in_the_month_they_were_thrown(marts: duckdb.DuckDBPyConnection) -> None:
    wrong = """
        select period_end, value, switches
        from marts.mart_ecosystem_kpi
        left join lateral (
            select count(*) as switches from enforcement
            where action = 'kill_switch'
                and month >= period_end - interval 3 months and month < period_end
        ) on true
        where kpi_key = 'kill_switches' and period_kind = 'month'
            and value is distinct from switches
    """
    assert marts.execute(wrong).fetchall() == []


def test_every_grant_of_funds_is_by_the_rule_or_not_as_was_meant(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    told = "select request_id, is_approved_by_rule from fund_requests"
    found = "select request_id, is_approved_by_rule from marts.fct_mdf_request"
    assert marts.execute(f"({told}) except ({found})").fetchall() == []
    assert marts.execute(f"({found}) except ({told})").fetchall() == []


def test_funds_beyond_the_quarter_are_told_to_the_cent(marts: duckdb.DuckDBPyConnection) -> None:
    columns = "partner_id, quarter_start, approved_cents, over_cents"
    told = f"select {columns.replace('quarter_start', 'quarter_start::date')} from fund_quarters"
    found = f"select {columns} from marts.fct_mdf"
    assert marts.execute(f"({told}) except ({found})").fetchall() == []
    assert marts.execute("select count(*) from fund_quarters").fetchall() == [(2,)]


def test_leaks_of_every_check_are_planted_more_than_once(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    seldom = """
        select check_key, count(*)
        from (select distinct check_key from policy.leakage_checks)
        left join leaks using (check_key)
        group by check_key having count(leaks."case") < 2
    """
    assert marts.execute(seldom).fetchall() == []


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


def test_every_way_to_move_is_planted(truth: Any) -> None:
    planted = {(case["action"], case["reason"]) for case in truth["planted"]["movements"]}
    assert planted - {("hold", None)} == {
        ("promote", "qualified_twice"),
        ("demote", "misses"),
        ("warn", "first_miss"),
        ("pause", "no_active_contract"),
        ("exit", "inactive"),
        ("hold", "coverage"),
        ("hold", "provisional"),
        ("hold", "in_place"),
    }
    promoted = {
        case["recommended_tier"]
        for case in truth["planted"]["movements"]
        if case["action"] == "promote"
    }
    assert promoted == {"silver", "gold", "platinum"}


def test_every_rung_and_every_band_of_health_is_planted(truth: Any) -> None:
    rungs = {case["rung"] for case in truth["planted"]["remediation"]}
    assert rungs == {"training", "probation", "offboarding_review"}
    bands = {case["health_band"] for case in truth["planted"]["health"]} - {None}
    assert bands == {"Champion", "Healthy", "At-risk", "Critical", "Churning"}


@pytest.mark.parametrize(
    ("truth_of", "column", "kept", "broken"),
    [
        (
            "promises",
            "state",
            "answered_after_1_hours_exactly",
            "answered_after_1_hours_and_a_second",
        ),
        ("promises", "state", "waits_as_its_target_ends", "waits_as_its_target_ended"),
        (
            "promises",
            "state",
            "urgent_solved_after_4_hours_exactly",
            "urgent_solved_after_4_hours_and_a_second",
        ),
        ("reviews", "pre_read", "pre_read_72_hours_ahead", "pre_read_a_minute_late"),
        ("reviews", "pre_read", "in_72_hours_exactly", "in_less_than_72_hours"),
        ("reviews", "state", "held_on_the_last_day", "not_held_on_the_last_day"),
        ("reviews", "state", "in_the_first_second_after", "missed"),
        (
            "review_items",
            "is_overdue",
            "an_action_due_the_day_after",
            "an_action_due_on_the_last_day",
        ),
        ("review_items", "is_open", "an_action_done_in_time", "an_action_that_hangs"),
        ("onboardings", "is_stuck", "in_security_for_14_days", "in_security_for_15_days"),
        ("onboardings", "is_stuck", "in_the_sandbox_for_7_days", "in_the_sandbox_for_8_days"),
        ("onboardings", "is_stuck", "to_be_certified_for_30_days", "to_be_certified_for_31_days"),
        ("onboardings", "is_stuck", "without_success_for_120_days", "without_success_for_121_days"),
        ("certificates", "state", "expires_in_91_days", "expires_in_90_days"),
        ("certificates", "state", "expires_tomorrow", "expires_on_the_last_day"),
        (
            "fund_requests",
            "is_approved_by_rule",
            "a_cent_less_by_the_manager",
            "five_thousand_by_the_manager",
        ),
        ("fund_requests", "is_approved_by_rule", "platinum_by_the_vp", "platinum_by_the_director"),
        (
            "fund_quarters",
            "over_cents",
            "granted_the_maximum_of_the_quarter",
            "granted_a_cent_more_than_the_maximum",
        ),
        ("actions", "is_logged", "logged_after_five_minutes", "logged_after_a_second_more"),
        ("enforcement", "month", "the_first_second_of_the_month", "the_second_before_the_month"),
    ],
)
def test_one_step_apart_operations_are_told_apart(
    truth: Any, truth_of: str, column: str, kept: str, broken: str
) -> None:
    told = {planted["case"]: planted[column] for planted in truth["planted"][truth_of]}
    assert told[kept] != told[broken]


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


def test_every_kpi_of_every_month_and_week_is_what_plain_arithmetic_says(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    assert list(differences(marts)) == []


def test_every_row_of_operations_is_what_plain_python_says(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    assert list(operations_differences(marts)) == []
