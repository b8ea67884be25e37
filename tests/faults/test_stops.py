"""A refresh told to stop, and one that meets another."""

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
    exports,
    finish,
    wait_for,
)

from warehouse.settings import Settings
from warehouse.snapshots import current

pytestmark = pytest.mark.faults


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
