"""What each load is held against."""

from datetime import date
from math import isnan

import pandas as pd
import pytest

from expectations.volume import load_volumes
from warehouse.snapshots import HISTORY_COLUMNS


def history(*versions: dict[str, tuple[str, int]]) -> pd.DataFrame:
    """Published versions, oldest first: content and rows by path."""
    return pd.DataFrame(
        [
            (f"v{week}", date(2026, 1, 5 + week), "crm", "opportunities", path, content, rows)
            for week, files in enumerate(versions)
            for path, (content, rows) in files.items()
        ],
        columns=HISTORY_COLUMNS,
    )


def loads(**files: tuple[str, int]) -> pd.DataFrame:
    return loads_at(files)


def loads_at(files: dict[str, tuple[str, int]]) -> pd.DataFrame:
    return pd.DataFrame(
        [(path, content, rows) for path, (content, rows) in files.items()],
        columns=["path", "content_hash", "rows_accepted"],
    )


def baseline(
    of: pd.DataFrame, against: pd.DataFrame, path: str, as_of: date = date(2026, 7, 5)
) -> float | None:
    volumes = load_volumes(of, against, as_of).set_index("path")
    found = volumes.at[path, "baseline"]
    return None if isnan(found) else found


def test_a_first_load_has_nothing_to_be_compared_with() -> None:
    assert baseline(loads(deals=("a", 10)), history(), "deals") is None


def test_one_earlier_version_of_a_replaced_file_is_enough() -> None:
    volumes = load_volumes(loads(deals=("b", 60)), history({"deals": ("a", 120)}), date(2026, 7, 5))
    assert volumes[["baseline", "kept_share"]].values.tolist() == [[120.0, 0.5]]


def test_a_replaced_file_is_compared_with_the_median_of_its_last_four_versions() -> None:
    past = history(*({"deals": (str(rows), rows)} for rows in (9, 100, 200, 300, 1000)))
    assert baseline(loads(deals=("now", 150)), past, "deals") == 250


def test_a_version_published_again_counts_once() -> None:
    past = history({"deals": ("a", 100)}, {"deals": ("b", 60)}, {"deals": ("b", 60)})
    assert baseline(loads(deals=("c", 60)), past, "deals") == 80


def test_a_file_that_did_not_change_is_no_new_load() -> None:
    past = history({"deals": ("a", 100)}, {"deals": ("b", 40)})
    assert baseline(loads(deals=("b", 40)), past, "deals") is None


def test_a_file_put_back_to_an_older_state_is_a_new_load() -> None:
    past = history({"deals": ("a", 10)}, {"deals": ("b", 1000)})
    assert baseline(loads(deals=("a", 10)), past, "deals") == 505


def test_a_file_at_a_new_path_is_compared_only_with_four_other_loads() -> None:
    three = history({f"w{week}": ("a", 100) for week in (1, 2, 3)})
    four = history({f"w{week}": ("a", 100) for week in (1, 2, 3, 4)})
    assert baseline(loads(w5=("a", 10)), three, "w5") is None
    assert baseline(loads(w5=("a", 10)), four, "w5") == 100


def test_a_file_at_a_new_path_is_compared_with_the_last_loads() -> None:
    past = history({f"w{week}": ("a", 10 * week) for week in range(1, 7)})
    assert baseline(loads(w7=("a", 10)), past, "w7") == 45


@pytest.mark.parametrize(
    ("path", "rows_expected"),
    [
        ("crm/opportunities/2026-06.csv", 300),
        ("crm/opportunities/2026-07.csv.gz", 300 * 5 / 31),
        ("crm/opportunities/deals_2026.csv", 300 * 186 / 365),
        ("crm/opportunities/2026-07-04.csv", 300),
        ("crm/opportunities/part-2026.csv", 300),
        ("crm/opportunities/2027.csv", 0),
    ],
)
def test_a_file_of_a_month_or_year_under_way_need_hold_no_more_than_its_part(
    path: str, rows_expected: float
) -> None:
    past = history({f"w{week}": ("a", 300) for week in range(4)})
    found = baseline(loads_at({path: ("a", 1)}), past, path, date(2026, 7, 5))
    assert found == pytest.approx(rows_expected)


def test_an_empty_history_of_a_file_drops_nothing() -> None:
    volumes = load_volumes(loads(deals=("b", 0)), history({"deals": ("a", 0)}), date(2026, 7, 5))
    assert volumes["kept_share"].isna().all()
