"""Decisions: verdicts of people on recommendations, and dated exceptions."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from warehouse.ledger.database import reading, writing
from warehouse.ledger.tables import decisions_table, in_words
from warehouse.settings import Settings

Verdict = Literal["approved", "rejected", "deferred", "exception"]
Action = Literal["promote", "demote", "pause", "exit"]
FINAL: tuple[Verdict, ...] = ("approved", "rejected")


@dataclass(frozen=True)
class Decision:
    """One entry of the ledger. Of two of one day the later written counts, which is the higher id.

    `decided_at` is UTC without a zone. An approved change of tier holds from `effective_on` on, an
    exception from then until `expires_on`, exclusive.
    """

    decision_id: int
    recommendation: str | None
    partner_id: str
    verdict: Verdict
    action: Action | None
    from_tier: str | None
    to_tier: str | None
    effective_on: date
    decided_by: str
    decided_at: datetime
    note: str | None
    expires_on: date | None

    @property
    def is_final(self) -> bool:
        """Whether nobody may decide its recommendation again."""
        return self.verdict in FINAL


class DecisionRefusedError(ValueError):
    """The decision is not one the ledger takes; says why in words."""


class AlreadyDecidedError(Exception):
    """Somebody else's final verdict on this recommendation stands."""

    def __init__(self, recommendation: str, by: Decision) -> None:
        self.recommendation = recommendation
        self.by = by
        super().__init__(
            f"{recommendation} is {by.verdict} by {by.decided_by} at {by.decided_at:%Y-%m-%d %H:%M}"
        )


def record(
    settings: Settings,
    *,
    partner_id: str,
    verdict: Verdict,
    effective_on: date,
    decided_by: str,
    decided_at: datetime,
    recommendation: str | None = None,
    action: Action | None = None,
    from_tier: str | None = None,
    to_tier: str | None = None,
    note: str | None = None,
    expires_on: date | None = None,
) -> Decision:
    """Append one decision. The same recommendation is approved or rejected once, whoever tries.

    Raises AlreadyDecidedError, DecisionRefusedError, LedgerUnavailableError; the ledger then stands
    as it stood.
    """
    with writing(settings) as connection:
        if recommendation is not None and verdict != "exception":
            _require_undecided(connection, recommendation)
        if verdict == "approved":
            _require_order(connection, partner_id, effective_on)
        last = connection.scalar(select(func.max(decisions_table.c.decision_id)))
        decision = Decision(
            decision_id=(last or 0) + 1,
            recommendation=recommendation,
            partner_id=partner_id,
            verdict=verdict,
            action=action,
            from_tier=from_tier,
            to_tier=to_tier,
            effective_on=effective_on,
            decided_by=decided_by.strip(),
            decided_at=decided_at,
            note=(note or "").strip() or None,
            expires_on=expires_on,
        )
        try:
            connection.execute(insert(decisions_table), asdict(decision))
        except IntegrityError as error:
            raise DecisionRefusedError(in_words(error)) from error
    return decision


def decisions(settings: Settings) -> list[Decision]:
    """Every decision, in order of writing. Raises LedgerUnavailableError."""
    with reading(settings, decisions_table) as connection:
        if connection is None:
            return []
        return _in_order_of_writing(connection)


def _in_order_of_writing(connection: Connection) -> list[Decision]:
    rows = connection.execute(select(decisions_table).order_by(decisions_table.c.decision_id))
    return [Decision(**row._mapping) for row in rows]


def _require_undecided(connection: Connection, recommendation: str) -> None:
    final = connection.execute(
        select(decisions_table).where(
            decisions_table.c.recommendation == recommendation,
            decisions_table.c.verdict.in_(FINAL),
        )
    ).one_or_none()
    if final is not None:
        raise AlreadyDecidedError(recommendation, Decision(**final._mapping))


def _require_order(connection: Connection, partner_id: str, effective_on: date) -> None:
    last: date | None = connection.scalar(
        select(func.max(decisions_table.c.effective_on)).where(
            decisions_table.c.partner_id == partner_id,
            decisions_table.c.verdict == "approved",
        )
    )
    if last is not None and effective_on < last:
        raise DecisionRefusedError(
            f"the last decision on this partner holds from {last}; no later one may hold before it"
        )
