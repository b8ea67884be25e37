"""When a refresh runs by itself: every week, month and quarter, and when extracts arrive."""

from datetime import date
from pathlib import Path

import dagster as dg

from orchestration.arrivals import Watch, fingerprint, look
from orchestration.build import AS_OF_TAG, CADENCE_TAG, default_as_of
from orchestration.defs.keys import DIGEST, PACKS
from orchestration.week import WEEKLY_HOUR
from warehouse.policy import load_policy
from warehouse.policy.dating import in_force, rows_of
from warehouse.settings import Settings

REFRESH = "refresh"


def definitions(settings: Settings) -> dg.Definitions:
    """The one job, its three schedules and the sensor of arriving extracts."""
    job = dg.define_asset_job(
        REFRESH,
        # Packs keep the time of their reviews, and a digest is sent once a week.
        selection=dg.AssetSelection.all() - dg.AssetSelection.assets(PACKS, DIGEST),
        description="Land, audit, build, audit, publish.",
        executor_def=dg.in_process_executor,
    )
    return dg.Definitions(
        jobs=[job],
        schedules=[
            _schedule(
                "weekly", f"0 {WEEKLY_HOUR} * * 1", "Scores of the week that ended on Sunday."
            ),
            _schedule("monthly", "0 6 1 * *", "The month that ended, for its review."),
            _quarterly(settings),
        ],
        sensors=[_arrival_sensor(settings)],
    )


def _schedule(cadence: str, cron: str, description: str) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=cadence,
        cron_schedule=cron,
        execution_timezone="UTC",
        job_name=REFRESH,
        description=description,
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        return _request(context, cadence)

    return schedule


def _quarterly(settings: Settings) -> dg.ScheduleDefinition:
    @dg.schedule(
        name="quarterly",
        cron_schedule="0 6 1 * *",
        execution_timezone="UTC",
        job_name=REFRESH,
        description="The fiscal quarter that ended, for tiers, segments and contracts.",
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        today = context.scheduled_execution_time.date()
        if (today.month - fiscal_year_start_month(settings.policy, today)) % 3:
            return dg.SkipReason("No fiscal quarter ended yesterday.")
        return _request(context, "quarterly")

    return schedule


def fiscal_year_start_month(policy: Path, day: date) -> int:
    """The month in which fiscal years begin, by the policy in force on `day`.

    Raises PolicyInvalid where the policy cannot be read.
    """
    rows = rows_of(load_policy(policy)["settings"])
    [month] = [
        int(row.value) for row in in_force(rows, day) if row.setting == "fiscal_year_start_month"
    ]
    return month


def _request(context: dg.ScheduleEvaluationContext, cadence: str) -> dg.RunRequest:
    as_of = default_as_of(context.scheduled_execution_time)
    return dg.RunRequest(tags={AS_OF_TAG: as_of.isoformat(), CADENCE_TAG: cadence})


def _arrival_sensor(settings: Settings) -> dg.SensorDefinition:
    @dg.sensor(
        name="extracts_arrived",
        job_name=REFRESH,
        minimum_interval_seconds=60,
        description="Refreshes once the extracts folder has changed and come to rest.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        watch, is_due = look(Watch.from_cursor(context.cursor), fingerprint(settings.extracts))
        requests = [dg.RunRequest(run_key=watch.requested, tags={CADENCE_TAG: "arrival"})]
        return dg.SensorResult(run_requests=requests if is_due else [], cursor=watch.to_cursor())

    return sensor
