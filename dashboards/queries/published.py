"""Which version is served, and its tables as frames."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import streamlit as st

from dashboards import words
from dashboards.frames import records
from dashboards.queries import own_rows
from warehouse import snapshots
from warehouse.settings import Settings

READABLE_SCHEMA_VERSIONS = frozenset({1, 2})
_KEY = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")


@dataclass(frozen=True)
class Scope:
    """A reader to whom the partners are shown that a version gives to them, and no others."""

    manager: str
    """The address by which partners name who manages them."""
    version: str
    """The version that says so: the one served, also of what older ones tell."""


@dataclass(frozen=True)
class Edition:
    """One published version in one home, as a reader sees it: what every query is keyed on."""

    home: Path
    version: str
    scope: Scope | None = None
    """None: every row."""


@dataclass(frozen=True)
class Imprint:
    """What a page says about the version it shows; times are UTC."""

    version: str
    schema_version: int
    as_of: date
    period_start: date | None
    """Monday of the latest week; None, like `period_end`, while no week has a partner."""
    period_end: date | None
    published_at: datetime
    policy_hash: str
    policy_version: str | None
    code_version: str

    @property
    def policy(self) -> str:
        """The policy by name; the start of its hash while no week has a partner."""
        return self.policy_version or self.policy_hash[:12]


class UnreadableEdition(Exception):
    """The published file is of a schema version these pages do not know."""


def current_edition(settings: Settings) -> Edition | None:
    """The version the pointer names now, or None where nothing is published."""
    version = snapshots.current(settings)
    return None if version is None else Edition(settings.home.resolve(), version.name)


def of_manager(served: Edition, email: str) -> Edition:
    """The served version with the partners alone that it gives to a manager."""
    return replace(served, scope=Scope(email, served.version))


def frame(
    edition: Edition, sql: str, parameters: Mapping[str, object] | None = None
) -> pd.DataFrame:
    """The rows of one statement over a published version, those of its scope alone.

    Opens and closes its own connection. Relations are named with their schema.
    """
    with _opened(edition, sql) as connection:
        return connection.execute(sql, dict(parameters or {})).df()


def frames(
    edition: Edition, statements: Mapping[str, tuple[str, Mapping[str, object]]]
) -> dict[str, pd.DataFrame]:
    """The rows of several statements by name, as `frame` has them, over one connection.

    Opening a version costs more than a short statement does.
    """
    with _opened(edition, ";".join(sql for sql, _ in statements.values())) as connection:
        return {
            name: connection.execute(sql, dict(parameters)).df()
            for name, (sql, parameters) in statements.items()
        }


@contextmanager
def _opened(edition: Edition, sql: str) -> Iterator[duckdb.DuckDBPyConnection]:
    settings = Settings(home=edition.home)
    if edition.scope is None:
        with snapshots.open_version(settings, edition.version) as connection:
            yield connection
        return
    whole = replace(edition, scope=None)
    path = snapshots.version_file(settings, edition.version)
    with own_rows.open_own(path, own_partners(edition), _catalog(whole), sql) as connection:
        yield connection


def own_partners(edition: Edition) -> tuple[str, ...]:
    """The partners of an edition's scope; none where its version does not say whose they are."""
    scope = edition.scope
    if scope is None:
        raise ValueError(f"{edition.version}: every partner is in sight")
    return _managed(Edition(edition.home, scope.version), scope.manager)


@st.cache_data(max_entries=256, show_spinner=False)
def _managed(whole: Edition, manager: str) -> tuple[str, ...]:
    if not has(whole, "dim_partner", "partner_manager_email"):
        return ()
    rows = frame(
        whole,
        """
        select partner_id
        from marts.dim_partner
        where lower(trim(partner_manager_email)) = nullif(lower(trim($manager)), '')
        order by partner_id
        """,
        {"manager": manager},
    )
    return tuple(rows["partner_id"])


@st.cache_data(max_entries=16, show_spinner=False)
def imprint(edition: Edition) -> Imprint:
    """The one row of `quality.snapshot`.

    Raises UnreadableEdition where the file is newer than these pages.
    """
    row = frame(edition, "from quality.snapshot").iloc[0]
    if row["schema_version"] not in READABLE_SCHEMA_VERSIONS:
        raise UnreadableEdition(
            f"version {edition.version} has schema {row['schema_version']}; "
            f"these pages read {', '.join(map(str, sorted(READABLE_SCHEMA_VERSIONS)))}"
        )
    return Imprint(
        version=str(row["version"]),
        schema_version=int(row["schema_version"]),
        as_of=row["as_of"].date(),
        period_start=_day(row["period_start"]),
        period_end=_day(row["period_end"]),
        published_at=row["published_at"].to_pydatetime(),
        policy_hash=str(row["policy_hash"]),
        policy_version=None if pd.isna(row["policy_version"]) else str(row["policy_version"]),
        code_version=str(row["code_version"]),
    )


def _day(value: pd.Timestamp) -> date | None:
    return None if pd.isna(value) else value.date()


@st.cache_data(max_entries=16, show_spinner=False)
def _catalog(whole: Edition) -> dict[tuple[str, str], frozenset[str]]:
    """The columns of each relation of the version, by schema and name."""
    rows = frame(
        whole,
        """
        select schema_name, table_name, list(column_name) as columns
        from duckdb_columns()
        where schema_name in ('marts', 'policy', 'quality')
        group by schema_name, table_name
        """,
    )
    return {(row.schema_name, row.table_name): frozenset(row.columns) for row in records(rows)}


def has(edition: Edition, mart: str, column: str | None = None) -> bool:
    """Whether the version holds a mart, and in it a column where one is named.

    Released marts only ever grow, so an old version lacks what came later.
    """
    columns = _catalog(replace(edition, scope=None)).get(("marts", mart))
    return columns is not None and (column is None or column in columns)


@st.cache_data(max_entries=16, show_spinner=False)
def definitions(edition: Edition, mart: str) -> dict[str, str]:
    """What each column of a mart means, as written in the warehouse's own documentation."""
    rows = frame(
        edition,
        """
        select column_name, description
        from quality.definitions
        where mart = $mart and description <> ''
        """,
        {"mart": mart},
    )
    return dict(zip(rows["column_name"], _in_words(rows["description"]), strict=True))


@st.cache_data(max_entries=16, show_spinner=False)
def metric_definitions(edition: Edition) -> dict[str, str]:
    """What each metric means, by its key; empty in versions that came without."""
    rows = frame(
        edition,
        """
        select mart[8:] as metric_key, description
        from quality.definitions
        where starts_with(mart, 'metric_') and column_name = ''
        """,
    )
    return dict(zip(rows["metric_key"], _in_words(rows["description"]), strict=True))


def _in_words(descriptions: pd.Series) -> pd.Series:
    """Descriptions of the warehouse for those who read pages: no markup, and keys as words."""
    plain = descriptions.str.replace("**Nuance** ", "").str.replace("`", "")
    return plain.str.replace(_KEY, lambda key: words.spelled(key[0]), regex=True)


@st.cache_data(max_entries=16, show_spinner=False)
def setting(edition: Edition, name: str) -> str | None:
    """A policy setting in force in the latest week of the version."""
    rows = frame(
        edition,
        """
        select value
        from policy.settings
        cross join quality.snapshot
        where setting = $name
            and valid_from < period_end
            and (valid_to is null or valid_to >= period_end)
        """,
        {"name": name},
    )
    return None if rows.empty else str(rows["value"].iloc[0])


def score_maximum(edition: Edition) -> Decimal:
    """The highest score of the rubric: 5 in the versions from before the policy said it."""
    return Decimal(setting(edition, "score_maximum") or 5)


@st.cache_data(max_entries=16, show_spinner=False)
def tiers(edition: Edition) -> list[str]:
    """The programme's tiers in force, lowest first."""
    rows = frame(
        edition,
        """
        select tier
        from policy.tiers
        cross join quality.snapshot
        where valid_from < period_end and (valid_to is null or valid_to >= period_end)
        order by "rank"
        """,
    )
    return rows["tier"].tolist()


_NEEDS = {
    "metrics": "label",
    "scorecard_figures": "case when starts_with(figure, 'health_') then 'Partner health' end",
    "si_quality_components": "'SI quality'",
    "leakage_checks": "'Leakage'",
    "kpi_targets": "'Ecosystem KPIs'",
}
"""By the policy tables that name extracts: what needs them, in words."""


@st.cache_data(max_entries=16, show_spinner=False)
def dependents(edition: Edition) -> dict[str, list[str]]:
    """What needs an extract in force, metrics by their labels, by `system.entity`."""
    tables = frame(edition, "select table_name from duckdb_tables() where schema_name = 'policy'")
    needs = " union all ".join(
        f"select {label} as label, requires, valid_from, valid_to from policy.{table}"
        for table, label in _NEEDS.items()
        if table in set(tables["table_name"])
    )
    rows = frame(
        edition,
        f"""
        with
            needs as (
                select label, unnest(string_split(requires, ' ')) as required
                from ({needs})
                cross join quality.snapshot
                where label is not null
                    and valid_from < period_end
                    and (valid_to is null or valid_to >= period_end)
            )
        select
            array_to_string(string_split(required, '.')[:2], '.') as extract,
            list(distinct label order by label) as labels
        from needs
        group by extract
        """,
    )
    return {row.extract: list(row.labels) for row in records(rows)}


@st.cache_data(max_entries=16, show_spinner=False)
def staleness(edition: Edition) -> pd.DataFrame:
    """One row per contract: its presence and age, and whether a metric in force needs it.

    Columns: system, entity, is_present, newest_at, age_days, freshness_window_days, is_stale,
    is_needed.
    """
    rows = frame(
        edition,
        """
        select
            system,
            entity,
            is_present,
            newest_at,
            age_days,
            freshness_window_days,
            coalesce(is_stale, false) as is_stale
        from quality.entities
        order by system, entity
        """,
    )
    names = rows["system"] + "." + rows["entity"]
    return rows.assign(is_needed=names.isin(list(dependents(edition))))
