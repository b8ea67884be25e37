"""The decisions ledger: what people decided and what was told to them, never changed.

record(settings, partner_id=..., verdict="approved", ...)  # one more decision, or why not
decisions(settings)  # all of them, in order of writing
record_finding_state(settings, finding_id=..., state="resolved", ...)  # likewise of a leak
freeze(settings)  # keep what the served version recommends
freeze_findings(settings)  # and when it found a leak first
"""

from warehouse.ledger.archive import NotRestorableError, backup, restore
from warehouse.ledger.database import LedgerUnavailableError
from warehouse.ledger.decisions import (
    AlreadyDecidedError,
    Decision,
    DecisionRefusedError,
    decisions,
    record,
)
from warehouse.ledger.findings import (
    FindingState,
    FindingStateRefusedError,
    PublishedFinding,
    finding_states,
    first_seen_findings,
    freeze_findings,
    record_finding_state,
    states_in_force,
)
from warehouse.ledger.recommendations import FrozenRecommendation, freeze, frozen

__all__ = [
    "AlreadyDecidedError",
    "Decision",
    "DecisionRefusedError",
    "FindingState",
    "FindingStateRefusedError",
    "FrozenRecommendation",
    "LedgerUnavailableError",
    "NotRestorableError",
    "PublishedFinding",
    "backup",
    "decisions",
    "finding_states",
    "first_seen_findings",
    "freeze",
    "freeze_findings",
    "frozen",
    "record",
    "record_finding_state",
    "restore",
    "states_in_force",
]
