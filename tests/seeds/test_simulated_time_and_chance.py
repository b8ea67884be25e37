"""What the verses share: the quarter ends they look back from, and chance in even doses."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from seeds.simulate.company import Company, Scale
from seeds.simulate.draws import DAY, dose, half_away, month_of, months_after


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


def at(*days: date) -> np.ndarray:
    return np.array([days], dtype="datetime64[s]").astype(np.int64)[0]


def test_periods_that_begin_on_the_31st_do_so_again_after_february() -> None:
    begins = at(*[date(2024, 1, 31)] * 4)
    later = months_after(begins, np.array([0, 1, 2, 13]))
    assert (
        later == at(date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31), date(2025, 2, 28))
    ).all()


def test_a_month_begins_at_its_first_midnight() -> None:
    last_second = at(date(2026, 3, 1)) - 1
    assert month_of(last_second) == at(date(2026, 2, 1))
    assert month_of(last_second + 1) == at(date(2026, 3, 1))
    assert months_after(last_second, -2) == at(date(2025, 12, 28))
    assert months_after(last_second, 0) % DAY == 0


@pytest.mark.parametrize(
    ("amount", "parts", "rounded"),
    [(15, 10, 2), (14, 10, 1), (-15, 10, -2), (3, 5, 1), (0, 7, 0), (-14, 10, -1)],
)
def test_half_a_cent_rounds_away_from_zero(amount: int, parts: int, rounded: int) -> None:
    assert half_away(np.array([amount]), parts).tolist() == [rounded]


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
