"""The decisions ledger: what people decided and what was recommended to them, never changed.

record(settings, partner_id=..., verdict="approved", ...)  # one more decision, or why not
decisions(settings)  # all of them, in order of writing
freeze(settings)  # keep what the served version recommends
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
from warehouse.ledger.recommendations import FrozenRecommendation, freeze, frozen

__all__ = [
    "AlreadyDecidedError",
    "Decision",
    "DecisionRefusedError",
    "FrozenRecommendation",
    "LedgerUnavailableError",
    "NotRestorableError",
    "backup",
    "decisions",
    "freeze",
    "frozen",
    "record",
    "restore",
]
