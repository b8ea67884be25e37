"""What is sent without anybody asking: each week, on a refusal, and when a week is late."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from mail_server import Post

from orchestration.defs import messages
from orchestration.defs.keys import DIGEST
from orchestration.defs.messages import SEND_DIGEST, VERSION_TAG
from orchestration.defs.rhythm import REFRESH
from orchestration.digest.sending import PAUSE
from warehouse.settings import Settings

MONDAY = datetime(2026, 11, 16, 8, tzinfo=UTC)
VERSION = "2026-11-15-0a1b2c3d4e5f"
NOTHING = "Everybody was told, or what failed rests."
Make = Callable[..., Settings]


@pytest.fixture(autouse=True)
def monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "_now", lambda: MONDAY)


def tick(settings: Settings, name: str) -> dg.RunRequest | str:
    """What the sensor asks for, or why it asks for nothing."""
    definitions = messages.definitions(settings)
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(instance=instance, definitions=definitions)
        told = definitions.resolve_sensor_def(name).evaluate_tick(context)
    [request] = told.run_requests or [None]
    return told.skip_message if request is None else request


def run_of(settings: Settings, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
    job = messages.definitions(settings).resolve_job_def(SEND_DIGEST)
    with dg.DagsterInstance.ephemeral() as instance:
        return job.execute_in_process(
            instance=instance, tags=dict(request.tags), raise_on_error=False
        )


def test_a_week_is_told_once_whatever_versions_follow(installation_of: Make, post: Post) -> None:
    settings = installation_of("head,mail,head@example.com")
    request = tick(settings, "week_published")
    assert isinstance(request, dg.RunRequest)
    assert request.run_key == "week-2026-11-09-2026-11-16T08"
    assert request.tags[VERSION_TAG] == VERSION
    run = run_of(settings, request)
    assert run.success
    [materialized] = run.get_asset_materialization_events()
    assert materialized.asset_key == DIGEST
    assert [to for to, _ in post.taken] == ["head@example.com"]
    assert tick(settings, "week_published") == NOTHING


def test_what_failed_makes_its_run_fail_and_is_tried_again_after_a_pause(
    installation_of: Make, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = installation_of("head,mail,gone@example.com", "ops,mail,ops@example.com")
    post.refuses["gone@example.com"] = "450 not now"
    request = tick(settings, "week_published")
    assert isinstance(request, dg.RunRequest)
    assert not run_of(settings, request).success
    assert [to for to, _ in post.taken] == ["ops@example.com"]
    assert tick(settings, "week_published") == NOTHING
    monkeypatch.setattr(messages, "_now", lambda: MONDAY + PAUSE)
    later = tick(settings, "week_published")
    assert isinstance(later, dg.RunRequest)
    assert later.run_key not in {request.run_key, None}
    post.refuses.clear()
    assert run_of(settings, later).success
    assert [to for to, _ in post.taken] == ["ops@example.com", "gone@example.com"]
    assert tick(settings, "week_published") == NOTHING


def test_without_audiences_or_a_version_nothing_is_asked_for(
    installation_of: Make, tmp_path: Path
) -> None:
    nobody = installation_of(audiences=None)
    assert tick(nobody, "week_published") == "No audiences are configured."
    assert tick(nobody, "refresh_late") == "The week is there, or not due yet."
    nothing = installation_of("head,mail,a@b.example", home=tmp_path / "empty")
    assert tick(nothing, "week_published") == "Nothing is published yet."


def test_a_week_that_is_late_is_said_by_the_sensor_once(
    installation_of: Make, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = installation_of("ops,mail,ops@example.com")
    assert tick(settings, "refresh_late") == "The week is there, or not due yet."
    monkeypatch.setattr(messages, "_now", lambda: MONDAY + timedelta(days=8))
    assert str(tick(settings, "refresh_late")).endswith("to ops@example.com: sent")
    assert "left alone" in str(tick(settings, "refresh_late"))
    assert len(post.taken) == 1


@pytest.mark.parametrize(("job_name", "sent"), [(REFRESH, 1), ("another", 0)])
def test_a_refused_refresh_is_told_with_its_reasons_and_no_other_run_is(
    installation_of: Make, post: Post, job_name: str, sent: int
) -> None:
    @dg.op
    def published() -> None:
        raise RuntimeError("No space left on device")

    @dg.job(name=job_name, executor_def=dg.in_process_executor)
    def failing() -> None:
        published()

    settings = installation_of("ops,mail,ops@example.com")
    definitions = messages.definitions(settings)
    sensor = definitions.resolve_sensor_def("refresh_refused")
    with dg.DagsterInstance.ephemeral() as instance:
        run = failing.execute_in_process(instance=instance, raise_on_error=False)
        context = dg.build_run_status_sensor_context(
            sensor_name="refresh_refused",
            dagster_instance=instance,
            dagster_run=run.dagster_run,
            dagster_event=run.get_run_failure_event(),
        ).for_run_failure()
        for _ in range(2):
            sensor(context)
    assert len(post.taken) == sent
    if sent:
        assert "No space left on device" in str(post.taken[0][1].get_body(("plain",)))


def test_a_refresh_sends_no_digest_and_makes_no_packs(definitions: dg.Definitions) -> None:
    keys = definitions.resolve_job_def(REFRESH).asset_layer.executable_asset_keys
    assert not {key.path[0] for key in keys} & {"messages", "packs"}
