from collections.abc import Iterator
from datetime import UTC, date, datetime

import dagster as dg

from orchestration.build import AS_OF_TAG, Build, build_under_way, default_as_of
from warehouse.settings import Settings


def definitions(settings: Settings) -> dg.Definitions:
    """The resources of a run: the settings, and the build that the run is."""

    @dg.resource(description="The build of this run; holds the home's refresh lock.")
    def build_resource(context: dg.InitResourceContext) -> Iterator[Build]:
        if context.run is None or context.instance is None:
            raise dg.DagsterInvariantViolationError("a build exists only in a run")
        record = context.instance.get_run_record_by_id(context.run.run_id)
        if record is None:
            raise dg.DagsterInvariantViolationError("a build exists only in a recorded run")
        build = build_of_run(settings, context.run, record.create_timestamp)
        with build_under_way(build) as under_way:
            yield under_way

    return dg.Definitions(resources={"build": build_resource}, executor=dg.in_process_executor)


def build_of_run(settings: Settings, run: dg.DagsterRun, requested_at: datetime) -> Build:
    """The build that `run` is: as of its tag, else of the day before it was requested.

    Raises ValueError where the tag holds no date.
    """
    tag = run.tags.get(AS_OF_TAG)
    as_of = date.fromisoformat(tag) if tag else default_as_of(requested_at)
    return Build(settings, run.run_id, as_of, requested_at.astimezone(UTC).replace(tzinfo=None))
