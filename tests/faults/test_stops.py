"""A refresh told to stop."""

import shutil
import signal
import time
from pathlib import Path

import psutil
import pytest
from refreshing import (
    AS_OF,
    PATIENCE,
    WEEK_BEFORE,
    Start,
    Undisturbed,
    wait_for,
)

from warehouse.settings import Settings
from warehouse.snapshots import current

pytestmark = pytest.mark.faults


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
