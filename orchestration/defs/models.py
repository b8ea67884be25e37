import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliResource,
    DbtProject,
    dbt_assets,
)

from orchestration import dbt_child, dbt_workspace
from orchestration.build import Build
from orchestration.defs.keys import LEDGER, RAW, extract_key_of_relation
from orchestration.manifest import layer_of

DBT = "dbt"
"""The step that runs `dbt build`."""

NO_UNIT_TESTS = "resource_type:unit_test"
"""Unit tests prove our SQL, not somebody's data: they run in the test suite."""


def definitions(manifest: Mapping[str, Any]) -> dg.Definitions:
    """The dbt project's seeds, models and tests as assets and checks, built by one `dbt build`."""

    @dbt_assets(
        manifest=manifest,
        exclude=NO_UNIT_TESTS,
        name=DBT,
        dagster_dbt_translator=LayerTranslator(
            DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True)
        ),
    )
    def models(context: dg.AssetExecutionContext, build: dg.ResourceParam[Build]) -> Iterator[Any]:
        os.environ[dbt_child.PARENT] = str(os.getpid())
        project = dbt_workspace.folder(build.settings) / "dbt_project"
        dbt = AdapterlessDbt(
            project_dir=str(project),
            profiles_dir=str(project),
            dbt_executable=str(dbt_workspace.executable(build.settings)),
            global_config_flags=["--no-write-json", "--log-level-file", "info"],
        )
        with dbt_workspace.workspace_lock(build.settings):
            yield from dbt.cli(
                ["build"], context=context, target_path=dbt_workspace.target(build.settings)
            ).stream()

    return dg.Definitions(assets=[models])


class AdapterlessDbt(DbtCliResource):
    """dagster-dbt without its second dbt, which it keeps in our process to look up columns."""

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:  # noqa: ARG002
        return None


class LayerTranslator(DagsterDbtTranslator):
    """Names dbt's resources by their layer, and hangs sources on the extracts they are."""

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """The spec dagster-dbt makes, under our key and in the group of its layer."""
        props = self.get_resource_props(manifest, unique_id)
        spec = super().get_asset_spec(manifest, unique_id, project)
        return spec.replace_attributes(key=key_of(props), group_name=layer_of(props))


def key_of(props: Mapping[str, Any]) -> dg.AssetKey:
    """`layer/name` of a model or seed; of a source the asset that yields it."""
    if props["resource_type"] != "source":
        return dg.AssetKey([layer_of(props), props["name"]])
    if props["source_name"] in ("raw", "quarantine"):
        return extract_key_of_relation(props["name"])
    return LEDGER if props["source_name"] == "programme" else RAW
