"""The ledger's tables, what a row must be, and the triggers that keep rows as they are."""

from typing import Final

from sqlalchemy import (
    DDL,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    event,
)
from sqlalchemy.exc import IntegrityError

RULES: Final = {
    "partner_is_named": ("trim(partner_id) <> ''", "a decision is about a partner"),
    "decider_is_named": ("trim(decided_by) <> ''", "a decision bears the name of who took it"),
    "verdict_is_known": (
        "verdict in ('approved', 'rejected', 'deferred', 'exception')",
        "a verdict is approved, rejected, deferred or exception",
    ),
    "action_is_known": (
        "action is null or action in ('promote', 'demote', 'pause', 'exit')",
        "an action is promote, demote, pause or exit",
    ),
    "note_is_given": (
        "verdict not in ('rejected', 'deferred') or trim(coalesce(note, '')) <> ''",
        "whoever rejects or defers says why in a note",
    ),
    "approved_change_has_a_tier": (
        "verdict <> 'approved' or coalesce(action, '') not in ('promote', 'demote') "
        "or to_tier is not null",
        "an approved promotion or demotion names its tier",
    ),
    "pause_and_exit_leave_the_tier": (
        "to_tier is null or coalesce(action, '') not in ('pause', 'exit')",
        "a pause or an exit names no tier: the partner keeps its own",
    ),
    "only_exceptions_lapse": (
        "expires_on is null or (verdict = 'exception' and expires_on > effective_on)",
        "only an exception lapses, and later than it begins",
    ),
}
"""What the database itself asks of a decision, by constraint: in SQL, and in words."""

FINDING_RULES: Final = {
    "finding_is_named": ("trim(finding_id) <> ''", "a state is of a finding"),
    "author_is_named": ("trim(decided_by) <> ''", "a state bears the name of who gave it"),
    "state_is_known": (
        "state in ('acknowledged', 'resolved', 'reopened')",
        "a finding is acknowledged, resolved or reopened",
    ),
    "resolution_is_told": (
        "state <> 'resolved' or trim(coalesce(note, '')) <> ''",
        "whoever resolves says how in a note",
    ),
}
"""The same of what somebody made of a finding."""

MESSAGE_RULES: Final = {
    "message_kind_is_known": (
        "kind in ('digest', 'refused', 'late')",
        "a message is a digest, or tells of a refresh refused or late",
    ),
    "channel_is_known": ("channel in ('mail', 'chat')", "a message goes by mail or chat"),
    "address_is_given": ("trim(address) <> ''", "a message has an address"),
    "step_is_known": (
        "state in ('claimed', 'sent', 'failed')",
        "a message is claimed, sent or failed",
    ),
    "failure_is_told": (
        "state <> 'failed' or trim(coalesce(note, '')) <> ''",
        "a failure says why",
    ),
}
"""The same of a step of sending a message."""

REVIEW_RULES: Final = {
    "review_is_named": ("trim(review_id) <> ''", "an entry is of a business review"),
    "keeper_is_named": ("trim(decided_by) <> ''", "an entry bears the name of who made it"),
    "event_is_known": (
        "event in ('pre_read_sent', 'carried', 'left_out', 'done')",
        "a pre-read is sent, an item carried over, left out or done",
    ),
    "item_is_named": (
        "(event = 'pre_read_sent') = (item_id is null)",
        "an item is carried over, left out or done; a pre-read is of no item",
    ),
    "leaving_out_is_told": (
        "event <> 'left_out' or trim(coalesce(note, '')) <> ''",
        "whoever leaves an item out says why in a note",
    ),
}
"""The same of what somebody made of a business review."""

metadata = MetaData()

decisions_table = Table(
    "decisions",
    metadata,
    Column("decision_id", Integer, primary_key=True, autoincrement=False),
    Column("recommendation", Text),
    Column("partner_id", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("action", Text),
    Column("from_tier", Text),
    Column("to_tier", Text),
    Column("effective_on", Date, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", DateTime, nullable=False),
    Column("note", Text),
    Column("expires_on", Date),
    *(CheckConstraint(rule, name=name) for name, (rule, _) in RULES.items()),
)

_IS_FINAL = decisions_table.c.verdict.in_(["approved", "rejected"])

Index(
    "one_final_verdict",
    decisions_table.c.recommendation,
    unique=True,
    sqlite_where=_IS_FINAL,
    postgresql_where=_IS_FINAL,
)

recommendations_table = Table(
    "published_recommendations",
    metadata,
    Column("partner_id", Text, primary_key=True),
    Column("quarter_end", Date, primary_key=True),
    Column("version", Text, nullable=False),
    Column("row_json", Text, nullable=False),
)

finding_states_table = Table(
    "finding_states",
    metadata,
    Column("entry_id", Integer, primary_key=True, autoincrement=False),
    Column("finding_id", Text, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", DateTime, nullable=False),
    Column("note", Text),
    Column("amount_cents", BigInteger),
    *(CheckConstraint(rule, name=name) for name, (rule, _) in FINDING_RULES.items()),
)

findings_table = Table(
    "published_findings",
    metadata,
    Column("finding_id", Text, primary_key=True),
    Column("check_key", Text, nullable=False),
    Column("first_seen_on", Date, nullable=False),
    Column("version", Text, nullable=False),
)

review_events_table = Table(
    "review_events",
    metadata,
    Column("event_id", Integer, primary_key=True, autoincrement=False),
    Column("review_id", Text, nullable=False, index=True),
    Column("item_id", Text),
    Column("event", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", DateTime, nullable=False),
    Column("note", Text),
    *(CheckConstraint(rule, name=name) for name, (rule, _) in REVIEW_RULES.items()),
)

sent_messages_table = Table(
    "sent_messages",
    metadata,
    Column("entry_id", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("manager", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", DateTime, nullable=False),
    Column("note", Text),
    *(CheckConstraint(rule, name=name) for name, (rule, _) in MESSAGE_RULES.items()),
)

_STEP = ("kind", "about", "audience", "channel", "address", "manager", "attempt", "state")

Index("one_step_each", *(sent_messages_table.c[name] for name in _STEP), unique=True)

_REFUSAL = "the ledger is append-only"
_POSTGRESQL = (
    f"""
    create or replace function refuse_change() returns trigger language plpgsql as
    $$ begin raise exception '{_REFUSAL}'; end $$
    """,
    """
    create trigger %(table)s_stay before update or delete or truncate on %(fullname)s
    for each statement execute function refuse_change()
    """,
)
_SQLITE = (
    f"""
    create trigger %(table)s_stay_as_they_are before update on %(fullname)s
    begin select raise(abort, '{_REFUSAL}'); end
    """,
    f"""
    create trigger %(table)s_stay before delete on %(fullname)s
    begin select raise(abort, '{_REFUSAL}'); end
    """,
)
# `insert or replace` deletes what is in its way without firing a trigger on delete.
_SQLITE_REPLACEMENT = """
    create trigger %(table)s_are_not_replaced before insert on %(fullname)s
    when exists (select 1 from %(fullname)s as held where {held})
    begin select raise(abort, 'UNIQUE constraint failed: {what}'); end
"""
_HELD = {
    decisions_table: (
        "held.decision_id = new.decision_id or (held.recommendation = new.recommendation "
        "and held.verdict in ('approved', 'rejected') and new.verdict in ('approved', 'rejected'))",
        "one_final_verdict",
    ),
    recommendations_table: (
        "held.partner_id = new.partner_id and held.quarter_end = new.quarter_end",
        "one publication",
    ),
    finding_states_table: ("held.entry_id = new.entry_id", "one entry"),
    findings_table: ("held.finding_id = new.finding_id", "one first sight"),
    sent_messages_table: (
        "held.entry_id = new.entry_id or ("
        + " and ".join(f"held.{name} = new.{name}" for name in _STEP)
        + ")",
        "one step each",
    ),
    review_events_table: ("held.event_id = new.event_id", "one event"),
}


def in_words(error: IntegrityError) -> str:
    """What a row broke by which the database refused it."""
    told = str(error.orig)
    rules = RULES | FINDING_RULES | REVIEW_RULES
    return next((words for name, (_, words) in rules.items() if name in told), told)


def _after_creation(table: Table, dialect: str, statement: str) -> None:
    ddl = DDL(statement)  # type: ignore[no-untyped-call]
    event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


for _table, (_held, _what) in _HELD.items():
    for _statement in _POSTGRESQL:
        _after_creation(_table, "postgresql", _statement)
    for _statement in (*_SQLITE, _SQLITE_REPLACEMENT.format(held=_held, what=_what)):
        _after_creation(_table, "sqlite", _statement)
