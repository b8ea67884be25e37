"""The decisions ledger: what people decided and what was told to them, never changed.

record(settings, partner_id=..., verdict="approved", ...)  # one more decision, or why not
decisions(settings)  # all of them, in order of writing
record_finding_state(settings, finding_id=..., state="resolved", ...)  # likewise of a leak
record_review_event(settings, review_id=..., event="carried", ...)  # and of a business review
freeze(settings)  # keep what the served version recommends
freeze_findings(settings)  # and when it found a leak first
claim(settings, envelope, ...)  # take a message on, so that nobody else sends it too
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
from warehouse.ledger.messages import (
    Envelope,
    SentMessage,
    claim,
    last_steps,
    sent_messages,
    settle,
)
from warehouse.ledger.recommendations import FrozenRecommendation, freeze, frozen
from warehouse.ledger.reviews import (
    ReviewEvent,
    ReviewEventRefusedError,
    items_in_force,
    pre_reads_sent,
    record_review_event,
    review_events,
)

__all__ = [
    "AlreadyDecidedError",
    "Decision",
    "DecisionRefusedError",
    "Envelope",
    "FindingState",
    "FindingStateRefusedError",
    "FrozenRecommendation",
    "LedgerUnavailableError",
    "NotRestorableError",
    "PublishedFinding",
    "ReviewEvent",
    "ReviewEventRefusedError",
    "SentMessage",
    "backup",
    "claim",
    "decisions",
    "finding_states",
    "first_seen_findings",
    "freeze",
    "freeze_findings",
    "frozen",
    "items_in_force",
    "last_steps",
    "pre_reads_sent",
    "record",
    "record_finding_state",
    "record_review_event",
    "restore",
    "review_events",
    "sent_messages",
    "settle",
    "states_in_force",
]
