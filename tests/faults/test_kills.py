"""A refresh killed anywhere: what is served stands, nobody holds on, and the next one mends it."""

import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import psutil
import pytest
from filelock import FileLock

from warehouse.connections import open_for_build
from warehouse.exports import export_mart, marts
from warehouse.settings import Settings
from warehouse.snapshots import current, open_version

pytestmark = pytest.mark.faults

AS_OF = date(2026, 11, 15)
WEEK_BEFORE = AS_OF - timedelta(weeks=1)
PATIENCE = 600

POINTS = [
    *[("", fraction) for fraction in (0.1, 0.5, 0.9)],
    *[("Land extracts", fraction) for fraction in (0.0, 0.3, 0.6, 0.9)],
    *[("Audit what landed", fraction) for fraction in (0.0, 0.5)],
    *[("Build marts", fraction) for fraction in (0.0, 0.2, 0.4, 0.5, 0.6, 0.75, 0.9)],
    *[("Audit marts", fraction) for fraction in (0.0, 0.5)],
    *[("Publish", fraction) for fraction in (0.0, 0.5)],
]
"""Where to kill: in which stage (the first is before any), and how far into it."""

IN_A_ROW = 4
"""Kills before a refresh is let through: what several of them left is mended at once."""

Start = Callable[[Path, date], subprocess.Popen[str]]


@dataclass(frozen=True)
class Undisturbed:
    """A home in which the week before is served, and what a refresh of AS_OF makes of it."""

    home: Path
    before: dict[str, bytes]
    after: dict[str, bytes]
    seconds: dict[str, float]
    """How long each stage takes."""


@pytest.fixture(scope="module")
def undisturbed(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    finish(start(home, WEEK_BEFORE))
    kept = home.with_name("kept")
    shutil.copytree(home, kept, symlinks=True)
    before = exports(home)
    began = time.monotonic()
    process = start(home, AS_OF)
    assert process.stdout is not None
    seconds = {}
    for line in process.stdout:
        if line.endswith(": begins\n") and not seconds:
            seconds[""] = time.monotonic() - began
        if ended := re.match(r"(.*): .* in (\d+\.\d) s$", line):
            seconds[ended[1]] = float(ended[2])
    assert process.wait(PATIENCE) == 0
    return Undisturbed(kept, before, exports(home), seconds)


@pytest.mark.parametrize("first", range(0, len(POINTS), IN_A_ROW))
def test_a_refresh_killed_anywhere_leaves_the_served_version_and_is_mended_by_the_next(
    undisturbed: Undisturbed, start: Start, tmp_path: Path, first: int
) -> None:
    home = tmp_path / "home"
    shutil.copytree(undisturbed.home, home, symlinks=True)
    for stage, fraction in POINTS[first : first + IN_A_ROW]:
        process = start(home, AS_OF)
        wait_for(process, stage)
        time.sleep(fraction * undisturbed.seconds[stage])
        children = kill(process)
        _, alive = psutil.wait_procs(children, timeout=5)
        assert alive == [], f"outlived a kill in {stage!r}"
        assert exports(home) in (undisturbed.before, undisturbed.after)
        with FileLock(Settings(home=home).lock, timeout=0):
            for database in Settings(home=home).builds.glob("*/*.duckdb"):
                open_for_build(database).close()
    finish(start(home, AS_OF))
    assert exports(home) == undisturbed.after
    served = current(Settings(home=home))
    assert served is not None
    assert served.as_of == AS_OF
    assert [path.name for path in served.path.parent.glob("*.tmp*")] == []


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_a_refresh_told_to_stop_says_what_is_still_served(
    undisturbed: Undisturbed, start: Start, tmp_path: Path, signal_number: signal.Signals
) -> None:
    home = tmp_path / "home"
    shutil.copytree(undisturbed.home, home, symlinks=True)
    process = start(home, AS_OF)
    wait_for(process, "Build marts")
    time.sleep(1)  # dbt is there, and has not begun
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal_number)
    said, _ = process.communicate(timeout=PATIENCE)
    served = current(Settings(home=home))
    assert process.returncode == 130
    assert said.splitlines()[-1] == f"Interrupted; {served.name} is still served"
    assert served.as_of == WEEK_BEFORE
    assert psutil.wait_procs(children, timeout=5)[1] == []


def test_of_two_refreshes_at_once_the_second_says_so_and_the_first_publishes(
    undisturbed: Undisturbed, start: Start, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(undisturbed.home, home, symlinks=True)
    first = start(home, AS_OF)
    wait_for(first, "Land extracts")
    second = start(home, AS_OF)
    said, _ = second.communicate(timeout=PATIENCE)
    assert second.returncode == 2
    assert said.splitlines() == [
        f"{home}: another refresh is under way; wait for it to end, then try again"
    ]
    finish(first)
    assert exports(home) == undisturbed.after


def exports(home: Path) -> dict[str, bytes]:
    """Every mart of the served version as sorted CSV; reading them all proves it whole."""
    with open_version(Settings(home=home)) as connection:
        exported = {}
        for mart in marts(connection):
            out = home.parent / "export.csv"
            export_mart(connection, mart, "csv", out)
            exported[mart] = out.read_bytes()
    return exported


def wait_for(process: subprocess.Popen[str], stage: str) -> None:
    """Return when the stage begins; at once for the time before the first."""
    assert process.stdout is not None
    if stage:
        lines = iter(process.stdout.readline, "")
        assert any(line == f"{stage}: begins\n" for line in lines), f"{stage} never began"


def kill(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """kill -9 the command alone; return the children it had at that moment."""
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    return children


def finish(process: subprocess.Popen[str]) -> None:
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said
