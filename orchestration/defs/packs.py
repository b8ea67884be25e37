"""Packs of business reviews by themselves: each is made in time for the pre-read to be sent."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg

from orchestration.defs.keys import PACKS, PUBLISHED
from warehouse.ledger import pre_reads_sent, review_events
from warehouse.settings import Settings

if TYPE_CHECKING:
    from dashboards.queries.packs import Occasion
    from dashboards.queries.published import Edition

MAKE_PACKS = "make_packs"
DUE_BY_TAG = "scorecards/due_by"
"""The packs of a run are those whose pre-read has to be sent by this moment."""

BEAT = timedelta(hours=1)
"""A pack is made in the last of these before its pre-read is due."""


def definitions(settings: Settings) -> dg.Definitions:
    """The packs as an asset, the job that makes them, and the schedule that looks every hour."""

    @dg.asset(
        key=PACKS,
        group_name=PACKS.path[0],
        description="PDF, PPTX and XLSX of the business reviews whose pre-read is due, for us and "
        "for the partner, and a manifest of their hashes.",
        deps=[PUBLISHED],
        kinds={"pdf"},
    )
    def packs(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        from dashboards.packs.making import write_packs  # noqa: PLC0415 - it brings Streamlit

        edition, wanted = waiting(settings, _due_by(context))
        if edition is None or not wanted:
            return dg.MaterializeResult(metadata={"packs": 0})
        written = write_packs(edition, wanted, settings.packs)
        return dg.MaterializeResult(
            metadata={
                "version": edition.version,
                "folder": dg.MetadataValue.path(written.folder),
                "packs": written.packs,
                "files": written.files,
            }
        )

    job = dg.define_asset_job(
        MAKE_PACKS,
        selection=dg.AssetSelection.assets(PACKS),
        description="Make the packs of the business reviews whose pre-read is due.",
        executor_def=dg.in_process_executor,
    )

    @dg.schedule(
        name="pre_reads",
        cron_schedule="0 * * * *",
        execution_timezone="UTC",
        job_name=MAKE_PACKS,
        description="Packs of the reviews whose pre-read has to be sent within the hour.",
    )
    def pre_reads(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        due_by = context.scheduled_execution_time.astimezone(UTC).replace(tzinfo=None) + BEAT
        edition, wanted = waiting(settings, due_by)
        if edition is None:
            return dg.SkipReason("Nothing is published yet.")
        if not wanted:
            return dg.SkipReason("No pre-read is due that has no pack.")
        return dg.RunRequest(tags={DUE_BY_TAG: due_by.isoformat()})

    return dg.Definitions(assets=[packs], jobs=[job], schedules=[pre_reads])


def waiting(settings: Settings, due_by: datetime) -> tuple["Edition | None", list["Occasion"]]:
    """The served version, and the reviews whose pre-read is due by then and has no pack of it.

    Once a pre-read is sent no pack is made again; until then a later version makes a fresher one.
    Raises LedgerUnavailableError: the next hour asks again, and catches up.
    """
    from dashboards.packs.making import made_before  # noqa: PLC0415 - it brings Streamlit
    from dashboards.packs.model import AUDIENCES  # noqa: PLC0415
    from dashboards.queries.occasions import due  # noqa: PLC0415
    from dashboards.queries.published import current_edition, has  # noqa: PLC0415

    edition = current_edition(settings)
    if edition is None or not has(edition, "fct_business_review"):
        return edition, []
    made = made_before(settings.packs, edition.version)
    sent = pre_reads_sent(review_events(settings))
    return edition, [
        occasion
        for occasion in due(edition, due_by - BEAT, sent, by=due_by)
        if any(
            (occasion.partner_id, occasion.review_id, audience) not in made
            for audience in AUDIENCES
        )
    ]


def _due_by(context: dg.AssetExecutionContext) -> datetime:
    """As the schedule says; of a run started by hand an hour from when it was asked for."""
    tag = context.run.tags.get(DUE_BY_TAG)
    if tag:
        return datetime.fromisoformat(tag)
    record = context.instance.get_run_record_by_id(context.run_id)
    if record is None:
        raise dg.DagsterInvariantViolationError("packs are made in a recorded run")
    asked_at: datetime = record.create_timestamp
    return asked_at.astimezone(UTC).replace(tzinfo=None) + BEAT
