"""What is known of the data of a version: loads, refusals, drift, totals, checks and the policy."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dashboards.frames import records
from dashboards.queries.published import Edition, dependents, frame

_EXTRACTS = """
with
    refused_files as (
        select system, entity, count(*) as files_refused
        from quality.loads
        where state = 'refused'
        group by system, entity
    )
select
    entities.system,
    entities.entity,
    entities.is_present,
    entities.files,
    coalesce(refused_files.files_refused, 0) as files_refused,
    entities.rows_in,
    entities.rows_accepted,
    entities.rows_refused,
    entities.rows_superseded,
    entities.rows_orphaned,
    entities.newest_at,
    entities.freshness_column,
    entities.freshness_window_days,
    entities.age_days,
    coalesce(entities.is_stale, false) as is_stale
from quality.entities as entities
left join refused_files
    on refused_files.system = entities.system and refused_files.entity = entities.entity
order by entities.system, not entities.is_present, entities.entity
"""

_DRIFT = """
select
    system,
    entity,
    coalesce(list(column_name order by column_name) filter (where state = 'new'), []) as new,
    coalesce(list(column_name order by column_name) filter (where state = 'vanished'), [])
        as vanished,
    coalesce(list(column_name order by column_name) filter (where state = 'absent'), []) as absent
from quality.columns
semi join (from quality.entities where is_present) as present
    on present.system = quality.columns.system and present.entity = quality.columns.entity
where state in ('new', 'vanished', 'absent')
group by system, entity
order by system, entity
"""


@dataclass(frozen=True)
class Trust:
    """The tables of the page, each sorted; columns as in the schema `quality` unless said."""

    extracts: pd.DataFrame
    """One row per contract; `files_refused` beside the counts of rows, and `needed_by`, the labels
    of the metrics in force that read it."""
    loads: pd.DataFrame
    refused: pd.DataFrame
    """Samples of refused rows, at most fifty per extract and reasons."""
    checks: pd.DataFrame
    drift: pd.DataFrame
    """One row per present extract that drifted: lists `new`, `vanished`, `absent`."""
    control_totals: pd.DataFrame
    """Totals as text, to the last digit."""
    overlaps: pd.DataFrame
    policy: pd.DataFrame
    """One row per policy file: table, rows."""


@st.cache_data(max_entries=4, show_spinner=False)
def trust(edition: Edition) -> Trust:
    """Everything the page shows of one version."""
    extracts = frame(edition, _EXTRACTS)
    labels = dependents(edition)
    needed_by = [labels.get(f"{row.system}.{row.entity}", []) for row in records(extracts)]
    return Trust(
        extracts=extracts.assign(
            needed_by=pd.Series(needed_by, index=extracts.index, dtype=object),
            is_needed=[bool(metrics) for metrics in needed_by],
        ),
        loads=frame(edition, "from quality.loads order by system, entity, path"),
        refused=frame(
            edition, "from quality.refused_samples order by system, entity, path, record, reasons"
        ),
        checks=frame(
            edition,
            """
            from quality.checks
            order by passed, not is_blocking, stage desc, dataset, check_name, column_name
            """,
        ),
        drift=frame(edition, _DRIFT),
        control_totals=frame(
            edition,
            """
            select * replace (
                accepted_total::varchar as accepted_total,
                negative_total::varchar as negative_total,
                refused_total::varchar as refused_total
            )
            from quality.control_totals
            order by system, entity, column_name, currency nulls last
            """,
        ),
        overlaps=frame(edition, "from quality.overlaps order by entity, path, other_path, from_at"),
        policy=frame(
            edition,
            """
            select table_name, estimated_size as rows
            from duckdb_tables()
            where schema_name = 'policy'
            order by table_name
            """,
        ),
    )
