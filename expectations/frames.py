"""The small frames the expectations read: DuckDB counts, Great Expectations judges."""

from collections.abc import Mapping

import duckdb
import pandas as pd

from expectations.suites import Suite
from expectations.volume import load_volumes
from warehouse.contracts import load_contracts

Frames = Mapping[str, pd.DataFrame]
"""By name: `dataset` with one row; for an extract also `files` with one row per file."""

FAR_FUTURE_DAYS = 3660


def raw_frames(
    connection: duckdb.DuckDBPyConnection, suite: Suite, history: pd.DataFrame
) -> Frames | None:
    """The frames of an extract; None where the extract is absent, which is no error.

    `dataset` has rows_in, rows_accepted, refused_share, orphan_share (of the accepted rows; null
    while an entity they refer to is absent), newest_days_ahead (of as-of), far_future_share (more
    than ten years ahead of it) and the suite's measures. `files` is their `load_volumes`.
    """
    contract = load_contracts()[suite.dataset.replace("__", ".")]
    entity = [contract.system, contract.entity]
    found = connection.execute(
        "select freshness_column from quality.entities"
        " where system = ? and entity = ? and is_present",
        entity,
    ).fetchall()
    if not found:
        return None
    ((freshness_column,),) = found
    parents = [column.references for column in contract.columns if column.references]
    counts = connection.execute(
        """
        select
            rows_in::double as rows_in,
            rows_accepted::double as rows_accepted,
            rows_refused / nullif(rows_in, 0) as refused_share,
            case
                when
                    not exists (
                        from quality.entities
                        where system || '.' || entity in (select unnest(?)) and not is_present
                    )
                then rows_orphaned / nullif(rows_accepted, 0)
            end as orphan_share
        from quality.entities
        where system = ? and entity = ?
        """,
        [parents, *entity],
    ).df()
    loads = connection.execute(
        """
        select system, entity, path, content_hash, rows_accepted
        from quality.loads
        where system = ? and entity = ?
        """,
        entity,
    ).df()
    measures = suite.measures | _times_ahead(suite.newest or freshness_column)
    return {
        "dataset": counts.join(_measure(connection, suite, measures)),
        "files": load_volumes(loads, history),
    }


def mart_frames(
    connection: duckdb.DuckDBPyConnection,
    suite: Suite,
    previous: duckdb.DuckDBPyConnection | None,
) -> Frames:
    """The frame of a mart: one row with each measure, `<measure>_before` as the published version
    `previous` has it, and `<measure>_kept`, the ratio of the two; null without one to compare.
    """
    now = _measure(connection, suite, suite.measures)
    before = None if previous is None else _measure_if_there(previous, suite)
    if before is None:
        before = now.map(lambda _: float("nan"))
    kept = now / before.where(before != 0)
    return {"dataset": now.join(before.add_suffix("_before")).join(kept.add_suffix("_kept"))}


def _times_ahead(newest: str | None) -> dict[str, str]:
    """Measures of how far after as-of the times in column `newest` lie; null without one."""
    if newest is None:
        return {"newest_days_ahead": "null", "far_future_share": "null"}
    days = f"date_diff('day', (select as_of from quality.run), {newest})"
    return {
        "newest_days_ahead": f"max({days})",
        "far_future_share": f"avg(({days} > {FAR_FUTURE_DAYS})::int)",
    }


def _measure(
    connection: duckdb.DuckDBPyConnection, suite: Suite, measures: Mapping[str, str]
) -> pd.DataFrame:
    """One row of doubles, null where there is nothing to measure."""
    columns = ", ".join(f"({sql})::double as {name}" for name, sql in measures.items())
    return connection.execute(f"select {columns} from {suite.stage}.{suite.relation}").df()


def _measure_if_there(connection: duckdb.DuckDBPyConnection, suite: Suite) -> pd.DataFrame | None:
    """The measures in an older version; None where that one's marts were of another shape."""
    try:
        return _measure(connection, suite, suite.measures)
    except (duckdb.CatalogException, duckdb.BinderException):
        return None
