"""Ten points from the first models to publication, in two chains of kills."""

from pathlib import Path

import pytest
from killing import Point, assert_killing_leaves_the_served_version_and_the_next_refresh_mends_it
from refreshing import Start, Undisturbed

pytestmark = pytest.mark.faults


@pytest.mark.parametrize(
    "points",
    [
        [("Build marts", fraction) for fraction in (0.2, 0.4, 0.5, 0.6, 0.75)],
        [
            ("Build marts", 0.9),
            ("Audit marts", 0.0),
            ("Audit marts", 0.5),
            ("Publish", 0.0),
            ("Publish", 0.5),
        ],
    ],
)
def test_a_refresh_killed_anywhere_leaves_the_served_version_and_is_mended_by_the_next(
    points: list[Point], undisturbed: Undisturbed, start_warm: Start, tmp_path: Path
) -> None:
    assert_killing_leaves_the_served_version_and_the_next_refresh_mends_it(
        points, undisturbed, start_warm, tmp_path
    )
