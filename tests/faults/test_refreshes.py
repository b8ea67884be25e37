"""A refresh that is killed, told to stop or met by another, and what it makes of the ledger.

One file, so that one worker of a test run makes the refreshes all of them start from.
"""

import csv
import io
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from filelock import FileLock
from refreshing import (
    AS_OF,
    PATIENCE,
    WEEK_BEFORE,
    Process,
    Start,
    Undisturbed,
    exports,
    finish,
    wait_for,
)

from warehouse.connections import open_for_build
from warehouse.settings import Settings
from warehouse.snapshots import current

pytestmark = pytest.mark.faults

BEFORE_IT_BEGINS = (0.5, 4)
"""Seconds after the start."""
POINTS = (
    ("Land extracts", 0.5),
    ("Audit what landed", 0.5),
    ("Build marts", 0.1),
    ("Build marts", 0.5),
)
"""In which stage, and how far into it."""
PUBLICATION = (0.0, 0.3, 0.6, 0.9)
"""How far into it."""


def test_a_refresh_killed_anywhere_leaves_the_served_version_and_is_mended_by_the_next(
    undisturbed: Undisturbed, start: Start, start_warm: Start, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(undisturbed.home, home, symlinks=True)
    for seconds in BEFORE_IT_BEGINS:
        process = start(home, AS_OF)
        time.sleep(seconds)
        assert_killed_without_a_trace(process, home, undisturbed)
    for stage, fraction in POINTS:
        process = start_warm(home, AS_OF)
        wait_for(process, stage)
        time.sleep(fraction * undisturbed.seconds[stage])
        assert_killed_without_a_trace(process, home, undisturbed)
    first = start_warm(home, AS_OF)
    wait_for(first, "Land extracts")
    assert_a_second_one_is_told_to_wait(start(home, AS_OF), home)
    finish(first)
    assert_the_new_version_is_served_alone(home, undisturbed)


def test_a_publication_killed_anywhere_leaves_the_served_version_and_is_mended_by_the_next(
    undisturbed: Undisturbed, tmp_path: Path
) -> None:
    whole, home = tmp_path / "whole", tmp_path / "home"
    for place in (whole, home):
        shutil.copytree(undisturbed.home, place, symlinks=True)
    began = time.monotonic()
    publication = begin_publication(whole, undisturbed.build)
    assert publication.wait() == 0
    seconds = time.monotonic() - began
    for fraction in PUBLICATION:
        process = begin_publication(home, undisturbed.build)
        time.sleep(fraction * seconds)
        process.kill()
        process.wait()
        assert_a_version_stands(home, undisturbed)
    assert begin_publication(home, undisturbed.build).wait() == 0
    assert_the_new_version_is_served_alone(home, undisturbed)


def begin_publication(home: Path, build: Path) -> "subprocess.Popen[str]":
    """Publish the build under the home's lock, as a refresh does; returns as it begins."""
    process = subprocess.Popen(
        [sys.executable, "-c", _PUBLICATION, home, build], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begins\n"
    return process


_PUBLICATION = """
import sys
from datetime import datetime
from pathlib import Path
from warehouse.lock import refresh_lock
from warehouse.settings import Settings
from warehouse.snapshots import publish
settings, build = Settings(home=sys.argv[1]), Path(sys.argv[2])
with refresh_lock(settings):
    print("begins", flush=True)
    publish(settings, build, published_at=datetime(2026, 11, 16, 6), definitions=())
"""


def assert_killed_without_a_trace(process: Process, home: Path, undisturbed: Undisturbed) -> None:
    """kill -9 of the command alone: its children go with it, no lock is held, a version stands."""
    try:
        children = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:  # it ended sooner than the undisturbed one did
        children = []
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(children, timeout=5)
    assert alive == []
    assert_a_version_stands(home, undisturbed)
    with FileLock(Settings(home=home).lock, timeout=0):
        for database in Settings(home=home).builds.glob("*/*.duckdb"):
            open_for_build(database).close()


def assert_a_second_one_is_told_to_wait(second: Process, home: Path) -> None:
    """Of two refreshes at once the second says so, and the first goes on."""
    assert second.stdout is not None
    said = second.stdout.read()
    assert second.wait(PATIENCE) == 2
    assert said.splitlines() == [
        f"{home}: another refresh is under way; wait for it to end, then try again"
    ]


def assert_a_version_stands(home: Path, undisturbed: Undisturbed) -> None:
    """The one served before, to the byte, or already the new one."""
    served, before = current(Settings(home=home)), current(Settings(home=undisturbed.home))
    assert served is not None
    assert before is not None
    if served == replace(before, path=served.path):
        assert served.path.read_bytes() == before.path.read_bytes()
    else:
        assert exports(home) == undisturbed.after


def assert_the_new_version_is_served_alone(home: Path, undisturbed: Undisturbed) -> None:
    """The one an undisturbed refresh publishes, and nothing half done is left beside it."""
    assert exports(home) == undisturbed.after
    served = current(Settings(home=home))
    assert served is not None
    assert served.as_of == AS_OF
    assert [path.name for path in served.path.parent.glob("*.tmp*")] == []


def test_a_refresh_told_to_stop_says_what_is_still_served(
    undisturbed: Undisturbed, start: Start, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(undisturbed.home, home, symlinks=True)
    process = start(home, AS_OF)
    wait_for(process, "Build marts")
    time.sleep(1)  # dbt is there, and has not begun
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)  # which the command turns into what Ctrl-C raises
    said, _ = process.communicate(timeout=PATIENCE)
    served = current(Settings(home=home))
    assert process.returncode == 130
    assert said.splitlines()[-1] == f"Interrupted; {served.name} is still served"
    assert served.as_of == WEEK_BEFORE
    assert psutil.wait_procs(children, timeout=5)[1] == []


def rows(exported: dict[str, bytes], mart: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exported[mart].decode())))


def test_an_approved_change_is_the_current_tier_after_the_next_refresh(
    undisturbed: Undisturbed,
) -> None:
    decided = undisturbed.decided

    def tier(exported: dict[str, bytes]) -> str:
        [partner] = [
            row for row in rows(exported, "dim_partner") if row["partner_id"] == decided.partner_id
        ]
        return partner["current_tier"]

    assert (tier(undisturbed.before), tier(undisturbed.after)) == (decided.from_tier, "platinum")
    [now] = [
        row
        for row in rows(undisturbed.after, "fct_tier_history")
        if row["partner_id"] == decided.partner_id and not row["until_on"]
    ]
    assert (now["tier"], now["decided_by"], now["from_on"]) == (
        "platinum",
        "Ana Brandt",
        "2026-11-09",
    )


def test_recommendations_stand_as_they_were_published_first(undisturbed: Undisturbed) -> None:
    def published(exported: dict[str, bytes]) -> dict[str, dict[str, str]]:
        return {
            row["recommendation_id"]: {**row, "restated_action": ""}
            for row in rows(exported, "fct_tier_recommendation")
            if row["reason"] not in {"stale", "source_missing", "coverage"}
        }

    before, after = published(undisturbed.before), published(undisturbed.after)
    assert before
    assert {key: after[key] for key in before} == before


def test_a_leak_keeps_the_day_it_was_first_seen_on_and_shows_what_was_made_of_it(
    undisturbed: Undisturbed,
) -> None:
    def leaks(exported: dict[str, bytes]) -> dict[str, dict[str, str]]:
        return {
            row["finding_id"]: row
            for row in rows(exported, "fct_leakage_check")
            if row["state"] == "leak"
        }

    before, after = leaks(undisturbed.before), leaks(undisturbed.after)
    assert {row["first_seen_on"] for row in before.values()} == {"2026-11-08"}
    assert {key: row["first_seen_on"] for key, row in after.items()} == {
        key: "2026-11-08" if key in before else "2026-11-15" for key in after
    }
    states = {key: row["finding_state"] for key, row in after.items()}
    judged = undisturbed.judged.finding_id
    assert set(before) & set(after)
    assert states == {key: "acknowledged" if key == judged else "open" for key in after}
    assert (after[judged]["decided_by"], after[judged]["note"]) == ("Ana Brandt", "Asked billing.")
