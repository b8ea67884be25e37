"""How big each load is against the loads before it."""

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date
from statistics import median
from typing import Any

import pandas as pd

LOADS_COMPARED = 4

_YEAR_OR_MONTH = re.compile(r"(?<![\d-])(\d{4})(?:-(0[1-9]|1[0-2]))?$")


def load_volumes(loads: pd.DataFrame, history: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """One row per load of an entity with the rows it should be held against.

    `loads` has path, content_hash, rows_accepted: the entity's files as they stand. `history` has
    version, as_of and the same: its files in published versions, so that a refused load never
    becomes the measure of the next.

    A file whose content was in the last published version is no new load. A replaced file is
    compared with the earlier versions of its own path; a file at a new path with the last four
    other loads of its entity, once there are four, or where it is named by a year or a month
    under way at `as_of`, with as much of them as of that is over.

    The result has path, rows_accepted, baseline (a median of rows) and kept_share (rows ÷
    baseline), the last two null where there is nothing to compare with.
    """
    earlier = list(_contents(history))
    rows = [
        {
            "path": load.path,
            "rows_accepted": load.rows_accepted,
            "baseline": _baseline(load, earlier, as_of),
        }
        for load in loads.sort_values("path").itertuples()
    ]
    volumes = pd.DataFrame(rows, columns=["path", "rows_accepted", "baseline"])
    volumes["baseline"] = volumes["baseline"].astype("float64")
    volumes["kept_share"] = volumes["rows_accepted"] / volumes["baseline"].where(
        volumes["baseline"] > 0
    )
    return volumes


def _contents(history: pd.DataFrame) -> Iterator[Any]:
    """The loads, newest first, each content at a path once in a row."""
    newest: dict[str, str] = {}
    oldest_first: Iterable[Any] = history.sort_values(["as_of", "version", "path"]).itertuples()
    contents = []
    for load in oldest_first:
        if newest.get(load.path) != load.content_hash:
            newest[load.path] = load.content_hash
            contents.append(load)
    return reversed(contents)


def _baseline(load: Any, earlier: list[Any], as_of: date) -> float | None:
    own = [other for other in earlier if other.path == load.path]
    if own:
        if own[0].content_hash == load.content_hash:
            return None
        return float(median(other.rows_accepted for other in own[:LOADS_COMPARED]))
    if len(earlier) < LOADS_COMPARED:
        return None
    usual = float(median(other.rows_accepted for other in earlier[:LOADS_COMPARED]))
    return usual * _share_over(load.path, as_of)


def _share_over(path: str, as_of: date) -> float:
    """How much of the year or month that a file is named by is over; 1 for any other name."""
    named = _YEAR_OR_MONTH.search(path.rpartition("/")[2].partition(".")[0])
    if named is None:
        return 1
    year, month = int(named[1]), named[2]
    first = date(year, int(month or 1), 1)
    last_month = int(month or 12)
    last = date(year, last_month, monthrange(year, last_month)[1])
    days, over = (last - first).days + 1, (as_of - first).days + 1
    return min(max(over, 0), days) / days
