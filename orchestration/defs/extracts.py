import time
from collections.abc import Collection

import dagster as dg

from orchestration.build import Build
from orchestration.defs.keys import LEDGER, POLICY, RAW, extract_key
from orchestration.landing import Run, fill_programme, land_entity, mount, prune
from warehouse.connections import open_for_build
from warehouse.contracts import Contract, load_contracts
from warehouse.identity import code_version
from warehouse.ledger import (
    decisions,
    finding_states,
    first_seen_findings,
    frozen,
    review_events,
)
from warehouse.policy import policy_hash


def definitions() -> dg.Definitions:
    """One asset per extract entity, and the build database's raw schemas that hold them all."""
    contracts = load_contracts().values()
    return dg.Definitions(
        assets=[*(_extract(contract) for contract in contracts), _raw(contracts)],
    )


def _extract(contract: Contract) -> dg.AssetsDefinition:
    @dg.asset(
        key=extract_key(contract),
        group_name=contract.system,
        description=contract.description,
        kinds={"parquet"},
    )
    def extract(build: dg.ResourceParam[Build]) -> dg.MaterializeResult[None]:
        began = time.monotonic()
        landed = land_entity(contract, build.settings.extracts, build.settings.warehouse)
        build.landed[contract.name] = landed
        return dg.MaterializeResult(
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
        description="What landed and was decided, as schemas of this run's build.",
        deps=[POLICY, LEDGER, *(extract_key(contract) for contract in contracts)],
        kinds={"duckdb"},
    )
    def raw(build: dg.ResourceParam[Build]) -> dg.MaterializeResult[None]:
        run = Run(build.as_of, build.run_id, policy_hash(build.settings.policy), code_version())
        with open_for_build(build.database) as connection:
            mount(connection, build.landed.values(), run)
            fill_programme(
                connection,
                decisions(build.settings),
                frozen(build.settings),
                finding_states(build.settings),
                first_seen_findings(build.settings),
                review_events=review_events(build.settings),
            )
        for entity in build.landed.values():
            prune(entity)
        loads = [load for entity in build.landed.values() for load in entity.loads]
        return dg.MaterializeResult(
            metadata={
                "as of": build.as_of.isoformat(),
                "entities": sum(bool(entity.landed) for entity in build.landed.values()),
                "files": len(loads),
                "rows": sum(load.rows_accepted for load in loads),
                "refused": sum(load.rows_refused for load in loads),
                "refused files": [load.path for load in loads if load.state == "refused"],
            }
        )

    return raw
