"""What the tools we start find in their environment: paths, and silence about us."""

import os
from pathlib import Path

from warehouse.connections import BUILD_FILE
from warehouse.files import write_atomically
from warehouse.settings import Settings

_TELEMETRY_OFF = {
    "DAGSTER_DISABLE_TELEMETRY": "yes",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
}

_INSTANCE = """\
# Written by Partner Scorecards.
telemetry:
  enabled: false
compute_logs:
  # The default one starts four processes to follow a run's output, and they outlive a killed run
  # for a while. What dbt says is in warehouse/dbt/target/dbt.log.
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
concurrency:
  runs:
    # A second refresh of this home waits its turn in the queue.
    max_concurrent_runs: 1
"""


def enter(settings: Settings) -> Settings:
    """Set this process's environment for the tools it starts; return the settings made absolute.

    Everything Dagster and dbt write goes under home, and none of the tools calls out.
    """
    absolute = settings.model_copy(
        update={
            "home": settings.home.resolve(),
            "extracts": settings.extracts.resolve(),
            "policy": settings.policy.resolve(),
        }
    )
    dagster_home = absolute.home / "dagster"
    dagster_home.mkdir(parents=True, exist_ok=True)
    instance = dagster_home / "dagster.yaml"
    if not instance.exists():
        write_atomically(instance, _INSTANCE)
    os.environ |= _TELEMETRY_OFF
    os.environ |= {
        "DAGSTER_HOME": str(dagster_home),
        # Where dbt opens the build: one path for every run, or dbt would parse anew each time.
        "DBT_DUCKDB_PATH": str(current_build(absolute) / BUILD_FILE),
        "SCORECARDS_HOME": str(absolute.home),
        "SCORECARDS_EXTRACTS": str(absolute.extracts),
        "SCORECARDS_POLICY": str(absolute.policy),
    }
    if absolute.decisions_url is not None:
        os.environ["SCORECARDS_DECISIONS_URL"] = absolute.decisions_url
    return absolute


def current_build(settings: Settings) -> Path:
    """The link that names the folder of the build under way."""
    return settings.builds / "current"
