"""Killing a refresh again and again, and looking at what that leaves."""

import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
from filelock import FileLock
from refreshing import AS_OF, Start, Undisturbed, exports, finish, wait_for

from warehouse.connections import open_for_build
from warehouse.settings import Settings
from warehouse.snapshots import current

Point = tuple[str, float]
"""Where to kill: in which stage (the first is before any), and how far into it."""


def assert_killing_leaves_the_served_version_and_the_next_refresh_mends_it(
    points: Sequence[Point], undisturbed: Undisturbed, start: Start, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(undisturbed.home, home, symlinks=True)
    for stage, fraction in points:
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


def kill(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """kill -9 the command alone; return the children it had at that moment."""
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    return children
