"""How loads combine: duplicates, snapshots, orphans, staleness, and what a re-run does."""

import multiprocessing
import os
import signal
import time
from datetime import date
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from orchestration.landing import land_entity, prune
from warehouse.contracts import load_contracts

PARTNERS = "partner_id,partner_name,partner_type,updated_at\n"


def entity(query, name, columns):
    (row,) = query(f"select {columns} from quality.entities where entity = '{name}'")
    return row


def store_files(desk):
    return {path: path.stat().st_mtime_ns for path in sorted(desk.store.rglob("*.*"))}


def test_superseded_rows_are_counted_within_the_accepted_ones(desk):
    desk.write("crm/partners/1.csv", PARTNERS + "p1,Old,si,2026-01-01\np1,New,si,2026-02-01\n")
    desk.write("crm/partners/2.csv", PARTNERS + "p1,Older,si,2025-01-01\np2,Two,si,\n")
    query = desk.build()
    assert entity(query, "partners", "rows_in, rows_accepted, rows_superseded") == (4, 4, 2)
    assert len(query("from raw.crm__partners")) == 4


def test_a_key_seen_before_is_superseded_in_an_append_entity_too(desk):
    header = "touch_id,opportunity_id,partner_id,touched_at,touch_type\n"
    desk.write("crm/opportunity_touches/1.csv", header + "t1,o1,p1,2026-01-01,lead\n")
    desk.write("crm/opportunity_touches/2.csv", header + "t1,o1,p1,2026-01-01,demo\n")
    assert entity(desk.build(), "opportunity_touches", "rows_accepted, rows_superseded") == (2, 1)


def test_only_the_latest_file_of_a_snapshot_counts(desk):
    header = "meter_or_product,unit_price,currency\n"
    desk.write("billing/price_book/2026-01.csv", header + "calls,0.00000001,USD\nold,1,USD\n")
    desk.write("billing/price_book/2026-02.csv", header + "calls,0.00000002,USD\n")
    desk.write("billing/price_book/2026-03.csv", "no price book\n")
    query = desk.build()
    assert query("select meter_or_product, unit_price::varchar from raw.billing__price_book") == [
        ("calls", "0.00000002")
    ]
    assert entity(query, "price_book", "files, rows_accepted, rows_superseded") == (3, 3, 2)


def test_an_orphan_is_accepted_and_counted_until_its_parent_arrives(desk):
    desk.write(
        "crm/opportunity_touches.csv",
        "touch_id,opportunity_id,partner_id,touched_at,touch_type\n"
        "t1,o1,p1,2026-01-01,lead\nt2,o9,p1,2026-01-01,lead\n",
    )
    desk.write("crm/partners.csv", PARTNERS + "p1,One,si,\n")
    desk.write("crm/opportunities/1.csv", "opportunity_id,created_at\no1,2026-01-01\n")
    counts = "rows_accepted, rows_orphaned"
    assert entity(desk.build(), "opportunity_touches", counts) == (2, 1)
    desk.write("crm/opportunities/2.csv", "opportunity_id,created_at\no9,2026-01-01\n")
    assert entity(desk.build(), "opportunity_touches", counts) == (2, 0)


def test_a_reference_left_empty_is_no_orphan(desk):
    desk.write("crm/opportunities.csv", "opportunity_id,account_id,created_at\no1,,2026-01-01\n")
    assert entity(desk.build(), "opportunities", "rows_orphaned") == (0,)


def test_a_corrected_row_is_judged_by_what_is_in_force(desk):
    header = "opportunity_id,account_id,created_at,updated_at\n"
    desk.write("crm/accounts.csv", "account_id\na1\n")
    desk.write(
        "crm/opportunities.csv",
        header + "o1,a1,2026-01-01,2026-03-01\no1,a9,2026-01-01,2026-02-01\n",
    )
    assert entity(desk.build(), "opportunities", "rows_orphaned") == (0,)


def test_age_is_counted_from_the_newest_value_the_run_can_see(desk):
    desk.write(
        "support/tickets.csv",
        "ticket_id,opened_at\nt1,2026-01-01 23:00:00\nt2,2026-01-20 00:00:00\n",
    )
    columns = "newest_at::varchar, freshness_column, age_days, is_stale"
    assert entity(desk.build(date(2026, 1, 15)), "tickets", columns) == (
        "2026-01-01 23:00:00",
        "opened_at",
        14,
        False,
    )
    assert entity(desk.build(date(2026, 1, 16)), "tickets", columns)[2:] == (15, True)
    assert entity(desk.build(date(2026, 1, 20)), "tickets", columns)[2:] == (0, False)


def test_an_absent_entity_is_an_empty_relation_and_not_stale(desk):
    query = desk.build()
    assert query("from raw.crm__partners") == []
    assert query("from raw.telemetry__api_usage_daily") == []
    assert entity(query, "partners", "is_present, files, rows_in, is_stale") == (
        False,
        0,
        0,
        False,
    )


def test_an_entity_none_of_whose_files_landed_is_not_present(desk):
    desk.write("crm/partners.csv", "nothing\n")
    assert entity(desk.build(), "partners", "is_present, files") == (False, 1)


def test_a_second_landing_writes_nothing_and_says_the_same(desk):
    desk.write("crm/partners.csv", PARTNERS + "p1,One,si,\np2,Two,robot,\n")
    first, files = desk.land("crm.partners"), store_files(desk)
    assert desk.land("crm.partners") == first
    assert store_files(desk) == files


def test_a_changed_file_replaces_what_it_was_and_a_removed_one_is_gone(desk):
    desk.write("crm/partners/1.csv", PARTNERS + "p1,One,si,\n")
    two = desk.write("crm/partners/2.csv", PARTNERS + "p2,Two,si,\n")
    desk.land("crm.partners")
    desk.write("crm/partners/1.csv", PARTNERS + "p1,Uno,si,\n")
    two.unlink()
    assert desk.build()("select partner_name from raw.crm__partners") == [("Uno",)]


def test_the_same_content_in_two_files_is_two_loads(desk):
    for name in ("1", "2"):
        desk.write(f"crm/partners/{name}.csv", PARTNERS + "p1,One,si,\n")
    query = desk.build()
    assert query("select _file from raw.crm__partners order by 1") == [
        ("crm/partners/1.csv",),
        ("crm/partners/2.csv",),
    ]
    assert entity(query, "partners", "rows_accepted, rows_superseded") == (2, 1)


def test_a_touched_file_with_the_same_content_is_not_landed_again(desk):
    path = desk.write("crm/partners.csv", PARTNERS + "p1,One,si,\n")
    desk.land("crm.partners")
    files = store_files(desk)
    os.utime(path, (1, 1))
    desk.land("crm.partners")
    assert store_files(desk) == files


def test_loads_no_longer_part_of_the_extract_can_be_cleared_away(desk):
    desk.write("crm/partners.csv", PARTNERS + "p1,One,si,\n,Two,si,\n")
    desk.land("crm.partners")
    desk.write("crm/partners.csv", PARTNERS + "p1,Uno,si,\n")
    landed = desk.land("crm.partners")
    assert prune(landed) == 3
    assert {path.name.partition(".")[0] for path in desk.store.rglob("*.*")} == {
        landed.loads[0].key
    }
    assert prune(landed) == 0


def test_a_file_written_to_while_it_is_read_is_refused(desk, monkeypatch):
    path = desk.write("crm/partners.csv", PARTNERS + "p1,One,si,\n")
    read = "orchestration.landing.engine.require_utf8"
    monkeypatch.setattr(read, lambda _: path.write_text(PARTNERS + "p1,One,si,\np2,Two,si,\n"))
    (load,) = desk.land("crm.partners").loads
    assert load.reason == "crm/partners.csv changed while it was read"
    monkeypatch.undo()
    assert [load.rows_in for load in desk.land("crm.partners").loads] == [2]


def _land_over_and_over(extracts: Path, store: Path, started: Event) -> None:
    contract = load_contracts()["crm.partners"]
    started.set()
    for count in range(10_000):
        rows = "".join(f"p{number},Partner {count},si,\n" for number in range(200))
        (extracts / "crm" / "partners.csv").write_text(PARTNERS + rows + ",bad,si,\n")
        land_entity(contract, extracts, store)


@pytest.mark.parametrize("after", [0.15, 0.31, 0.47])
def test_a_landing_killed_at_any_instant_leaves_a_store_that_still_lands(desk, after):
    desk.write("crm/partners.csv", PARTNERS)
    spawning = multiprocessing.get_context("spawn")
    started = spawning.Event()
    process = spawning.Process(
        target=_land_over_and_over, args=(desk.extracts, desk.store, started)
    )
    process.start()
    assert started.wait(30)
    time.sleep(after)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    desk.write("crm/partners.csv", PARTNERS + "p1,One,si,\n,bad,si,\n")
    landed = desk.land("crm.partners")
    assert [(load.rows_accepted, load.rows_refused) for load in landed.loads] == [(1, 1)]
    prune(landed)
    assert len(list(desk.store.rglob("*.*"))) == 3
