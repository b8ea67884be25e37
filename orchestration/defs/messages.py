"""Messages by themselves: the digest of each week once it is published, and alerts."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg

from orchestration.defs.keys import DIGEST, PUBLISHED
from orchestration.defs.rhythm import REFRESH
from warehouse.ledger import last_steps, sent_messages
from warehouse.settings import Settings
from warehouse.snapshots import Version, current, open_version, versions

if TYPE_CHECKING:
    from orchestration.digest.sending import Told

SEND_DIGEST = "send_digest"
VERSION_TAG = "scorecards/version"
WHOM_TAG = "scorecards/whom"
"""Of a run that a sensor asked for: whom it is for."""

LOOK = 300
"""Seconds between two looks at whether there is anything to send."""


def definitions(settings: Settings) -> dg.Definitions:
    """The digest as an asset, its job, and the sensors: of a new week, of refusals, of lateness."""

    @dg.asset(
        key=DIGEST,
        group_name=DIGEST.path[0],
        description="What changed in the week and what needs a person, sent to each audience once.",
        deps=[PUBLISHED],
        kinds={"email"},
    )
    def digest(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        from orchestration.digest.run import (  # noqa: PLC0415 - it brings Streamlit
            send_digest,
            unreached,
        )
        from orchestration.digest.sending import PAUSE  # noqa: PLC0415

        version = context.run.tags.get(VERSION_TAG)
        for line in unreached(settings, version):
            context.log.warning(line)
        whom: Any = context.run.tags.get(WHOM_TAG, "everybody")
        told = list(send_digest(settings, _now, version, pause=PAUSE, whom=whom))
        _require_sent(told)
        return dg.MaterializeResult(metadata=dict(Counter(each.outcome for each in told)))

    job = dg.define_asset_job(
        SEND_DIGEST,
        selection=dg.AssetSelection.assets(DIGEST),
        description="Send the digest to whom it was not sent yet.",
        executor_def=dg.in_process_executor,
    )
    return dg.Definitions(
        assets=[digest],
        jobs=[job],
        sensors=[_digest_sensor(settings), _refusal_sensor(settings), _late_sensor(settings)],
    )


def _digest_sensor(settings: Settings) -> dg.SensorDefinition:
    @dg.sensor(
        name="week_published",
        job_name=SEND_DIGEST,
        minimum_interval_seconds=LOOK,
        description="Sends a digest once a week is published, and again what surely failed.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> list[dg.RunRequest] | dg.SkipReason:  # noqa: ARG001
        if settings.audiences is None:
            return dg.SkipReason("No audiences are configured.")
        served = current(settings)
        if served is None:
            return dg.SkipReason("Nothing is published yet.")
        asked = [*_untold(settings, served), *_failed(settings)]
        return asked or dg.SkipReason("Everybody was told, or what failed rests.")

    return sensor


def _untold(settings: Settings, served: Version) -> Iterator[dg.RunRequest]:
    """A run for the week where somebody was told nothing of it; once an hour, for it may die."""
    from orchestration.digest.run import untold  # noqa: PLC0415 - it brings Streamlit

    with open_version(settings, served.name) as connection:
        [(week,)] = connection.execute("select period_start from quality.snapshot").fetchall()
    if week is not None and untold(settings, served.name):
        tags = {VERSION_TAG: served.name, WHOM_TAG: "untold"}
        yield dg.RunRequest(run_key=f"week-{week}-{_hour()}", tags=tags)


def _failed(settings: Settings) -> Iterator[dg.RunRequest]:
    """A run for each version of which a message failed for sure and may be tried again."""
    from orchestration.digest.run import envelopes  # noqa: PLC0415 - it brings Streamlit
    from orchestration.digest.sending import ATTEMPTS, PAUSE  # noqa: PLC0415

    now = _now().replace(tzinfo=None)
    due = [
        step
        for step in last_steps(sent_messages(settings)).values()
        if step.kind == "digest" and step.is_open(ATTEMPTS) and step.rests_until(PAUSE) <= now
    ]
    for version in versions(settings):
        of_version = [step for step in due if step.about == version.name]
        # Who was taken off the file is told nothing more.
        still = envelopes(settings, version.name) if of_version else set()
        if again := [step.entry_id for step in of_version if step.envelope in still]:
            key = f"{version.name}-{max(again)}-{_hour()}"
            tags = {VERSION_TAG: version.name, WHOM_TAG: "failed"}
            yield dg.RunRequest(run_key=key, tags=tags)


def _hour() -> str:
    """Part of a run's key, so that what died is asked for again."""
    return f"{_now():%Y-%m-%dT%H}"


def _refusal_sensor(settings: Settings) -> dg.SensorDefinition:
    @dg.run_failure_sensor(
        name="refresh_refused",
        minimum_interval_seconds=60,
        description="Tells who runs the warehouse of a refresh that was refused, and why.",
    )
    def sensor(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
        from orchestration.digest.run import reasons_of, send_refusal  # noqa: PLC0415

        run = context.dagster_run
        if run.job_name != REFRESH:
            return dg.SkipReason("It was no refresh.")
        reasons = reasons_of(context.instance, run.run_id)
        if reasons is None:
            return dg.SkipReason("Somebody stopped it.")
        _require_sent(list(send_refusal(settings, _now, reasons)))
        return None

    return sensor


def _late_sensor(settings: Settings) -> dg.SensorDefinition:
    @dg.sensor(
        name="refresh_late",
        # It sends by itself and starts no run.
        minimum_interval_seconds=LOOK,
        description="Tells who runs the warehouse of a week that is not published in time, "
        "and again of a refusal that did not arrive.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:  # noqa: ARG001
        from orchestration.digest.run import send_alerts  # noqa: PLC0415

        told = list(send_alerts(settings, _now))
        _require_sent(told)
        lines = "; ".join(each.line for each in told)
        return dg.SkipReason(lines or "The week is there, or not due yet.")

    return sensor


def _require_sent(told: "list[Told]") -> None:
    """Pass where nothing failed, so that a run or a tick that did is seen to have failed."""
    failed = [each.line for each in told if each.outcome == "failed"]
    if failed:
        raise dg.Failure(description="; ".join(failed))


def _now() -> datetime:
    return datetime.now(UTC)
