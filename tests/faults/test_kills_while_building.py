"""Six points from the first models to publication, in one chain of kills."""

from pathlib import Path

import pytest
from killing import Point, assert_killing_leaves_the_served_version_and_the_next_refresh_mends_it
from refreshing import Start, Undisturbed

pytestmark = pytest.mark.faults

POINTS: list[Point] = [
    ("Build marts", 0.2),
    ("Build marts", 0.5),
    ("Build marts", 0.9),
    ("Audit marts", 0.5),
    ("Publish", 0.0),
    ("Publish", 0.5),
]


def test_a_refresh_killed_anywhere_leaves_the_served_version_and_is_mended_by_the_next(
    undisturbed: Undisturbed, start_warm: Start, tmp_path: Path
) -> None:
    assert_killing_leaves_the_served_version_and_the_next_refresh_mends_it(
        POINTS, undisturbed, start_warm, tmp_path
    )
