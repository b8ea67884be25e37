import dagster as dg

from orchestration.build import Build
from orchestration.defs.keys import LEDGER
from warehouse.ledger import decisions, finding_states, freeze, freeze_findings, review_events


def definitions() -> dg.Definitions:
    """The ledger as an asset: one more extract of a refresh, and the only one it adds to."""
    return dg.Definitions(assets=[ledger])


@dg.asset(
    key=LEDGER,
    group_name=LEDGER.path[0],
    description="What people decided, and recommendations and leaks as first published.",
    kinds={"sql"},
)
def ledger(build: dg.ResourceParam[Build]) -> dg.MaterializeResult[None]:
    """Freeze what the served version says, before this run could say otherwise."""
    added, seen = freeze(build.settings), freeze_findings(build.settings)
    return dg.MaterializeResult(
        metadata={
            "decisions": len(decisions(build.settings)),
            "newly frozen recommendations": added,
            "states of findings": len(finding_states(build.settings)),
            "newly frozen findings": seen,
            "events of reviews": len(review_events(build.settings)),
        }
    )
