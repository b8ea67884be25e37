"""Findings of leaking money: what people made of them, and when each was first published."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from warehouse.ledger.database import reading, writing
from warehouse.ledger.served import served_rows
from warehouse.ledger.tables import finding_states_table, findings_table, in_words
from warehouse.settings import Settings

State = Literal["acknowledged", "resolved", "reopened"]

_FOLLOWS: dict[str | None, tuple[State, ...]] = {
    None: ("acknowledged", "resolved"),
    "acknowledged": ("resolved", "reopened"),
    "resolved": ("reopened",),
    "reopened": ("acknowledged", "resolved"),
}
"""What may be made of a finding, by what was made of it last."""

_LEAKS = """
select finding_id, check_key, first_seen_on
from marts.fct_leakage_check
where state = 'leak'
order by finding_id
"""


@dataclass(frozen=True)
class FindingState:
    """One entry: what a person made of a finding. The entry written last counts.

    `decided_at` is UTC without a zone; `amount_cents` what was leaking when it was written, in
    minor units of the reporting currency.
    """

    entry_id: int
    finding_id: str
    state: State
    decided_by: str
    decided_at: datetime
    note: str | None
    amount_cents: int | None


class PublishedFinding(NamedTuple):
    """A leak, the as-of date it was first seen on and the version that published it first."""

    finding_id: str
    check_key: str
    first_seen_on: date
    version: str


class FindingStateRefusedError(ValueError):
    """Nobody can make this of the finding as it stands; says why in words."""


def record_finding_state(
    settings: Settings,
    *,
    finding_id: str,
    state: State,
    decided_by: str,
    decided_at: datetime,
    note: str | None = None,
    amount_cents: int | None = None,
) -> FindingState:
    """Append what somebody made of a finding.

    What is open is acknowledged or resolved; what is acknowledged is resolved or reopened; what is
    resolved can be reopened alone. Raises FindingStateRefusedError, LedgerUnavailableError; the
    ledger then stands as it stood.
    """
    with writing(settings) as connection:
        _require_order(connection, finding_id, state)
        last = connection.scalar(select(func.max(finding_states_table.c.entry_id)))
        entry = FindingState(
            entry_id=(last or 0) + 1,
            finding_id=finding_id,
            state=state,
            decided_by=decided_by.strip(),
            decided_at=decided_at,
            note=(note or "").strip() or None,
            amount_cents=amount_cents,
        )
        try:
            connection.execute(insert(finding_states_table), asdict(entry))
        except IntegrityError as error:
            raise FindingStateRefusedError(in_words(error)) from error
    return entry


def finding_states(settings: Settings) -> list[FindingState]:
    """Every entry, in order of writing. Raises LedgerUnavailableError."""
    with reading(settings, finding_states_table) as connection:
        if connection is None:
            return []
        rows = connection.execute(
            select(finding_states_table).order_by(finding_states_table.c.entry_id)
        )
        return [FindingState(**row._mapping) for row in rows]


def states_in_force(entries: Iterable[FindingState]) -> dict[str, FindingState]:
    """The entry that counts for each finding, of entries in order of writing."""
    return {entry.finding_id: entry for entry in entries}


def freeze_findings(settings: Settings) -> int:
    """Append the leaks of the served version that nothing before it published; how many they are.

    Running it again adds nothing. Raises LedgerUnavailableError.
    """
    version, served = served_rows(settings, "fct_leakage_check", _LEAKS)
    if not served:
        return 0
    with writing(settings) as connection:
        held = {row.finding_id for row in connection.execute(select(findings_table.c.finding_id))}
        new = [row | {"version": version} for row in served if row["finding_id"] not in held]
        if new:
            connection.execute(insert(findings_table), new)
    return len(new)


def first_seen_findings(settings: Settings) -> list[PublishedFinding]:
    """Every leak that was ever published, by its id. Raises LedgerUnavailableError."""
    with reading(settings, findings_table) as connection:
        if connection is None:
            return []
        rows = connection.execute(select(findings_table).order_by(findings_table.c.finding_id))
        return [PublishedFinding._make(row) for row in rows]


def _require_order(connection: Connection, finding_id: str, state: State) -> None:
    row = connection.execute(
        select(finding_states_table)
        .where(finding_states_table.c.finding_id == finding_id)
        .order_by(finding_states_table.c.entry_id.desc())
        .limit(1)
    ).one_or_none()
    last = None if row is None else FindingState(**row._mapping)
    if state in _FOLLOWS[None if last is None else last.state] or state not in _FOLLOWS:
        return  # a state nobody knows is the table's to refuse
    if last is None:
        raise FindingStateRefusedError("nobody acknowledged or resolved this finding yet")
    raise FindingStateRefusedError(
        f"this finding is {last.state} by {last.decided_by} at {last.decided_at:%Y-%m-%d %H:%M}"
    )
