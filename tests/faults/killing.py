"""Killing a refresh again and again, and looking at what that leaves."""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
from filelock import FileLock
from refreshing import AS_OF, Process, Start, Undisturbed, exports, finish, wait_for

from warehouse.connections import open_for_build
from warehouse.settings import Settings
from warehouse.snapshots import current

Point = tuple[str, float]
"""Where to kill: in which stage, and how far into it."""


def assert_killing_leaves_the_served_version_and_the_next_refresh_mends_it(
    points: Sequence[Point], undisturbed: Undisturbed, start: Start, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(undisturbed.home, home, symlinks=True)
    for stage, fraction in points:
        process = start(home, AS_OF)
        wait_for(process, stage)
        time.sleep(fraction * undisturbed.seconds[stage])
        assert_killed_without_a_trace(process, home, undisturbed)
    assert_the_next_refresh_mends(home, undisturbed, start)


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
    assert exports(home) in (undisturbed.before, undisturbed.after)
    with FileLock(Settings(home=home).lock, timeout=0):
        for database in Settings(home=home).builds.glob("*/*.duckdb"):
            open_for_build(database).close()


def assert_the_next_refresh_mends(home: Path, undisturbed: Undisturbed, start: Start) -> None:
    """It publishes what one without any kill before it publishes, and nothing is left over."""
    finish(start(home, AS_OF))
    assert exports(home) == undisturbed.after
    served = current(Settings(home=home))
    assert served is not None
    assert served.as_of == AS_OF
    assert [path.name for path in served.path.parent.glob("*.tmp*")] == []
