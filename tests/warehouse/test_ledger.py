"""The ledger on SQLite and on a real PostgreSQL: what one takes and keeps, so does the other."""

import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from warehouse.connections import open_for_build
from warehouse.ledger import (
    AlreadyDecidedError,
    Decision,
    DecisionRefusedError,
    Envelope,
    FindingState,
    FindingStateRefusedError,
    LedgerUnavailableError,
    NotRestorableError,
    ReviewEvent,
    ReviewEventRefusedError,
    backup,
    claim,
    decisions,
    finding_states,
    first_seen_findings,
    freeze,
    freeze_findings,
    frozen,
    items_in_force,
    last_steps,
    pre_reads_sent,
    record,
    record_finding_state,
    record_review_event,
    restore,
    review_events,
    sent_messages,
    settle,
    states_in_force,
)
from warehouse.ledger.database import writing
from warehouse.settings import Settings

NOON = datetime(2026, 11, 20, 12, 0, 0, 123456)
DIGEST = Envelope("digest", "2026-11-15-0a1b2c3d4e5f", "ops", "mail", "ops@example.com")


def decide(settings: Settings, **changes: Any) -> Decision:
    """Ana promotes partner P1 to gold on the recommendation of the third quarter."""
    entry: dict[str, Any] = {
        "recommendation": "P1@2026-09-30",
        "partner_id": "P1",
        "verdict": "approved",
        "action": "promote",
        "from_tier": "silver",
        "to_tier": "gold",
        "effective_on": date(2026, 11, 15),
        "decided_by": "Ana Brandt",
        "decided_at": NOON,
        "note": None,
    }
    return record(settings, **entry | changes)


def judge(settings: Settings, **changes: Any) -> FindingState:
    """Ana acknowledges a leak of twelve dollars."""
    entry: dict[str, Any] = {
        "finding_id": "f1",
        "state": "acknowledged",
        "decided_by": "Ana Brandt",
        "decided_at": NOON,
        "amount_cents": 1200,
    }
    return record_finding_state(settings, **entry | changes)


def note_of_review(settings: Settings, **changes: Any) -> ReviewEvent:
    """Ana carries an action of review R1 over."""
    entry: dict[str, Any] = {
        "review_id": "R1",
        "item_id": "I1",
        "event": "carried",
        "decided_by": "Ana Brandt",
        "decided_at": NOON,
    }
    return record_review_event(settings, **entry | changes)


def test_a_ledger_that_nobody_wrote_in_is_empty_and_stays_unmade(settings: Settings) -> None:
    assert decisions(settings) == []
    assert frozen(settings) == []
    assert finding_states(settings) == []
    assert first_seen_findings(settings) == []
    assert review_events(settings) == []
    assert not settings.home.exists()


def test_what_is_recorded_is_read_back_to_the_microsecond(settings: Settings) -> None:
    first = decide(settings, verdict="deferred", to_tier=None, note=" Wait for the audit – “soon” ")
    second = decide(
        settings,
        recommendation=None,
        verdict="exception",
        action=None,
        to_tier=None,
        expires_on=date(2027, 3, 31),
    )
    assert decisions(settings) == [first, second]
    assert (first.decision_id, second.decision_id) == (1, 2)
    assert first.note == "Wait for the audit – “soon”"
    assert first.decided_at == NOON


@pytest.mark.parametrize("first", ["approved", "rejected"])
def test_nobody_decides_twice(settings: Settings, first: str) -> None:
    stands = decide(settings, verdict=first, note="as agreed")
    for verdict in ("approved", "rejected", "deferred"):
        with pytest.raises(AlreadyDecidedError) as refused:
            decide(settings, verdict=verdict, decided_by="Idris Kaya", note="too late")
        assert refused.value.by == stands
    assert decisions(settings) == [stands]


def test_what_was_deferred_can_still_be_decided_and_an_exception_granted(
    settings: Settings,
) -> None:
    decide(settings, verdict="deferred", note="wait")
    decide(settings, verdict="deferred", note="wait longer")
    decide(settings)
    decide(settings, verdict="exception", action=None, to_tier=None)
    assert [entry.verdict for entry in decisions(settings)] == [
        "deferred",
        "deferred",
        "approved",
        "exception",
    ]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"verdict": "rejected"}, "note"),
        ({"verdict": "rejected", "note": "  "}, "note"),
        ({"verdict": "deferred"}, "note"),
        ({"verdict": "maybe"}, "verdict is"),
        ({"action": "celebrate"}, "action is"),
        ({"decided_by": " "}, "bears the name"),
        ({"partner_id": ""}, "about a partner"),
        ({"to_tier": None}, "names its tier"),
        ({"action": "pause"}, "keeps its own"),
        ({"expires_on": date(2027, 1, 1)}, "only an exception"),
        (
            {"verdict": "exception", "to_tier": None, "expires_on": date(2026, 11, 15)},
            "later than it begins",
        ),
    ],
)
def test_what_is_no_decision_is_refused_in_words(
    settings: Settings, changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(DecisionRefusedError, match=why):
        decide(settings, **changes)
    assert decisions(settings) == []


def test_a_change_of_tier_never_holds_before_the_one_decided_before_it(settings: Settings) -> None:
    decide(settings)
    later = {"recommendation": "P1@2026-12-31", "to_tier": "platinum"}
    with pytest.raises(DecisionRefusedError, match="holds from 2026-11-15"):
        decide(settings, **later, effective_on=date(2026, 11, 14))
    decide(settings, **later, effective_on=date(2026, 11, 15))
    decide(settings, recommendation="P2@x", partner_id="P2", effective_on=date(2026, 1, 1))


def test_of_eight_who_decide_at_once_one_is_heard_and_the_others_learn_who_it_was(
    settings: Settings,
) -> None:
    begin = threading.Barrier(8)

    def one(name: str) -> Decision | AlreadyDecidedError:
        begin.wait()
        try:
            return decide(settings, decided_by=name)
        except AlreadyDecidedError as late:
            return late

    with ThreadPoolExecutor(8) as crowd:
        heard = list(crowd.map(one, [f"manager {i}" for i in range(8)]))
    [winner] = [result for result in heard if isinstance(result, Decision)]
    late = [result for result in heard if isinstance(result, AlreadyDecidedError)]
    assert decisions(settings) == [winner]
    assert [refused.by for refused in late] == [winner] * 7


def test_of_many_decisions_at_once_none_is_lost(settings: Settings) -> None:
    begin = threading.Barrier(8)

    def several(writer: int) -> None:
        begin.wait()
        for i in range(4):
            decide(settings, recommendation=f"P{writer}@{i}", partner_id=f"P{writer}")

    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(several, range(8)))
    written = decisions(settings)
    assert [entry.decision_id for entry in written] == list(range(1, 33))
    assert Counter(entry.partner_id for entry in written) == {f"P{i}": 4 for i in range(8)}


@pytest.mark.parametrize(
    "statement",
    [
        "update decisions set note = 'never said'",
        "delete from decisions",
        "update published_recommendations set row_json = '{}'",
        "delete from published_recommendations",
        "update finding_states set note = 'never said'",
        "delete from finding_states",
        "update published_findings set first_seen_on = '2026-11-20'",
        "delete from published_findings",
        "update sent_messages set state = 'failed', note = 'never left'",
        "delete from sent_messages",
        "update review_events set note = 'never said'",
        "delete from review_events",
    ],
)
def test_the_database_itself_refuses_to_change_an_entry(settings: Settings, statement: str) -> None:
    decide(settings)
    judge(settings)
    note_of_review(settings)
    claim(settings, DIGEST, at=NOON, attempts=3)
    with writing(settings) as connection:
        connection.execute(
            text("insert into published_recommendations values ('P1', '2026-09-30', 'v', '{}')")
        )
        connection.execute(
            text("insert into published_findings values ('f1', 'a check', '2026-11-15', 'v')")
        )
    with (
        pytest.raises((DBAPIError, LedgerUnavailableError), match="append-only"),
        writing(settings) as connection,
    ):
        connection.execute(text(statement))
    assert len(decisions(settings)) == len(frozen(settings)) == 1
    assert [entry.note for entry in finding_states(settings)] == [None]
    assert [entry.note for entry in review_events(settings)] == [None]
    assert [seen.first_seen_on for seen in first_seen_findings(settings)] == [date(2026, 11, 15)]
    assert [step.state for step in sent_messages(settings)] == ["claimed"]


def test_the_database_itself_keeps_a_second_verdict_out(settings: Settings) -> None:
    decide(settings)
    copied = "partner_id, 'rejected', effective_on, 'Mallory', decided_at, 'no'"
    into = "decisions (decision_id, recommendation, partner_id, verdict, effective_on, " + (
        "decided_by, decided_at, note)"
    )
    for verb in ["insert"] if settings.decisions_url else ["insert", "insert or replace"]:
        with (
            pytest.raises(DBAPIError, match="one_final_verdict"),
            writing(settings) as connection,
        ):
            connection.execute(
                text(f"{verb} into {into} select 2, recommendation, {copied} from decisions")
            )
    assert [entry.decided_by for entry in decisions(settings)] == ["Ana Brandt"]


def test_a_backup_restored_elsewhere_is_the_same_ledger(
    new_ledger: Callable[[], Settings], tmp_path: Path
) -> None:
    source, target = new_ledger(), new_ledger()
    decide(source, note="line one\nline two \u2028 “three” \U0001f600")
    decide(source, partner_id="P2", recommendation="P2@2026-09-30", verdict="exception")
    judge(source, amount_cents=9_007_199_254_740_993)
    of_a_manager = DIGEST._replace(manager="ana@example.com")
    claim(source, of_a_manager, at=NOON, attempts=1)
    note_of_review(source, item_id=None, event="pre_read_sent", note="by mail – “early”")
    publish(
        source,
        recommendations=[("P1", "2026-09-30", "promote", "qualified_twice")],
        findings=[("f1", "leak", "2026-11-15")],
    )
    freeze(source)
    freeze_findings(source)
    file = tmp_path / "ledger.jsonl"
    entries = {
        "decisions": 2,
        "finding_states": 1,
        "published_findings": 1,
        "published_recommendations": 1,
        "review_events": 1,
        "sent_messages": 1,
    }
    assert backup(source, file) == entries
    assert restore(target, file) == entries
    assert decisions(target) == decisions(source)
    assert frozen(target) == frozen(source)
    assert finding_states(target) == finding_states(source)
    assert first_seen_findings(target) == first_seen_findings(source)
    assert review_events(target) == review_events(source)
    assert sent_messages(target) == sent_messages(source)
    again = tmp_path / "again.jsonl"
    backup(target, again)
    assert again.read_bytes() == file.read_bytes()
    with pytest.raises(AlreadyDecidedError):
        decide(target)
    assert decide(target, recommendation="P1@2026-12-31").decision_id == 3
    assert judge(target, state="reopened").entry_id == 2
    assert claim(target, of_a_manager, at=NOON, attempts=3) is None
    assert note_of_review(target).event_id == 2


def test_a_backup_goes_into_an_empty_ledger_only(settings: Settings, tmp_path: Path) -> None:
    decide(settings)
    file = tmp_path / "ledger.jsonl"
    backup(settings, file)
    with pytest.raises(NotRestorableError, match="empty ledger only"):
        restore(settings, file)
    assert len(decisions(settings)) == 1


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda lines: lines[:-1], "breaks off"),
        (lambda lines: [lines[0], *lines[2:]], "breaks off"),
        (lambda lines: [lines[0], lines[1], *lines[1:]], "breaks off"),
        (lambda lines: [lines[0], lines[1][:40], *lines[2:]], "not a whole backup"),
        (lambda lines: [lines[0], lines[1].replace("note", "nota"), *lines[2:]], "not a whole"),
        (lambda lines: ["{}", *lines[1:]], "no backup"),
        (lambda _: [], "not a whole backup"),
    ],
)
def test_half_a_backup_restores_nothing(
    new_ledger: Callable[[], Settings],
    tmp_path: Path,
    damage: Callable[[list[str]], list[str]],
    why: str,
) -> None:
    source, target = Settings(home=tmp_path / "source"), new_ledger()
    for quarter in ("2026-06-30", "2026-09-30"):
        decide(source, recommendation=f"P1@{quarter}")
    file = tmp_path / "ledger.jsonl"
    backup(source, file)
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join(damage(lines)) + "\n", "utf-8")
    with pytest.raises(NotRestorableError, match=why):
        restore(target, file)
    assert decisions(target) == []


def test_a_backup_with_a_decision_no_ledger_takes_restores_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    source = Settings(home=tmp_path / "source")
    for quarter in ("2026-06-30", "2026-09-30"):
        decide(source, recommendation=f"P1@{quarter}")
    file = tmp_path / "ledger.jsonl"
    backup(source, file)
    file.write_text(file.read_text("utf-8").replace("2026-06-30", "2026-09-30"), "utf-8")
    with pytest.raises(NotRestorableError, match="no ledger would"):
        restore(settings, file)
    assert decisions(settings) == []


def publish(
    settings: Settings,
    *,
    recommendations: Sequence[tuple[str, str, str, str]] = (),
    findings: Sequence[tuple[str, str, str]] | None = (),
    version: str = "v1",
) -> None:
    """The least of a published version that recommends and finds something."""
    path = settings.published / f"{version}.duckdb"
    with open_for_build(path) as connection:
        connection.execute("create schema marts; create schema quality")
        connection.execute(
            f"""
            create table quality.snapshot as select
                '{version}' as version, 2 as schema_version, date '2026-11-15' as as_of,
                timestamp '2026-11-16' as published_at;
            create table marts.fct_tier_recommendation (
                partner_id varchar, quarter_end date, action varchar, reason varchar,
                robustness decimal(28,9), restated_action varchar
            )
            """
        )
        for recommendation in recommendations:
            connection.execute(
                "insert into marts.fct_tier_recommendation values "
                "(?, ?, ?, ?, 0.913580247, 'warn')",
                recommendation,
            )
        if findings is not None:
            connection.execute(
                """
                create table marts.fct_leakage_check (
                    finding_id varchar, state varchar, first_seen_on date,
                    check_key varchar default 'unbilled_usage', amount_cents bigint default 0
                )
                """
            )
            for finding in findings:
                connection.execute(
                    "insert into marts.fct_leakage_check (finding_id, state, first_seen_on) "
                    "values (?, ?, ?)",
                    finding,
                )
    (settings.published / "current.json").write_text(
        json.dumps({"version": version, "as_of": "2026-11-15"})
    )


def test_what_was_published_first_stays_and_what_was_not_judged_stays_open(
    settings: Settings,
) -> None:
    assert freeze(settings) == 0
    publish(
        settings,
        recommendations=[
            ("P1", "2026-09-30", "promote", "qualified_twice"),
            ("P2", "2026-09-30", "hold", "in_place"),
            ("P3", "2026-09-30", "hold", "stale"),
            ("P4", "2026-09-30", "hold", "source_missing"),
            ("P5", "2026-09-30", "hold", "coverage"),
        ],
    )
    assert freeze(settings) == 2
    assert freeze(settings) == 0
    first = frozen(settings)
    assert [(row.partner_id, row.version) for row in first] == [("P1", "v1"), ("P2", "v1")]
    assert json.loads(first[0].row_json) == {
        "partner_id": "P1",
        "quarter_end": "2026-09-30",
        "action": "promote",
        "reason": "qualified_twice",
        "robustness": "0.913580247",
    }
    publish(
        settings,
        recommendations=[
            ("P1", "2026-09-30", "demote", "misses"),
            ("P3", "2026-09-30", "warn", "first_miss"),
        ],
        version="v2",
    )
    assert freeze(settings) == 1
    assert {row.partner_id: row.version for row in frozen(settings)} == {
        "P1": "v1",
        "P2": "v1",
        "P3": "v2",
    }
    assert frozen(settings)[0] == first[0]


def test_a_leak_keeps_the_day_it_was_first_seen_on_and_what_is_no_leak_has_none(
    settings: Settings,
) -> None:
    assert freeze_findings(settings) == 0
    publish(settings, findings=None, version="v0")
    assert freeze_findings(settings) == 0
    publish(
        settings,
        findings=[
            ("f1", "leak", "2026-11-08"),
            ("f2", "clear", "2026-11-08"),
            ("f3", "cannot_tell", "2026-11-08"),
        ],
    )
    assert freeze_findings(settings) == 1
    assert freeze_findings(settings) == 0
    publish(
        settings,
        findings=[("f1", "leak", "2026-11-15"), ("f2", "leak", "2026-11-15")],
        version="v2",
    )
    assert freeze_findings(settings) == 1
    assert first_seen_findings(settings) == [
        ("f1", "unbilled_usage", date(2026, 11, 8), "v1"),
        ("f2", "unbilled_usage", date(2026, 11, 15), "v2"),
    ]


def test_a_leak_is_acknowledged_resolved_and_reopened_and_every_step_is_kept(
    settings: Settings,
) -> None:
    acknowledged = judge(settings, note=" Asked billing – “soon” ")
    resolved = judge(settings, state="resolved", note="billed in November")
    reopened = judge(settings, state="reopened", decided_by="Idris Kaya")
    again = judge(settings, state="resolved", note="billed twice", amount_cents=None)
    other = judge(settings, finding_id="f2", state="resolved", note="agreed")
    assert finding_states(settings) == [acknowledged, resolved, reopened, again, other]
    assert [entry.entry_id for entry in finding_states(settings)] == [1, 2, 3, 4, 5]
    assert acknowledged.note == "Asked billing – “soon”"
    assert acknowledged.decided_at == NOON
    assert states_in_force(finding_states(settings)) == {"f1": again, "f2": other}


@pytest.mark.parametrize(
    ("before", "changes", "why"),
    [
        ([], {"state": "resolved"}, "whoever resolves says how"),
        ([], {"state": "resolved", "note": " "}, "whoever resolves says how"),
        ([], {"state": "forgotten"}, "a finding is acknowledged"),
        ([], {"decided_by": " "}, "bears the name"),
        ([], {"finding_id": ""}, "of a finding"),
        ([], {"state": "reopened"}, "nobody acknowledged or resolved"),
        (["acknowledged"], {}, "is acknowledged by Ana Brandt at 2026-11-20 12:00"),
        (["resolved"], {}, "is resolved by Ana Brandt"),
        (["resolved"], {"state": "resolved", "note": "twice"}, "is resolved by Ana Brandt"),
        (["resolved", "reopened"], {"state": "reopened"}, "is reopened by Ana Brandt"),
    ],
)
def test_what_cannot_be_made_of_a_leak_is_refused_in_words(
    settings: Settings, before: list[str], changes: dict[str, Any], why: str
) -> None:
    for state in before:
        judge(settings, state=state, note="so it is")
    with pytest.raises(FindingStateRefusedError, match=why):
        judge(settings, **changes)
    assert [entry.state for entry in finding_states(settings)] == before


def test_of_eight_who_resolve_at_once_one_is_heard(settings: Settings) -> None:
    begin = threading.Barrier(8)

    def one(name: str) -> bool:
        begin.wait()
        try:
            judge(settings, state="resolved", note="done", decided_by=name)
        except FindingStateRefusedError:
            return False
        return True

    with ThreadPoolExecutor(8) as crowd:
        heard = list(crowd.map(one, [f"controller {i}" for i in range(8)]))
    assert sum(heard) == len(finding_states(settings)) == 1


def test_a_pre_read_is_sent_once_and_an_item_stands_as_it_was_last_left(
    settings: Settings,
) -> None:
    sent = note_of_review(settings, item_id=None, event="pre_read_sent", note=" By mail ")
    carried = note_of_review(settings)
    left_out = note_of_review(settings, event="left_out", note="settled by contract")
    done = note_of_review(settings, event="done", decided_by="Idris Kaya")
    again = note_of_review(settings)
    other = note_of_review(settings, review_id="R2", item_id="I2", event="done")
    entries = review_events(settings)
    assert entries == [sent, carried, left_out, done, again, other]
    assert [entry.event_id for entry in entries] == [1, 2, 3, 4, 5, 6]
    assert (sent.note, sent.decided_at) == ("By mail", NOON)
    assert items_in_force(entries) == {"I1": again, "I2": other}
    assert pre_reads_sent(entries) == {"R1": sent}
    assert (
        note_of_review(settings, review_id="R2", item_id=None, event="pre_read_sent").event_id == 7
    )


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"event": "left_out"}, "leaves an item out says why"),
        ({"event": "left_out", "note": " "}, "leaves an item out says why"),
        ({"event": "forgotten"}, "a pre-read is sent, an item carried"),
        ({"event": "pre_read_sent"}, "a pre-read is of no item"),
        ({"item_id": None}, "a pre-read is of no item"),
        ({"decided_by": " "}, "bears the name"),
        ({"review_id": ""}, "of a business review"),
    ],
)
def test_what_cannot_be_made_of_a_review_is_refused_in_words(
    settings: Settings, changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(ReviewEventRefusedError, match=why):
        note_of_review(settings, **changes)
    assert review_events(settings) == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, "this item was carried over by Ana Brandt at 2026-11-20 12:00"),
        ({"event": "done"}, "this item was marked as done by"),
        ({"event": "left_out", "note": "settled"}, "this item was left out by"),
        ({"item_id": None, "event": "pre_read_sent"}, "was marked as sent by Ana Brandt"),
    ],
)
def test_nothing_is_made_of_a_review_twice(
    settings: Settings, changes: dict[str, Any], why: str
) -> None:
    first = note_of_review(settings, **changes)
    with pytest.raises(ReviewEventRefusedError, match=why):
        note_of_review(settings, **changes | {"decided_by": "Idris Kaya"})
    assert review_events(settings) == [first]


def test_a_message_is_taken_on_once_and_again_after_each_failure_for_a_while(
    settings: Settings,
) -> None:
    assert claim(settings, DIGEST, at=NOON, attempts=2) == 1
    assert claim(settings, DIGEST, at=NOON, attempts=2) is None
    settle(settings, DIGEST, 1, "451 try again later", at=NOON)
    assert claim(settings, DIGEST, at=NOON, attempts=2) == 2
    settle(settings, DIGEST, 2, "451 try again later", at=NOON)
    assert claim(settings, DIGEST, at=NOON, attempts=2) is None
    assert claim(settings, DIGEST, at=NOON, attempts=3) == 3
    settle(settings, DIGEST, 3, None, at=NOON)
    assert claim(settings, DIGEST, at=NOON, attempts=9) is None
    others = [
        DIGEST._replace(**other)
        for other in (
            {"kind": "late"},
            {"about": "another version"},
            {"audience": "head"},
            {"channel": "chat"},
            {"address": "head@example.com"},
            {"manager": "ana@example.com"},
        )
    ]
    assert [claim(settings, other, at=NOON, attempts=2) for other in others] == [1] * 6
    states = {
        envelope: step.state for envelope, step in last_steps(sent_messages(settings)).items()
    }
    assert states == dict.fromkeys(others, "claimed") | {DIGEST: "sent"}


def test_what_failed_rests_longer_each_time(settings: Settings) -> None:
    def taken(after: timedelta) -> int | None:
        return claim(settings, DIGEST, at=NOON + after, attempts=3, pause=pause)

    pause, moment = timedelta(minutes=15), timedelta(microseconds=1)
    assert taken(timedelta(0)) == 1
    settle(settings, DIGEST, 1, "451 try again later", at=NOON)
    assert [taken(pause - moment), taken(pause)] == [None, 2]
    settle(settings, DIGEST, 2, "451 try again later", at=NOON + pause)
    assert [taken(pause * 3 - moment), taken(pause * 3)] == [None, 3]


def test_of_eight_who_would_send_a_message_one_does(settings: Settings) -> None:
    begin = threading.Barrier(8)

    def one(_: int) -> int | None:
        begin.wait()
        return claim(settings, DIGEST, at=NOON, attempts=3)

    with ThreadPoolExecutor(8) as crowd:
        assert sorted(crowd.map(one, range(8)), key=str) == [1, *[None] * 7]


def test_the_database_itself_keeps_a_message_from_being_claimed_twice(settings: Settings) -> None:
    claim(settings, DIGEST, at=NOON, attempts=3)
    columns = "kind, about, audience, channel, address, manager, attempt, state, at"
    for verb in ["insert"] if settings.decisions_url else ["insert", "insert or replace"]:
        with pytest.raises(DBAPIError, match=r"one.step.each"), writing(settings) as connection:
            connection.execute(
                text(
                    f"{verb} into sent_messages (entry_id, {columns}) "
                    f"select 2, {columns} from sent_messages"
                )
            )
    assert len(sent_messages(settings)) == 1


def test_a_ledger_older_than_the_findings_is_read_written_and_backed_up(
    new_ledger: Callable[[], Settings], tmp_path: Path
) -> None:
    older, newer = new_ledger(), new_ledger()
    decided = decide(older)
    with writing(older) as connection:
        for table in ("finding_states", "published_findings", "review_events", "sent_messages"):
            connection.execute(text(f"drop table {table}"))
    assert decisions(older) == [decided]
    assert finding_states(older) == []
    assert first_seen_findings(older) == []
    assert review_events(older) == []
    assert sent_messages(older) == []
    file = tmp_path / "ledger.jsonl"
    backup(older, file)
    lines = file.read_text("utf-8").splitlines()
    known = {"end": {"decisions": 1, "published_recommendations": 0}}
    file.write_text("\n".join([*lines[:-1], json.dumps(known)]) + "\n", "utf-8")
    restore(newer, file)
    assert decisions(newer) == [decided]
    entry = judge(older)
    assert (decisions(older), finding_states(older)) == ([decided], [entry])


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("nonsense", "SCORECARDS_DECISIONS_URL"),
        ("mysql://host/ledger", "SCORECARDS_DECISIONS_URL: expected"),
        ("sqlite://", "expected sqlite:///<file>"),
        ("postgresql://ana:secret@/ledger?host=/nowhere", "No such file"),
    ],
)
def test_a_ledger_that_cannot_be_reached_is_said_in_a_line_without_its_password(
    tmp_path: Path, address: str, why: str
) -> None:
    with pytest.raises(LedgerUnavailableError, match=why) as told:
        decisions(Settings(home=tmp_path, decisions_url=address))
    assert "\n" not in str(told.value)
    assert "secret" not in str(told.value)


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "decisions.sqlite"
    file.write_text("somebody's notes, long enough to be no header of SQLite " * 9)
    with pytest.raises(LedgerUnavailableError, match="not a database"):
        decide(Settings(home=tmp_path))
    assert file.read_text().startswith("somebody's notes")


def test_a_reader_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    decide(settings)
    writer = sqlite3.connect(tmp_path / "decisions.sqlite", isolation_level=None)
    writer.execute("begin immediate")
    assert len(decisions(settings)) == 1
    writer.close()
