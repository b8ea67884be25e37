"""What is sent without anybody asking: each week, on a refusal, and when a week is late."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from mail_server import Post

from orchestration.defs import messages
from orchestration.defs.keys import DIGEST
from orchestration.defs.messages import SEND_DIGEST, VERSION_TAG
from orchestration.defs.rhythm import REFRESH
from orchestration.digest.run import send_refusal
from orchestration.digest.sending import PAUSE
from warehouse.ledger import Envelope, claim, settle
from warehouse.settings import Settings

MONDAY = datetime(2026, 11, 16, 8, tzinfo=UTC)
VERSION = "2026-11-15-0a1b2c3d4e5f"
OLDER = "2026-11-08-0a1b2c3d4e5f"
REPLACED = "2026-11-16-0a1b2c3d4e5f"
"""As of the Monday after: of the same week as VERSION."""
NOTHING = "Everybody was told, or what failed rests."
Make = Callable[..., Settings]


@pytest.fixture(autouse=True)
def monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "_now", lambda: MONDAY)


def tick(settings: Settings, name: str) -> dg.RunRequest | str:
    """The one run that the sensor asks for, or why it asks for none."""
    asked = asked_for(settings, name)
    if isinstance(asked, str):
        return asked
    [request] = asked
    return request


def asked_for(settings: Settings, name: str) -> list[dg.RunRequest] | str:
    definitions = messages.definitions(settings)
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(instance=instance, definitions=definitions)
        told = definitions.resolve_sensor_def(name).evaluate_tick(context)
    return told.run_requests or told.skip_message


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


@pytest.fixture
def two_weeks(company: Path, tmp_path: Path) -> Path:
    """A home with the version of the week before too."""
    home = tmp_path / "two weeks"
    shutil.copytree(company, home)
    older = home / "published" / f"{OLDER}.duckdb"
    shutil.copy(home / "published" / f"{VERSION}.duckdb", older)
    with duckdb.connect(older) as connection:
        connection.execute(
            f"update quality.snapshot set version = '{OLDER}', as_of = as_of - 7, "
            "period_start = period_start - 7"
        )
    return home


def test_what_failed_a_week_ago_hides_no_new_week_and_tells_nobody_else(
    installation_of: Make, post: Post, two_weeks: Path
) -> None:
    settings = installation_of(
        "head,mail,head@example.com", "ops,mail,ops@example.com", home=two_weeks
    )
    week_ago = MONDAY.replace(tzinfo=None) - timedelta(days=7)
    for audience, address in (("head", "haed@example.com"), ("head", "head@example.com")):
        envelope = Envelope("digest", OLDER, audience, "mail", address)
        claim(settings, envelope, at=week_ago, attempts=1)
        settle(settings, envelope, 1, "550 no such user", at=week_ago)
    requests = asked_for(settings, "week_published")
    assert [request.run_key for request in requests] == [
        "week-2026-11-09-2026-11-16T08",
        f"{OLDER}-4-2026-11-16T08",
    ]
    new, again = requests
    assert run_of(settings, again).success
    assert [to for to, _ in post.taken] == ["head@example.com"]
    assert run_of(settings, new).success
    assert [to for to, _ in post.taken[1:]] == ["head@example.com", "ops@example.com"]
    assert tick(settings, "week_published") == NOTHING


def test_whom_a_run_that_died_did_not_come_to_is_told_by_another_one(
    installation_of: Make, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = installation_of("head,mail,head@example.com", "ops,mail,ops@example.com")
    first = tick(settings, "week_published")
    claim(
        settings,
        Envelope("digest", VERSION, "head", "mail", "head@example.com"),
        at=MONDAY.replace(tzinfo=None),
        attempts=1,
    )
    monkeypatch.setattr(messages, "_now", lambda: MONDAY + timedelta(hours=1))
    second = tick(settings, "week_published")
    assert isinstance(first, dg.RunRequest)
    assert isinstance(second, dg.RunRequest)
    assert first.run_key != second.run_key
    assert run_of(settings, second).success
    assert [to for to, _ in post.taken] == ["ops@example.com"]
    assert tick(settings, "week_published") == NOTHING


def test_a_later_version_of_a_week_is_sent_to_whom_none_of_it_was(
    installation_of: Make, post: Post
) -> None:
    people = [f"{audience},mail,{audience}@example.com" for audience in ("head", "ops", "exec")]
    settings = installation_of(*people)
    at = MONDAY.replace(tzinfo=None)
    # That version is no longer kept, so that what failed of it cannot be tried again.
    for audience, failure in (("head", None), ("ops", "450 not now")):
        envelope = Envelope("digest", REPLACED, audience, "mail", f"{audience}@example.com")
        claim(settings, envelope, at=at, attempts=1)
        settle(settings, envelope, 1, failure, at=at)
    request = tick(settings, "week_published")
    assert isinstance(request, dg.RunRequest)
    assert run_of(settings, request).success
    assert [to for to, _ in post.taken] == ["ops@example.com", "exec@example.com"]
    assert tick(settings, "week_published") == NOTHING


def test_an_alert_that_failed_is_tried_again_by_itself_after_a_pause(
    installation_of: Make, post: Post, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = installation_of("ops,mail,ops@example.com", home=tmp_path / "home")
    post.refuses["ops@example.com"] = "450 not now"

    def look(minutes: int) -> str:
        at = MONDAY + timedelta(days=1, minutes=minutes)
        monkeypatch.setattr(messages, "_now", lambda: at)
        return str(tick(settings, "refresh_late"))

    [refused] = send_refusal(settings, lambda: MONDAY + timedelta(days=1), ["too few rows"])
    assert refused.outcome == "failed"
    with pytest.raises(dg.Failure, match=r"late for ops .* 450 not now"):
        look(0)
    post.refuses.clear()
    for minutes in (5, 10):
        assert "left alone" in look(minutes)
        assert post.taken == []
    assert "refused for ops by mail to ops@example.com: sent" in look(15)
    assert len(post.taken) == 2
    look(20)
    assert len(post.taken) == 2


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
