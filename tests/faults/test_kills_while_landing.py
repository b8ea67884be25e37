"""Ten points from the start of the command to the first model."""

import shutil
import time
from pathlib import Path

import pytest
from killing import (
    assert_killed_without_a_trace,
    assert_killing_leaves_the_served_version_and_the_next_refresh_mends_it,
    assert_the_next_refresh_mends,
)
from refreshing import AS_OF, Start, Undisturbed

pytestmark = pytest.mark.faults


def test_a_command_killed_before_it_begins_changes_nothing(
    undisturbed: Undisturbed, start: Start, start_warm: Start, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(undisturbed.home, home, symlinks=True)
    for seconds in (0.5, 2, 4):
        process = start(home, AS_OF)
        time.sleep(seconds)
        assert_killed_without_a_trace(process, home, undisturbed)
    assert_the_next_refresh_mends(home, undisturbed, start_warm)


def test_a_refresh_killed_anywhere_leaves_the_served_version_and_is_mended_by_the_next(
    undisturbed: Undisturbed, start_warm: Start, tmp_path: Path
) -> None:
    points = [
        ("Land extracts", 0.0),
        ("Land extracts", 0.3),
        ("Land extracts", 0.6),
        ("Land extracts", 0.9),
        ("Audit what landed", 0.0),
        ("Audit what landed", 0.5),
        ("Build marts", 0.0),
    ]
    assert_killing_leaves_the_served_version_and_the_next_refresh_mends_it(
        points, undisturbed, start_warm, tmp_path
    )
