from collections.abc import Mapping
from typing import Any

import dagster as dg

from orchestration import dbt_workspace
from orchestration.build import Build
from orchestration.defs.keys import PUBLISHED, mart_keys
from orchestration.manifest import definitions_of_marts
from orchestration.scoring import scoring_models
from warehouse.snapshots import publish


def definitions(manifest: Mapping[str, Any]) -> dg.Definitions:
    """The published version: what this run built, once every blocking check has passed."""

    @dg.asset(
        key=PUBLISHED,
        group_name=PUBLISHED.path[0],
        description="An immutable version of marts, policy and quality, and the pointer to it.",
        deps=mart_keys(manifest),
        kinds={"duckdb"},
    )
    def published(build: dg.ResourceParam[Build]) -> dg.MaterializeResult[None]:
        publication = publish(
            build.settings,
            build.database,
            published_at=build.requested_at,
            definitions=definitions_of_marts(manifest),
            scoring=scoring_models(manifest, dbt_workspace.target(build.settings)),
        )
        return dg.MaterializeResult(
            metadata={
                "version": publication.version.name,
                "is new": publication.is_new,
                "is served": publication.is_current,
                "bytes": publication.version.path.stat().st_size,
            }
        )

    return dg.Definitions(assets=[published])
