import dagster as dg

from orchestration.build import Build
from orchestration.defs.keys import LEDGER
from warehouse.ledger import decisions, freeze


def definitions() -> dg.Definitions:
    """The ledger as an asset: one more extract of a refresh, and the only one it adds to."""
    return dg.Definitions(assets=[ledger])


@dg.asset(
    key=LEDGER,
    group_name=LEDGER.path[0],
    description="What people decided, and recommendations as they were first published.",
    kinds={"sql"},
)
def ledger(build: dg.ResourceParam[Build]) -> dg.MaterializeResult[None]:
    """Freeze what the served version recommends, before this run could say otherwise."""
    added = freeze(build.settings)
    return dg.MaterializeResult(
        metadata={
            "decisions": len(decisions(build.settings)),
            "newly frozen recommendations": added,
        }
    )
