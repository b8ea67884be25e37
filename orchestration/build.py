"""What one refresh works with: its as-of, and the database it builds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from orchestration.environment import current_build
from orchestration.landing import Landed
from warehouse.connections import BUILD_FILE
from warehouse.lock import refresh_lock
from warehouse.settings import Settings

AS_OF_TAG = "scorecards/as_of"
CADENCE_TAG = "scorecards/cadence"


@dataclass(frozen=True)
class Build:
    """One refresh under way. `requested_at` is UTC without a zone."""

    settings: Settings
    run_id: str
    as_of: date
    requested_at: datetime
    landed: dict[str, Landed] = field(default_factory=dict)
    """What this run landed, by `system.entity`; its rows are on disk."""

    @property
    def database(self) -> Path:
        """The DuckDB file that this refresh alone writes."""
        return self.settings.builds / self.run_id / BUILD_FILE


@contextmanager
def build_under_way(build: Build) -> Iterator[Build]:
    """Hold the home for this build and make its folder; the next refresh removes it.

    Until then it can be looked into, above all when it was refused.
    Raises RefreshUnderWayError where another process holds it.
    """
    with refresh_lock(build.settings):
        build.database.parent.mkdir(parents=True)
        link = current_build(build.settings)
        link.unlink(missing_ok=True)
        link.symlink_to(build.run_id, target_is_directory=True)
        yield build


def default_as_of(now: datetime) -> date:
    """Yesterday in UTC: the last day that is whole. `now` bears a zone."""
    return now.astimezone(UTC).date() - timedelta(days=1)
