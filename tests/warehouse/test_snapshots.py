import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from warehouse import snapshots
from warehouse.connections import open_for_build
from warehouse.settings import Settings
from warehouse.snapshots import (
    Definition,
    NotPublishedError,
    Publication,
    Version,
    current,
    load_history,
    open_version,
    publish,
    retained,
    versions,
)

PUBLISHED_AT = datetime(2026, 11, 20, 6, 0)
Publisher = Callable[..., Publication]


def write_build(
    path: Path,
    as_of: date,
    *,
    content: str = "a",
    policy: str = "p",
    decided: str = "approved",
    found: str = "acknowledged",
    seen: str = "2026-11-08",
    recommended: str = "promote",
    rows: int = 3,
) -> Path:
    """A build database with the least that publishing reads, shuffled by nothing but `rows`."""
    monday = as_of - timedelta(days=as_of.weekday() + 7)
    with open_for_build(path) as build:
        build.execute(
            f"""
            create schema marts;
            create schema quality;
            create schema policy;
            create schema metrics;
            create schema programme;
            create table programme.decisions as select '{decided}' as verdict;
            create table programme.finding_states as select '{found}' as state;
            create table programme.review_events as select 1 as event_id where false;
            create table marts.fct_tier_recommendation as select '{recommended}' as action;
            create table marts.fct_leakage_check as
            select 'f1' as finding_id, 'leak' as state, date '{seen}' as first_seen_on;
            create table metrics.int_periods as select 1 as unpublished;
            create table policy.settings (
                setting varchar, value varchar, valid_from date, valid_to date
            );
            insert into policy.settings values
                ('snapshot_weeks_kept', '3', date '2000-01-01', null);
            create table quality.run as select
                date '{as_of}' as as_of, '{policy}' as policy_hash, 'code' as code_version;
            create table quality.loads as select
                'crm' as system, 'partners' as entity, 'crm/partners.csv' as path,
                '{content}' as content_hash, 'landed' as state, {rows}::bigint as rows_accepted;
            create table marts.mart_scorecard_weekly as select
                'partner-' || i as partner_id, date '{monday}' as period_start,
                date '{monday}' + 7 as period_end
            from range({rows}, 0, -1) as t (i);
            create table marts.fct_tier_score as select
                period_end, 'week' as period_kind, '{policy}' as policy_version
            from marts.mart_scorecard_weekly;
            """
        )
    return path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def published(tmp_path: Path, settings: Settings) -> Publisher:
    def publish_one(
        as_of: date, *, published_at: datetime = PUBLISHED_AT, **inputs: object
    ) -> Publication:
        build = tmp_path / "build.duckdb"
        build.unlink(missing_ok=True)
        write_build(build, as_of, **inputs)
        return publish(settings, build, published_at=published_at, definitions=[])

    return publish_one


def partners(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute("select partner_id from marts.mart_scorecard_weekly").fetchall()
    return [partner for (partner,) in rows]


def test_a_published_version_holds_marts_policy_and_quality_and_nothing_else(
    settings: Settings, published: Publisher
) -> None:
    published(date(2026, 11, 15))
    with open_version(settings) as connection:
        tables = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables order by all"
        ).fetchall()
    assert [name for (name,) in tables] == [
        "marts.fct_leakage_check",
        "marts.fct_tier_recommendation",
        "marts.fct_tier_score",
        "marts.mart_scorecard_weekly",
        "policy.settings",
        "quality.definitions",
        "quality.loads",
        "quality.run",
        "quality.snapshot",
    ]


def test_rows_are_stored_in_order(settings: Settings, published: Publisher) -> None:
    published(date(2026, 11, 15))
    with open_version(settings) as connection:
        assert partners(connection) == ["partner-1", "partner-2", "partner-3"]


def test_a_version_says_what_it_is_made_of(settings: Settings, published: Publisher) -> None:
    publication = published(date(2026, 11, 15), policy="rules")
    with open_version(settings) as connection:
        snapshot = connection.execute("from quality.snapshot").fetchall()
    assert snapshot == [
        (
            publication.version.name,
            snapshots.SCHEMA_VERSION,
            date(2026, 11, 15),
            date(2026, 11, 2),
            date(2026, 11, 9),
            PUBLISHED_AT,
            "rules",
            "rules",
            "code",
        )
    ]


def test_definitions_travel_with_the_version(tmp_path: Path, settings: Settings) -> None:
    build = write_build(tmp_path / "build.duckdb", date(2026, 11, 15))
    publish(
        settings,
        build,
        published_at=PUBLISHED_AT,
        definitions=[Definition("mart_scorecard_weekly", "partner_id", "The partner's id.")],
    )
    with open_version(settings) as connection:
        assert connection.execute("from quality.definitions").fetchall() == [
            ("mart_scorecard_weekly", "partner_id", "The partner's id.")
        ]


def test_the_same_inputs_are_the_same_version_and_its_file_stands(
    settings: Settings, published: Publisher
) -> None:
    first = published(date(2026, 11, 15))
    written = first.version.path.stat().st_mtime_ns
    again = published(date(2026, 11, 15), published_at=PUBLISHED_AT + timedelta(hours=1))
    assert (again.is_new, again.is_current) == (False, True)
    assert again.version == first.version
    assert again.version.path.stat().st_mtime_ns == written


@pytest.mark.parametrize(
    "changed",
    [
        {"content": "b"},
        {"policy": "q"},
        {"decided": "rejected"},
        {"found": "resolved"},
        {"seen": "2026-11-15"},
        {"recommended": "warn"},
    ],
)
def test_other_loads_rules_decisions_or_recommendations_are_another_version(
    published: Publisher, changed: dict[str, str]
) -> None:
    first = published(date(2026, 11, 15))
    other = published(date(2026, 11, 15), **changed)
    assert other.is_new
    assert other.version.name != first.version.name


def test_an_earlier_as_of_is_kept_but_not_served(settings: Settings, published: Publisher) -> None:
    served = published(date(2026, 11, 15)).version
    earlier = published(date(2026, 11, 12))
    assert (earlier.is_new, earlier.is_current) == (True, False)
    assert current(settings) == served
    assert versions(settings) == [served, earlier.version]
    with open_version(settings, earlier.version.name) as connection:
        assert connection.execute("select as_of from quality.snapshot").fetchone() == (
            date(2026, 11, 12),
        )


def test_nothing_published_is_said_so(settings: Settings) -> None:
    assert current(settings) is None
    assert versions(settings) == []
    with pytest.raises(NotPublishedError, match="nothing is published yet"):
        open_version(settings)


@pytest.mark.parametrize("asked", ["2026-11-15-000000000000", "../home/published/x"])
def test_an_unknown_version_is_refused_by_name(
    settings: Settings, published: Publisher, asked: str
) -> None:
    published(date(2026, 11, 15))
    with pytest.raises(NotPublishedError, match=f"no version {asked}"):
        open_version(settings, asked)


def test_a_publication_that_breaks_leaves_the_served_version_and_no_other(
    settings: Settings, published: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = published(date(2026, 11, 8)).version

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(snapshots, "commit", broken)
    with pytest.raises(OSError, match="No space left"):
        published(date(2026, 11, 15))
    assert current(settings) == served
    assert versions(settings) == [served]


def test_a_file_that_was_not_finished_is_no_version(
    settings: Settings, published: Publisher
) -> None:
    served = published(date(2026, 11, 15)).version
    (settings.published / "2026-11-16-aaaaaaaaaaaa.duckdb.tmp").write_bytes(b"half")
    assert versions(settings) == [served]


def test_a_crash_between_file_and_pointer_is_mended_by_the_next_run(
    settings: Settings, published: Publisher
) -> None:
    before = published(date(2026, 11, 8)).version
    after = published(date(2026, 11, 15)).version
    pointer = settings.published / "current.json"
    pointer.write_text(json.dumps({"version": before.name, "as_of": before.as_of.isoformat()}))
    again = published(date(2026, 11, 15))
    assert (again.is_new, again.is_current) == (False, True)
    assert current(settings) == after


def test_a_reader_open_through_three_publishes_sees_one_consistent_version_each_time(
    settings: Settings, published: Publisher
) -> None:
    seen = []
    for week, rows in enumerate([2, 4, 6]):
        version = published(date(2026, 11, 1) + timedelta(weeks=week), rows=rows).version
        reader = open_version(settings)
        seen.append((reader, version.name, rows))
        for connection, name, expected in seen:
            assert connection.execute("select version from quality.snapshot").fetchone() == (name,)
            assert len(partners(connection)) == expected
    for connection, *_ in seen:
        connection.close()


def test_the_last_version_of_each_week_is_kept_for_as_many_weeks_as_policy_says(
    settings: Settings, published: Publisher
) -> None:
    for day in (1, 3, 5, 8, 10, 15, 22):  # Sundays are 1, 8, 15 and 22 November 2026
        published(date(2026, 11, day))
    assert [version.as_of.day for version in versions(settings)] == [22, 15, 8]


def test_the_served_version_is_kept_beside_a_later_one_of_its_week() -> None:
    def version(as_of: date, hour: int) -> Version:
        return Version(f"{as_of}-{hour}", as_of, datetime(2026, 11, 20, hour), Path())

    morning, evening = version(date(2026, 11, 18), 6), version(date(2026, 11, 18), 18)
    assert retained([evening, morning], kept_weeks=2) == {evening}


def test_going_back_to_earlier_rules_serves_their_version_again(
    settings: Settings, published: Publisher
) -> None:
    first = published(date(2026, 11, 15), policy="p").version
    published(date(2026, 11, 15), policy="q", published_at=PUBLISHED_AT + timedelta(hours=1))
    back = published(date(2026, 11, 15), policy="p", published_at=PUBLISHED_AT + timedelta(hours=2))
    assert current(settings) == back.version
    assert back.version.name == first.name


def test_load_history_is_of_the_last_versions_up_to_a_day(
    settings: Settings, published: Publisher
) -> None:
    for day, rows in ((1, 10), (8, 20), (15, 30)):
        published(date(2026, 11, day), rows=rows)
    history = load_history(settings, limit=2, before=date(2026, 11, 14))
    assert list(history.columns) == [
        "version",
        "as_of",
        "system",
        "entity",
        "path",
        "content_hash",
        "rows_accepted",
    ]
    assert history["rows_accepted"].tolist() == [20, 10]
    assert history["as_of"].tolist() == [date(2026, 11, 8), date(2026, 11, 1)]


def test_load_history_is_empty_before_anything_is_published(settings: Settings) -> None:
    assert load_history(settings).empty
