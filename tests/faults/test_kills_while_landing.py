"""Ten points from the start of a refresh to the first model, in two chains of kills."""

from pathlib import Path

import pytest
from killing import Point, assert_killing_leaves_the_served_version_and_the_next_refresh_mends_it
from refreshing import Start, Undisturbed

pytestmark = pytest.mark.faults


@pytest.mark.parametrize(
    "points",
    [
        [("", 0.1), ("", 0.5), ("", 0.9), ("Land extracts", 0.0), ("Land extracts", 0.3)],
        [
            ("Land extracts", 0.6),
            ("Land extracts", 0.9),
            ("Audit what landed", 0.0),
            ("Audit what landed", 0.5),
            ("Build marts", 0.0),
        ],
    ],
)
def test_a_refresh_killed_anywhere_leaves_the_served_version_and_is_mended_by_the_next(
    points: list[Point], undisturbed: Undisturbed, start: Start, tmp_path: Path
) -> None:
    assert_killing_leaves_the_served_version_and_the_next_refresh_mends_it(
        points, undisturbed, start, tmp_path
    )
