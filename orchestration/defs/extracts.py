import time
from collections.abc import Collection

import dagster as dg

from orchestration.build import Build
from orchestration.defs.keys import POLICY, RAW, extract_key
from orchestration.landing import Landed, Run, land_entity, mount
from warehouse.connections import open_for_build
from warehouse.contracts import Contract, load_contracts
from warehouse.identity import code_version
from warehouse.policy import policy_hash

IN_MEMORY = "in_memory"
"""Where a landed entity's receipts wait for the mount of the same run; its rows are on disk."""


def definitions() -> dg.Definitions:
    """One asset per extract entity, and the build database's raw schemas that hold them all."""
    contracts = load_contracts().values()
    return dg.Definitions(
        assets=[*(_extract(contract) for contract in contracts), _raw(contracts)],
        resources={IN_MEMORY: dg.mem_io_manager},
    )


def _extract(contract: Contract) -> dg.AssetsDefinition:
    @dg.asset(
        key=extract_key(contract),
        group_name=contract.system,
        description=contract.description,
        kinds={"parquet"},
        io_manager_key=IN_MEMORY,
    )
    def extract(build: dg.ResourceParam[Build]) -> dg.Output[Landed]:
        began = time.monotonic()
        landed = land_entity(contract, build.settings.extracts, build.settings.warehouse)
        return dg.Output(
            landed,
            metadata={
                "files": len(landed.loads),
                "rows": sum(load.rows_accepted for load in landed.loads),
                "refused": sum(load.rows_refused for load in landed.loads),
                "refused files": [
                    f"{load.path}: {load.reason}"
                    for load in landed.loads
                    if load.state == "refused"
                ],
                "duration": round(time.monotonic() - began, 3),
            },
        )

    return extract


def _raw(contracts: Collection[Contract]) -> dg.AssetsDefinition:
    @dg.asset(
        key=RAW,
        group_name=RAW.path[0],
        description="What landed, as the schemas raw, quarantine and quality of this run's build.",
        ins={
            contract.relation: dg.AssetIn(extract_key(contract), input_manager_key=IN_MEMORY)
            for contract in contracts
        },
        deps=[POLICY],
        kinds={"duckdb"},
    )
    def raw(build: dg.ResourceParam[Build], **landed: Landed) -> dg.MaterializeResult[None]:
        run = Run(build.as_of, build.run_id, policy_hash(build.settings.policy), code_version())
        with open_for_build(build.database) as connection:
            mount(connection, landed.values(), run)
        loads = [load for entity in landed.values() for load in entity.loads]
        return dg.MaterializeResult(
            metadata={
                "as of": build.as_of.isoformat(),
                "entities": sum(bool(entity.landed) for entity in landed.values()),
                "files": len(loads),
                "rows": sum(load.rows_accepted for load in loads),
                "refused": sum(load.rows_refused for load in loads),
                "refused files": [load.path for load in loads if load.state == "refused"],
            }
        )

    return raw
