"""How big each load is against the loads before it."""

from collections.abc import Iterable, Iterator
from statistics import median
from typing import Any

import pandas as pd

LOADS_COMPARED = 4


def load_volumes(loads: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """One row per load with the rows it should be held against.

    `loads` has system, entity, path, content_hash, rows_accepted: the files as they stand.
    `history` has version, as_of and the same: the files of published versions, so that a refused
    load never becomes the measure of the next.

    A file whose content was in the last published version is no new load. A replaced file is
    compared with the earlier versions of its own path; a file at a new path with the last four
    other loads of its entity, once there are four. The result has path, rows_accepted, baseline
    (a median of rows) and kept_share (rows ÷ baseline), the last two null where there is nothing
    to compare with.
    """
    earlier = {
        key: list(_contents(group))
        for key, group in history.groupby(["system", "entity"], sort=False)
    }
    rows = [
        {
            "path": load.path,
            "rows_accepted": load.rows_accepted,
            "baseline": _baseline(load, earlier.get((load.system, load.entity), [])),
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
    """The loads of one entity, newest first, each content at a path once in a row."""
    newest: dict[str, str] = {}
    oldest_first: Iterable[Any] = history.sort_values(["as_of", "version", "path"]).itertuples()
    contents = []
    for load in oldest_first:
        if newest.get(load.path) != load.content_hash:
            newest[load.path] = load.content_hash
            contents.append(load)
    return reversed(contents)


def _baseline(load: Any, earlier: list[Any]) -> float | None:
    own = [other for other in earlier if other.path == load.path]
    if own:
        if own[0].content_hash == load.content_hash:
            return None
        return float(median(other.rows_accepted for other in own[:LOADS_COMPARED]))
    if len(earlier) < LOADS_COMPARED:
        return None
    return float(median(other.rows_accepted for other in earlier[:LOADS_COMPARED]))
