"""What `dagster dev` loads, and what the command runs."""

import dagster as dg

from orchestration import dbt_workspace
from orchestration.defs import (
    audits,
    extracts,
    ledger,
    messages,
    models,
    packs,
    publication,
    refresh_run,
    rhythm,
)
from orchestration.environment import enter
from warehouse.settings import Settings


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions of the installation that the environment names."""
    return load(enter(Settings()))


def load(settings: Settings) -> dg.Definitions:
    """Every definition of one installation; no extract needs to be there yet.

    Raises DbtParseError where dbt refuses the project with this policy.
    """
    manifest = dbt_workspace.prepare(settings)
    return dg.Definitions.merge(
        refresh_run.definitions(settings),
        extracts.definitions(),
        ledger.definitions(),
        models.definitions(manifest),
        audits.definitions(manifest),
        publication.definitions(manifest),
        packs.definitions(settings),
        messages.definitions(settings),
        rhythm.definitions(settings),
    )
