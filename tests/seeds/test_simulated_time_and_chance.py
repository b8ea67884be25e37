"""What the verses share: the quarter ends they look back from, and chance in even doses."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from seeds.simulate.company import Company, Scale
from seeds.simulate.draws import dose


@pytest.mark.parametrize(
    ("until", "back", "ended"),
    [
        (date(2026, 9, 29), 0, datetime(2026, 7, 1, tzinfo=UTC)),
        (date(2026, 9, 30), 0, datetime(2026, 10, 1, tzinfo=UTC)),
        (date(2026, 11, 20), 0, datetime(2026, 10, 1, tzinfo=UTC)),
        (date(2026, 11, 20), 1, datetime(2026, 7, 1, tzinfo=UTC)),
        (date(2026, 12, 31), 4, datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_quarter_is_over_once_its_last_day_is(until: date, back: int, ended: datetime) -> None:
    company = Company(Scale(12, 1, 0, 7, until), {})
    assert company.quarter_end(back) == int(ended.timestamp())


def test_of_any_run_of_events_so_many_happen_as_was_meant_give_or_take_one() -> None:
    rng = np.random.default_rng(7)
    group = rng.integers(0, 5, 2_000)
    share = np.array([0.0, 0.1, 0.5, 0.93, 1.0])[group]
    happens = dose(rng, group, share)
    for number, meant in enumerate([0.0, 0.1, 0.5, 0.93, 1.0]):
        total = np.cumsum(happens[group == number], dtype=np.int64)
        for length in (7, 30, 100):
            counts = total[length:] - total[:-length]
            assert np.abs(counts - meant * length).max() <= 1 + 1e-6


def test_no_events_are_dosed_to_none() -> None:
    nobody = np.array([], dtype=np.int64)
    assert len(dose(np.random.default_rng(7), nobody, np.array([]))) == 0
