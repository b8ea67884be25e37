from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from orchestration.build import AS_OF_TAG, CADENCE_TAG
from orchestration.defs.keys import POLICY, PUBLISHED, RAW, extract_key_of_relation
from orchestration.defs.refresh_run import build_of_run
from orchestration.defs.rhythm import REFRESH, fiscal_year_start_month
from warehouse.contracts import load_contracts
from warehouse.settings import DEFAULT_POLICY, Settings

KEYS = Path(__file__).with_name("asset_keys.txt")


def test_the_assets_are_these(definitions: dg.Definitions) -> None:
    """A changed line is a changed name on somebody's screen: mean it."""
    keys = definitions.resolve_asset_graph().executable_asset_keys
    assert sorted(key.to_user_string() for key in keys) == KEYS.read_text().split()


def test_definitions_load_with_no_extract_there(
    installation: Settings, definitions: dg.Definitions
) -> None:
    assert not installation.extracts.exists()
    dg.Definitions.validate_loadable(definitions)


def test_every_extract_is_an_asset_in_the_group_of_its_system_and_says_what_it_is(
    definitions: dg.Definitions,
) -> None:
    graph = definitions.resolve_asset_graph()
    for contract in load_contracts().values():
        node = graph.get(dg.AssetKey([contract.system, contract.entity]))
        assert node.group_name == contract.system
        assert node.description == contract.description


def test_every_asset_is_described(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    silent = [
        key.to_user_string()
        for key in graph.executable_asset_keys
        if not (graph.get(key).description or "").strip()
    ]
    assert silent == []


def test_staging_hangs_on_the_extract_it_reads(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    parents = graph.get(dg.AssetKey(["staging", "stg_crm__partners"])).parent_keys
    assert dg.AssetKey(["crm", "partners"]) in parents


@pytest.mark.parametrize(
    ("relation", "key"),
    [
        ("crm__partners", dg.AssetKey(["crm", "partners"])),
        ("telemetry__api_usage_hourly", dg.AssetKey(["telemetry", "api_usage"])),
        ("billing__subscription_changes", dg.AssetKey(["billing", "subscription_changes"])),
        ("currencies", RAW),
    ],
)
def test_a_raw_table_belongs_to_the_extract_whose_rows_it_holds(
    relation: str, key: dg.AssetKey
) -> None:
    assert extract_key_of_relation(relation) == key


def test_publishing_comes_after_every_mart(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    marts = {key for key in graph.executable_asset_keys if key.path[0] == "marts"}
    assert marts
    assert graph.get(PUBLISHED).parent_keys == marts


def test_our_checks_block_what_comes_behind_them(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    ours = {
        key.name: graph.get(key).blocking
        for key in graph.asset_check_keys
        if key.name in {"is_valid", "load_is_plausible", "marts_are_fit_to_be_seen"}
    }
    assert ours == {"is_valid": True, "load_is_plausible": True, "marts_are_fit_to_be_seen": True}
    assert POLICY in graph.get(RAW).parent_keys


def test_the_refresh_runs_in_one_process(definitions: dg.Definitions) -> None:
    job = definitions.resolve_job_def(REFRESH)
    assert job.executor_def is dg.in_process_executor


@pytest.mark.parametrize(
    ("name", "due", "as_of"),
    [
        ("weekly", datetime(2026, 11, 23, 6, tzinfo=UTC), "2026-11-22"),
        ("monthly", datetime(2026, 12, 1, 6, tzinfo=UTC), "2026-11-30"),
        ("quarterly", datetime(2027, 1, 1, 6, tzinfo=UTC), "2026-12-31"),
    ],
)
def test_a_schedule_refreshes_as_of_the_day_before_it_is_due(
    definitions: dg.Definitions, name: str, due: datetime, as_of: str
) -> None:
    tick = evaluated(definitions, name, due)
    [request] = tick.run_requests or []
    assert request.tags[AS_OF_TAG] == as_of
    assert request.tags[CADENCE_TAG] == name


def test_the_week_is_refreshed_on_monday_at_six_utc(definitions: dg.Definitions) -> None:
    weekly = definitions.resolve_schedule_def("weekly")
    assert (weekly.cron_schedule, weekly.execution_timezone) == ("0 6 * * 1", "UTC")


def test_no_quarter_ends_within_a_quarter(definitions: dg.Definitions) -> None:
    tick = evaluated(definitions, "quarterly", datetime(2026, 12, 1, 6, tzinfo=UTC))
    assert not tick.run_requests
    assert tick.skip_message == "No fiscal quarter ended yesterday."


def test_quarters_follow_the_fiscal_year_of_the_policy_in_force(tmp_path: Path) -> None:
    for path in DEFAULT_POLICY.glob("*.csv"):
        content = path.read_text()
        if path.name == "settings.csv":
            content = content.replace(
                "fiscal_year_start_month,1,2000-01-01,\n",
                "fiscal_year_start_month,1,2000-01-01,2026-02-01\n"
                "fiscal_year_start_month,2,2026-02-01,\n",
            )
        (tmp_path / path.name).write_text(content)
    days = [datetime(2026, 1, 1, tzinfo=UTC).date(), datetime(2026, 2, 1, tzinfo=UTC).date()]
    assert [fiscal_year_start_month(tmp_path, day) for day in days] == [1, 2]


def test_the_sensor_asks_for_one_run_once_the_extracts_rest(
    installation: Settings, definitions: dg.Definitions, tmp_path: Path
) -> None:
    sensor = definitions.resolve_sensor_def("extracts_arrived")
    extract = installation.extracts / "crm" / "partners.csv"
    extract.parent.mkdir(parents=True)
    extract.write_text("partner_id\n")
    cursor, asked = None, []
    with dg.DagsterInstance.ephemeral() as instance:
        for _ in range(3):
            tick = sensor.evaluate_tick(
                dg.build_sensor_context(instance=instance, cursor=cursor, definitions=definitions)
            )
            cursor = tick.cursor
            asked.append([request.tags[CADENCE_TAG] for request in tick.run_requests or []])
    extract.unlink()
    extract.parent.rmdir()
    installation.extracts.rmdir()
    assert asked == [[], ["arrival"], []]


def test_a_run_is_as_of_its_tag_and_else_of_the_day_before_it_was_asked_for(
    installation: Settings,
) -> None:
    asked_at = datetime(2026, 11, 20, 3, tzinfo=UTC)
    tagged = dg.DagsterRun("refresh", run_id="1", tags={AS_OF_TAG: "2017-12-31"})
    untagged = dg.DagsterRun("refresh", run_id="2")
    assert build_of_run(installation, tagged, asked_at).as_of.isoformat() == "2017-12-31"
    assert build_of_run(installation, untagged, asked_at).as_of.isoformat() == "2026-11-19"


def test_nothing_calls_home(installation: Settings, definitions: dg.Definitions) -> None:
    with dg.DagsterInstance.from_config(str(installation.home / "dagster")) as instance:
        assert not instance.telemetry_enabled


def evaluated(definitions: dg.Definitions, name: str, due: datetime) -> Any:
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(instance=instance, scheduled_execution_time=due)
        return definitions.resolve_schedule_def(name).evaluate_tick(context)
