"""What if the rules were others: the portfolio scored again in memory, from a published version.

There is one implementation of the rules, the SQL of the build: a published file carries it
compiled (see `warehouse.scoring`), and here it runs over changed policy tables. Only what follows
from the change runs, and only for the partners it can reach; everything else is as published.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from warehouse.connections import open_in_memory, open_read_only
from warehouse.policy.drafting import Draft, Row, published_policy
from warehouse.scoring import SCHEMA, ScoringModel, judged_rows

CHANGEABLE = ("criterion_weights", "rubric_bands", "tier_gates")
"""The policy tables that reach a score or a tier through the models carried along alone."""

_PUBLISHED = '"memory".main'
"""Where a cursor finds a relation as published, whatever it put before it."""

_PERIODS = f'{_PUBLISHED}."metrics.int_partner__periods"'

_WORDS = (("partner_id",), ("period_kind",), ("metric_key", "gate"), ("criterion",))
"""Columns that everything is joined by, those that share their words together."""


class NoScoringError(Exception):
    """The published file carries no rules: an older version wrote it."""


@dataclass(frozen=True)
class Scoring:
    """The rules and inputs of one version, in memory. Any number of threads may rescore from it."""

    connection: duckdb.DuckDBPyConnection
    models: tuple[ScoringModel, ...]
    columns: Mapping[str, frozenset[str]]
    """Of each relation."""
    policy: Draft
    """The policy as published."""


@dataclass(frozen=True)
class Rescored:
    """The portfolio under changed rules."""

    connection: duckdb.DuckDBPyConnection
    ran: tuple[str, ...]
    """The models that ran again, in order."""

    def rows(self, name: str) -> str:
        """What to select from for `<schema>.<table>`: what ran again, and as published the rest."""
        published = f'{_PUBLISHED}."{name}"'
        if name not in self.ran:
            return published
        return (
            f"(select * from {published} anti join temp.affected using (partner_id) "
            f'union all by name select * from temp."{name}")'
        )


def load(path: Path) -> Scoring:
    """Read the rules of a published file and what they need into memory.

    Raises NoScoringError where the file carries no rules.
    """
    with open_read_only(path) as published:
        policy = published_policy(published)
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
    [(latest_week,)] = connection.execute(
        "select period_start from published.quality.snapshot"
    ).fetchall()
    relations = {
        name: f'published.{SCHEMA}."{name}"' if f"{SCHEMA}.{name}" in tables else _quoted(name)
        for name in sorted(
            {model.name for model in models} | {name for m in models for name in m.reads}
        )
    }
    columns = {
        name: frozenset(_columns(connection, relation)) for name, relation in relations.items()
    }
    _name_words(connection, relations, columns)
    for name, relation in relations.items():
        condition, parameters = judged_rows(connection, relation, latest_week)
        counted = [
            f'"{word}"::"{alike[0]}" as "{word}"'
            for alike in _WORDS
            for word in alike
            if word in columns[name]
        ]
        replaced = f" replace ({', '.join(counted)})" if counted else ""
        connection.execute(
            f'create table "{name}" as select *{replaced} from {relation} where {condition}',
            parameters,
        )
    connection.execute("detach published")
    return Scoring(connection, models, columns, policy)


def rescore(
    scoring: Scoring, changes: Mapping[str, Sequence[Row]], *, everybody: bool = False
) -> Rescored:
    """Score again with these policy tables in place of the published ones.

    `changes` are whole tables by name, of `CHANGEABLE`, taken to be sound (see
    `warehouse.policy.drafting`).

    What comes out right is the latest week and the latest quarter with its movement: partners whose
    outcome cannot change are left as published, and so are quarters no movement looks back to.
    With `everybody` every partner and quarter is scored again.
    """
    if unknown := changes.keys() - set(CHANGEABLE):
        raise ValueError(f"not to be changed here: {', '.join(sorted(unknown))}")
    connection = scoring.connection.cursor()
    # What is temporary goes with the cursor, and stands before what has the same name.
    for table, rows in changes.items():
        _replace(connection, f"policy.{table}", rows)
    to_run, changed = [], {f"policy.{table}" for table in changes}
    for model in scoring.models:
        if changed & set(model.reads):
            to_run.append(model)
            changed.add(model.name)
    connection.execute("create temp table affected (partner_id varchar)")
    if everybody:
        connection.execute(f"insert into affected select distinct partner_id from {_PERIODS}")
    else:
        _find_affected(connection, scoring, changes)
        _find_needed(connection)
        for name in sorted({name for model in to_run for name in model.reads} - changed):
            if "partner_id" in scoring.columns[name]:
                needed = (
                    "needed using (partner_id, period_kind, period_start)"
                    if "period_kind" in scoring.columns[name]
                    else "affected using (partner_id)"
                )
                connection.execute(
                    f'create temp view "{name}" as '
                    f'select * from {_PUBLISHED}."{name}" semi join temp.{needed}'
                )
    for model in to_run:
        connection.execute(f'create temp table "{model.name}" as {model.sql}')
    return Rescored(connection, tuple(model.name for model in to_run))


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
                from {_PUBLISHED}."metrics.int_tier__movement"
            ),
            published as (
                select movement.*, scores.weighted_score
                from {_PUBLISHED}."metrics.int_tier__movement" as movement
                inner join latest using (period_start)
                inner join {_PUBLISHED}."metrics.int_tier__score" as scores
                    on movement.partner_id = scores.partner_id
                    and movement.period_start = scores.period_start
                    and scores.period_kind = 'quarter'
            ),
            proposed as (
                select movement.*, scores.weighted_score
                from {rescored.rows("metrics.int_tier__movement")} as movement
                inner join latest using (period_start)
                inner join {rescored.rows("metrics.int_tier__score")} as scores
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
        inner join {_PUBLISHED}."marts.dim_partner" as partners using (partner_id)
        order by partners.partner_name, partners.partner_id
        """
    ).df()


def _quoted(name: str) -> str:
    schema, _, table = name.partition(".")
    return f'published."{schema}"."{table}"'


def _name_words(
    connection: duckdb.DuckDBPyConnection,
    relations: Mapping[str, str],
    columns: Mapping[str, frozenset[str]],
) -> None:
    """Make a type of the words tables are joined by, kept as numbers: joins take half the time."""
    # Threads may write rows in any order: nobody reads them in the order they were written.
    connection.execute("set preserve_insertion_order = false")
    for alike in _WORDS:
        listed = " union ".join(
            f'select "{word}" as word from {relation}'
            for name, relation in relations.items()
            for word in alike
            if word in columns[name]
        )
        connection.execute(
            f'create type "{alike[0]}" as enum '
            f"(select word from ({listed}) where word is not null order by word)"
        )


def _find_affected(
    connection: duckdb.DuckDBPyConnection, scoring: Scoring, changes: Mapping[str, Sequence[Row]]
) -> None:
    """Put into `affected` every partner whose outcome the changes can change."""
    if "criterion_weights" in changes:
        archetypes = _differing(connection, "policy.criterion_weights", "archetype")
        connection.execute(
            f"insert into affected select distinct partner_id from {_PERIODS} "
            "where archetype in (select unnest(?))",
            [archetypes],
        )
    if "rubric_bands" in changes:
        metrics = _differing(connection, "policy.rubric_bands", "metric_key")
        listed = ", ".join(f"'{metric}'" for metric in metrics) or "null"
        status = "metrics.int_metric_status"
        query = f'select * from {_PUBLISHED}."{status}" where metric_key in ({listed})'
        _run_on(connection, scoring, "marts.fct_partner_metric", {status: query})
        connection.execute(
            "insert into affected select distinct again.partner_id from again "
            f'inner join {_PUBLISHED}."marts.fct_partner_metric" as published '
            "using (partner_id, period_kind, period_start, metric_key) "
            "where again.rubric_score is distinct from published.rubric_score"
        )
    if "tier_gates" in changes:
        _find_reached_by_gates(connection, scoring)


def _find_reached_by_gates(connection: duckdb.DuckDBPyConnection, scoring: Scoring) -> None:
    """Put into `affected` whoever meets a gate now and did not, or the other way round."""
    old, new = f'{_PUBLISHED}."policy.tier_gates"', 'temp."policy.tier_gates"'
    key = "tier, gate, gate_group, valid_from, valid_to"
    [(others,)] = connection.execute(
        f"select count(*) from ((select {key} from {old} except select {key} from {new}) "
        f"union all (select {key} from {new} except select {key} from {old}))"
    ).fetchall()
    if others:
        connection.execute(f"insert into affected select distinct partner_id from {_PERIODS}")
        return
    changed = f"select * from {new} except select * from {old}"
    _run_on(connection, scoring, "marts.fct_tier_gate", {"policy.tier_gates": changed})
    connection.execute(
        "insert into affected select distinct again.partner_id from again "
        f'inner join {_PUBLISHED}."marts.fct_tier_gate" as published '
        "using (partner_id, period_kind, period_start, tier, gate_group, gate) "
        "where again.is_met is distinct from published.is_met"
    )


def _run_on(
    connection: duckdb.DuckDBPyConnection, scoring: Scoring, name: str, inputs: Mapping[str, str]
) -> None:
    """Make `again` the rows of a model over these queries in place of some of its inputs."""
    [sql] = [model.sql for model in scoring.models if model.name == name]
    for position, (relation, query) in enumerate(inputs.items()):
        connection.execute(f"create or replace temp table part_{position} as {query}")
        sql = sql.replace(f'"{relation}"', f"part_{position}")
    connection.execute(f"create or replace temp table again as {sql}")


def _find_needed(connection: duckdb.DuckDBPyConnection) -> None:
    """Put into `needed` the periods of the affected that their latest movement can look back to.

    As many quarters as policy asks for in a row; all of them where one of these may not count.
    """
    connection.execute(
        f"""
        create temp table needed as
        with
            recent as (
                select period_kind, period_start
                from {_PUBLISHED}."metrics.int_periods"
                qualify
                    period_kind = 'week'
                    or dense_rank() over (partition by period_kind order by period_start desc) <= (
                        select greatest(2, max(quarters_to_promote), max(misses_to_demote))
                        from {_PUBLISHED}."policy.tier_movement"
                    )
            ),
            own as (
                select partner_id, period_kind, period_start, archetype, last_day, rules_from
                from {_PERIODS}
                semi join temp.affected using (partner_id)
            ),
            -- Newcomers, whose first quarters do not count, have few.
            newcomers as (
                select partner_id
                from own
                group by partner_id
                having count(*) < (select count(*) from {_PUBLISHED}."metrics.int_periods")
            ),
            uncovered as (
                select own.partner_id
                from own
                semi join recent using (period_kind, period_start)
                inner join {_PUBLISHED}."metrics.int_scoring_rules" as rules using (rules_from)
                left join {_PUBLISHED}."marts.fct_criterion_score" as criteria
                    using (partner_id, period_kind, period_start)
                left join "policy.criterion_weights" as weights
                    on weights.archetype = own.archetype
                    and weights.criterion = criteria.criterion
                    and weights.valid_from <= own.last_day
                    and (weights.valid_to is null or own.last_day < weights.valid_to)
                    and criteria.coverage is not null
                group by own.partner_id, own.period_kind, own.period_start, rules.coverage_floor
                having
                    coalesce(
                        sum(weights.weight::double * criteria.coverage::double)
                        / nullif(sum(weights.weight::double), 0),
                        0
                    )
                    < rules.coverage_floor + 0.000001
            )
        select partner_id, period_kind, period_start
        from own
        where
            (period_kind, period_start) in (select (period_kind, period_start) from recent)
            or partner_id in (select partner_id from newcomers)
            or partner_id in (select partner_id from uncovered)
        """
    )


def _differing(connection: duckdb.DuckDBPyConnection, name: str, column: str) -> list[str]:
    """The values of a column whose rows are not those published."""
    rows = connection.execute(
        f'select "{column}" from (('
        f'select * from temp."{name}" except all select * from {_PUBLISHED}."{name}") union all ('
        f'select * from {_PUBLISHED}."{name}" except all select * from temp."{name}")) '
        f'group by "{column}"'
    ).fetchall()
    return [value for (value,) in rows]


def _replace(connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Row]) -> None:
    columns = _columns(connection, f'{_PUBLISHED}."{name}"')
    cells = pa.table(
        {column: pa.array([row[column] or None for row in rows], pa.string()) for column in columns}
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
