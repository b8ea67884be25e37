"""Messages by themselves: the digest of each week once it is published, and alerts."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

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

LOOK = 300
"""Seconds between two looks at whether there is anything to send."""
PAUSE = timedelta(minutes=15)
"""What failed rests so long, times the attempts so far, before it is tried again."""


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
        from orchestration.digest.run import send_digest  # noqa: PLC0415 - it brings Streamlit

        told = list(send_digest(settings, _now, context.run.tags.get(VERSION_TAG)))
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
    def sensor(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:  # noqa: ARG001
        if settings.audiences is None:
            return dg.SkipReason("No audiences are configured.")
        served = current(settings)
        if served is None:
            return dg.SkipReason("Nothing is published yet.")
        return _retry(settings) or _first(settings, served)

    return sensor


def _first(settings: Settings, served: Version) -> dg.RunRequest | dg.SkipReason:
    """One run for each week, of the first version that is served of it."""
    with open_version(settings, served.name) as connection:
        [(week,)] = connection.execute("select period_start from quality.snapshot").fetchall()
    if week is None:
        return dg.SkipReason("No week has a partner.")
    return dg.RunRequest(run_key=f"week-{week}", tags={VERSION_TAG: served.name})


def _retry(settings: Settings) -> dg.RunRequest | None:
    """A run for the latest version of which a message failed for sure and may be tried again."""
    from orchestration.digest.sending import ATTEMPTS  # noqa: PLC0415 - it brings Streamlit

    now = _now().replace(tzinfo=None)
    for version in versions(settings):
        failed = [
            step
            for step in last_steps(sent_messages(settings)).values()
            if (step.kind, step.about, step.state) == ("digest", version.name, "failed")
            and step.attempt < ATTEMPTS
        ]
        due = [step for step in failed if step.at + PAUSE * step.attempt <= now]
        if due:
            key = f"{version.name}-{max(step.entry_id for step in due)}"
            return dg.RunRequest(run_key=key, tags={VERSION_TAG: version.name})
    return None


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
        description="Tells who runs the warehouse of a week that is not published in time.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:  # noqa: ARG001
        from orchestration.digest.run import send_lateness  # noqa: PLC0415

        told = list(send_lateness(settings, _now))
        _require_sent(told)
        return dg.SkipReason(told[0].line if told else "The week is there, or not due yet.")

    return sensor


def _require_sent(told: "list[Told]") -> None:
    """Pass where nothing failed, so that a run or a tick that did is seen to have failed."""
    failed = [each.line for each in told if each.outcome == "failed"]
    if failed:
        raise dg.Failure(description="; ".join(failed))


def _now() -> datetime:
    return datetime.now(UTC)
