"""The small frames the expectations read: DuckDB counts, Great Expectations judges."""

from collections.abc import Mapping

import duckdb
import pandas as pd

from expectations.suites import Suite
from expectations.volume import load_volumes
from warehouse.contracts import load_contracts

Frames = Mapping[str, pd.DataFrame]
"""By name: `dataset` with one row; for an extract also `files` with one row per file."""


def raw_frames(
    connection: duckdb.DuckDBPyConnection, suite: Suite, history: pd.DataFrame
) -> Frames | None:
    """The frames of an extract; None where it has no file, which is no error.

    `dataset` has rows_in, rows_accepted, refused_share, orphan_share (of the accepted rows; null
    while an entity they refer to is absent) and the suite's measures; in these `{days_ahead}`
    stands for the days a row lies after as-of. `files` is their `load_volumes`; a file refused
    as a whole counts as a load of no rows.
    """
    contract = load_contracts()[suite.dataset.replace("__", ".")]
    entity = [contract.system, contract.entity]
    found = connection.execute(
        "select freshness_column from quality.entities"
        " where system = ? and entity = ? and files > 0",
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
        select path, content_hash, rows_accepted
        from quality.loads
        where system = ? and entity = ?
        """,
        entity,
    ).df()
    known = history[(history["system"] == entity[0]) & (history["entity"] == entity[1])]
    ((as_of,),) = connection.execute("select as_of from quality.run").fetchall()
    days_ahead = _days_ahead(suite.newest or freshness_column)
    measures = {
        name: sql.replace("{days_ahead}", days_ahead) for name, sql in suite.measures.items()
    }
    return {
        "dataset": counts.join(_measure(connection, suite, measures)),
        "files": load_volumes(loads, known, as_of),
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


def _days_ahead(newest: str | None) -> str:
    """SQL for the days from as-of to the time in column `newest`; null without one."""
    if newest is None:
        return "null::integer"
    return f"date_diff('day', (select as_of from quality.run), {newest})"


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
