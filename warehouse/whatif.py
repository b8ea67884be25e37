"""What if the rules were others: the portfolio scored again in memory, from a published version.

There is one implementation of the rules, the SQL of the build: a published file carries it
compiled (see `warehouse.scoring`), and here it runs over changed policy tables. Only what follows
from the change runs, and only for the partners it can reach; everything else is as published.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from warehouse.connections import open_in_memory
from warehouse.scoring import SCHEMA, ScoringModel, judged_rows

CHANGEABLE = ("criterion_weights", "rubric_bands", "tier_gates")
"""The policy tables that reach a score or a tier through the models carried along alone."""

_BANDED, _STATUS = "marts.fct_partner_metric", "metrics.int_metric_status"
_PERIODS = ("partner_id", "period_kind", "period_start")
_ALL = '"memory".main'
"""Where a cursor finds a relation as published, whatever it put before it."""


class NoScoringError(Exception):
    """The published file carries no rules: an older version wrote it."""


@dataclass(frozen=True)
class Scoring:
    """The rules and inputs of one version, in memory. Any number of threads may rescore from it."""

    connection: duckdb.DuckDBPyConnection
    models: tuple[ScoringModel, ...]
    partner_relations: frozenset[str]
    """Those with a row or more per partner."""


@dataclass(frozen=True)
class Rescored:
    """The portfolio under changed rules."""

    connection: duckdb.DuckDBPyConnection
    ran: tuple[str, ...]
    """The models that ran again, in order."""
    is_partial: bool
    """Only the partners in `affected` were scored again; all others are as published."""

    def relation(self, name: str) -> str:
        """What to select from for a relation `<schema>.<table>` under the changed rules."""
        if name not in self.ran:
            return f'{_ALL}."{name}"'
        if not self.is_partial:
            return f'temp."{name}"'
        return (
            f'(select * from {_ALL}."{name}" anti join temp.affected using (partner_id) '
            f'union all by name select * from temp."{name}")'
        )


def load(path: Path, *, whole_history: bool = False) -> Scoring:
    """Read the rules of a published file and what they need into memory.

    Of a partner's quarters those that its latest movement can depend on: as many as policy asks
    for in a row, or all where one of these may not count. With `whole_history` all of them.
    Raises NoScoringError where the file carries no rules.
    """
    connection = open_in_memory()
    quoted = str(path).replace("'", "''")
    connection.execute(f"attach '{quoted}' as published (read_only)")
    tables = {
        f"{schema}.{table}"
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'published'"
        ).fetchall()
    }
    if f"{SCHEMA}.models" not in tables:
        connection.close()
        raise NoScoringError(f"{path.stem} carries no scoring rules")
    models = tuple(
        ScoringModel(name, sql, tuple(reads))
        for name, sql, reads in connection.execute(
            f"select name, sql, reads from published.{SCHEMA}.models order by position"
        ).fetchall()
    )
    if not whole_history:
        connection.execute(_NEEDED)
    [(latest_week,)] = connection.execute(
        "select period_start from published.quality.snapshot"
    ).fetchall()
    of_partners = set()
    for name in sorted(
        {model.name for model in models} | {name for m in models for name in m.reads}
    ):
        schema, _, table = name.partition(".")
        relation = f'published."{schema}"."{table}"'
        if f"{SCHEMA}.{name}" in tables:
            relation = f'published.{SCHEMA}."{name}"'
        condition, parameters = judged_rows(connection, relation, latest_week)
        columns = _columns(connection, relation)
        if "partner_id" in columns:
            of_partners.add(name)
        needed = "" if whole_history or not columns.keys() >= set(_PERIODS) else _SEMI_JOIN
        connection.execute(
            f'create table "{name}" as select * from {relation} {needed} where {condition}',
            parameters,
        )
    connection.execute("detach published")
    return Scoring(connection, models, frozenset(of_partners))


_SEMI_JOIN = f"semi join needed using ({', '.join(_PERIODS)})"

# A quarter whose criteria are each covered to the floor is covered whatever their weights.
_NEEDED = f"""
create table needed as
with
    quarters as (
        select
            partner_id,
            period_kind,
            period_start,
            dense_rank() over (order by period_start desc) as quarters_ago,
            count(*) over (partition by partner_id) as quarters
        from published.{SCHEMA}."metrics.int_partner__periods"
        where period_kind = 'quarter'
    ),
    rules as (
        select
            (
                select greatest(2, max(quarters_to_promote), max(misses_to_demote))
                from published.policy.tier_movement
            ) as in_a_row,
            (
                select max(value::decimal(28, 9))
                from published.policy.settings
                where setting = 'coverage_floor'
            ) as coverage_floor,
            (select max(quarters_ago) from quarters) as history
    ),
    -- Where one of these may not count, earlier ones do; newcomers have few.
    unsure as (
        select distinct quarters.partner_id
        from quarters
        cross join rules
        left join published.marts.fct_criterion_score as criteria
            using (partner_id, period_kind, period_start)
        where
            quarters.quarters < rules.history
            or (
                quarters.quarters_ago <= rules.in_a_row
                and coalesce(criteria.coverage, 1) < rules.coverage_floor
            )
    )
select partner_id, period_kind, period_start
from quarters
cross join rules
where quarters_ago <= in_a_row or partner_id in (select partner_id from unsure)
union all
select partner_id, period_kind, period_start
from published.{SCHEMA}."metrics.int_partner__periods"
where period_kind = 'week'
"""


def policy_table(scoring: Scoring, table: str) -> pd.DataFrame:
    """A policy table as it was published, each cell as in its CSV: text, None where empty."""
    connection = scoring.connection.cursor()
    columns = _columns(connection, f'"policy.{table}"')
    cells = ", ".join(f'cast("{name}" as varchar) as "{name}"' for name in columns)
    frame = connection.execute(f'select {cells} from "policy.{table}"').df().astype(object)
    return frame.where(frame.notna(), None)


def rescore(scoring: Scoring, changes: Mapping[str, pd.DataFrame]) -> Rescored:
    """Score again with these policy tables in place of the published ones.

    `changes` are whole tables by name, of `CHANGEABLE`, with the columns of their CSV; cells are
    text or values, None where empty. They are taken to be sound (see `warehouse.policy`).
    """
    if unknown := changes.keys() - set(CHANGEABLE):
        raise ValueError(f"not to be changed here: {', '.join(sorted(unknown))}")
    connection = scoring.connection.cursor()
    # What is temporary goes with the cursor, and stands before what has the same name.
    for table, frame in changes.items():
        _replace(connection, f"policy.{table}", frame)
    to_run, changed = [], {f"policy.{table}" for table in changes}
    for model in scoring.models:
        if changed & set(model.reads):
            to_run.append(model)
            changed.add(model.name)
    is_partial = "tier_gates" not in changes
    if is_partial:
        _find_affected(connection, scoring, changes)
        inputs = {name for model in to_run for name in model.reads} - changed
        for name in sorted(inputs & scoring.partner_relations):
            connection.execute(
                f'create temp view "{name}" as '
                f'select * from {_ALL}."{name}" semi join temp.affected using (partner_id)'
            )
    for model in to_run:
        connection.execute(f'create temp table "{model.name}" as {model.sql}')
    return Rescored(connection, tuple(model.name for model in to_run), is_partial)


def movers(rescored: Rescored) -> pd.DataFrame:
    """One row per partner of the latest quarter end, with what it was published as and now is.

    Columns: partner_id, partner_name, partner_type, quarter_end, current_tier; weighted_score,
    qualified_tier, action and recommended_tier, each also as `proposed_…`.
    """
    return rescored.connection.execute(
        f"""
        with
            latest as (
                select max(period_start) as period_start
                from {_ALL}."metrics.int_tier__movement"
            ),
            published as (
                select movement.*, scores.weighted_score
                from {_ALL}."metrics.int_tier__movement" as movement
                inner join latest using (period_start)
                inner join {_ALL}."marts.fct_tier_score" as scores
                    on movement.partner_id = scores.partner_id
                    and movement.period_start = scores.period_start
                    and scores.period_kind = 'quarter'
            ),
            proposed as (
                select movement.*, scores.weighted_score
                from {rescored.relation("metrics.int_tier__movement")} as movement
                inner join latest using (period_start)
                inner join {rescored.relation("marts.fct_tier_score")} as scores
                    on movement.partner_id = scores.partner_id
                    and movement.period_start = scores.period_start
                    and scores.period_kind = 'quarter'
            )
        select
            partners.partner_id,
            partners.partner_name,
            partners.partner_type,
            published.quarter_end,
            published.current_tier,
            published.weighted_score,
            proposed.weighted_score as proposed_weighted_score,
            published.qualified_tier,
            proposed.qualified_tier as proposed_qualified_tier,
            published.action,
            proposed.action as proposed_action,
            published.recommended_tier,
            proposed.recommended_tier as proposed_recommended_tier
        from published
        inner join proposed using (partner_id)
        inner join {_ALL}."marts.dim_partner" as partners using (partner_id)
        order by partners.partner_name, partners.partner_id
        """
    ).df()


def _find_affected(
    connection: duckdb.DuckDBPyConnection, scoring: Scoring, changes: Mapping[str, pd.DataFrame]
) -> None:
    """Put into `affected` every partner that other weights or bands can reach."""
    connection.execute("create temp table affected (partner_id varchar)")
    if "criterion_weights" in changes:
        archetypes = _differing(connection, "policy.criterion_weights", "archetype")
        connection.execute(
            "insert into affected "
            f'select distinct partner_id from {_ALL}."metrics.int_partner__periods" '
            "where archetype in (select unnest(?))",
            [archetypes],
        )
    if "rubric_bands" in changes:
        metrics = _differing(connection, "policy.rubric_bands", "metric_key")
        [banding] = [model for model in scoring.models if model.name == _BANDED]
        connection.execute(
            f'create temp table changed_status as select * from {_ALL}."{_STATUS}" '
            "where metric_key in (select unnest(?))",
            [metrics],
        )
        connection.execute(
            "insert into affected select distinct banded.partner_id "
            f"from ({banding.sql.replace(_STATUS, 'changed_status')}) as banded "
            f'inner join {_ALL}."{_BANDED}" as published '
            "using (partner_id, period_kind, period_start, metric_key) "
            "where banded.rubric_score is distinct from published.rubric_score"
        )


def _differing(connection: duckdb.DuckDBPyConnection, name: str, column: str) -> list[str]:
    """The values of a column whose rows are not those published."""
    rows = connection.execute(
        f'select "{column}" from (('
        f'select * from temp."{name}" except all select * from {_ALL}."{name}") union all ('
        f'select * from {_ALL}."{name}" except all select * from temp."{name}")) '
        f'group by "{column}"'
    ).fetchall()
    return [value for (value,) in rows]


def _replace(connection: duckdb.DuckDBPyConnection, name: str, frame: pd.DataFrame) -> None:
    columns = _columns(connection, f'{_ALL}."{name}"')
    cells = pa.table(
        {column: pa.array(_texts(frame[column].tolist()), pa.string()) for column in columns}
    )
    typed = ", ".join(
        f'cast("{column}" as {kind}) as "{column}"' for column, kind in columns.items()
    )
    connection.register("changed_cells", cells)
    connection.execute(f'create temp table "{name}" as select {typed} from changed_cells')
    connection.unregister("changed_cells")


def _columns(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    described = connection.execute(f"describe {relation}").fetchall()
    return {column: kind for column, kind, *_ in described}


def _texts(cells: Sequence[object]) -> Iterable[str | None]:
    return [None if pd.isna(cell) else str(cell) for cell in cells]  # type: ignore[call-overload]
