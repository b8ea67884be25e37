import shutil
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import streamlit as st
from ecosystem_rows import add_ecosystem
from leakage_rows import add_leakage
from money_rows import add_money
from page_markup import markup
from review_rows import HOSTILE, add_reviews
from snapshot_factory import Scenario, publish
from tier_change_rows import ENDED, PROMOTED, QUARTER_END, add_ended_contracts, add_tier_changes

from dashboards import news, words
from dashboards.news.waiting import pre_reads
from dashboards.queries import published, today
from dashboards.views.leakage.selection import OPEN
from dashboards.views.scorecards.selection import LAPSED
from dashboards.views.today.tables import AT_MOST, OF_A_SUBJECT, changes_grid, export_rows
from warehouse.ledger import record, record_finding_state, record_review_event
from warehouse.settings import Settings

NAMES = ("<script>alert(1)</script>", "\u202eevil", "N" * 200)
OPERATIONS = """
create or replace table marts.fct_sla_weekly as select * from (values
    ('P-00001', date '2026-11-09', 'first_response', 4, 3),
    ('P-00001', date '2026-11-02', 'first_response', 9, 9),
    ('P-00002', date '2026-11-09', 'escalation', 2, 0)
) as t (partner_id, period_start, kind, promised, breached);
create or replace table marts.fct_onboarding as select * from (values
    ('P-00003', 'security', 41, true), ('P-00004', 'sandbox', 9, true),
    ('P-00005', 'sandbox', 2, false)
) as t (partner_id, stage, days_in_stage, is_stuck);
create or replace table marts.dim_opportunity as select * from (values
    ('O-small', 'Small', 100, true, date '2026-11-10'),
    ('O-big', 'Big', 90000000, true, date '2026-11-11'),
    ('O-shared', 'Shared', 5000000, true, date '2026-11-15'),
    ('O-unknown', 'Unknown', null, true, date '2026-11-15'),
    ('O-before', 'Before', 90000000, true, date '2026-11-08')
) as t (opportunity_id, opportunity_name, amount_reporting_cents, is_won, closed_on);
create or replace table marts.fct_attribution_outcome as select * from (values
    ('O-small', 'P-00004', 'sourced', 100), ('O-big', 'P-00005', 'influenced', 22500000),
    ('O-shared', 'P-00006', 'influenced', 1250000), ('O-shared', 'P-00007', 'sourced', 5000000),
    ('O-unknown', 'P-00008', 'sourced', null), ('O-before', 'P-00004', 'sourced', 90000000)
) as t (opportunity_id, partner_id, outcome, credit_cents);
create or replace table marts.fct_metric_evidence as select * from (values
    ('incident_rate', 'support.incidents', 'inc-1', 'P-00001', timestamp '2026-11-09 00:00:00'),
    ('incident_rate', 'support.incidents', 'inc-2', 'P-00001', timestamp '2026-11-16 00:00:00'),
    ('incident_rate', 'support.incidents', 'inc-3', 'P-00001', timestamp '2026-11-08 23:59:59'),
    ('incident_rate', 'telemetry.integrations', 'int-1', 'P-00001', null)
) as t (metric_key, entity, entity_id, partner_id, happened_at);
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A version with a line of every kind to tell, to be looked at only."""
    folder = tmp_path_factory.mktemp("told")
    scenario = Scenario(
        partners=12,
        names=NAMES,
        stale=("billing.invoices",),
        absent=("support.tickets",),
        failed_checks=2,
        refused_files=("crm.surveys",),
    )
    path = publish(folder, scenario)
    for add in (add_tier_changes, add_money, add_leakage, add_reviews, add_ecosystem):
        add(path)
    add_ended_contracts(path)
    with duckdb.connect(path) as connection:
        connection.execute(OPERATIONS)
    return folder


@pytest.fixture
def home(told: Path, tmp_path: Path) -> Path:
    """A copy of it, to write into."""
    shutil.copytree(told / "published", tmp_path / "published")
    return tmp_path


def items_of(home: Path, **options: object) -> list[news.Item]:
    settings = Settings(home=home)
    edition = published.current_edition(settings)
    older = today.edition_before(settings, edition)
    return news.items(
        today.week(edition),
        None if older is None else today.before(older),
        news.read_ledger(settings),
        today.partner_names(edition),
        **options,
    )


def leads(items: list[news.Item], subject: str, part: str) -> list[str]:
    return [item.lead for item in items if (item.subject, item.part) == (subject, part)]


def test_every_kind_of_line_is_told_and_those_that_wait_come_by_urgency(open_once, told):
    app = open_once(told, "today")
    assert not app.exception
    page = markup(app)
    found = items_of(told)
    for item in found:
        if item.part in {"waits", "reviews"}:
            assert item.rest in page
    waits = news.of_part(found, "waits")
    assert {item.subject for item in waits} == {
        "Tiers",
        "Contracts",
        "Leaks",
        "Payouts",
        "Margin",
        "Business reviews",
        "Onboarding",
        "Ecosystem",
        "Scores",
    }
    tones = [item.tone for item in waits]
    assert tones == sorted(tones, key=["bad", "watch", "none"].index)
    assert f"and {len(waits)} more" not in page


def test_a_line_counts_what_its_page_shows(open_once, told):
    found = {item.subject: item for item in items_of(told) if item.part == "waits"}
    changes = open_once(told, "tier-changes")
    assert f"**{found['Tiers'].lead.replace('tier ', '')}**" in changes.button[0].label + "".join(
        button.label for button in changes.button
    )
    leakage = open_once(told, "leakage", **found["Leaks"].filters)
    leaking = [b.label for b in leakage.button if "nobody has taken up" in b.label]
    assert leaking == [f"**{found['Leaks'].lead}, {found['Leaks'].value},** nobody has taken up"]
    review = open_once(told, "revenue-review")
    assert f"{found['Payouts'].lead}, {found['Payouts'].value}," in markup(review)
    scorecards = open_once(told, "scorecards", **found["Scores"].filters)
    assert len(scorecards.dataframe[0].value) == found["Scores"].count


def test_the_pre_reads_of_the_week_and_a_review_that_was_not_held(told):
    found = items_of(told)
    assert leads(found, "Business reviews", "waits") == [
        "1 pre-read",
        "1 review",
        "1 pre-read",
        "1 open item",
    ]
    said = {item.rest for item in found if item.subject == "Business reviews"}
    assert {"to send this week", "not held last week", "of business reviews past its day"} <= said
    coming = [(item.on, item.value, item.tone) for item in news.of_part(found, "reviews")]
    assert coming == [
        (date(2026, 11, 17), "14:00", "bad"),
        (date(2026, 11, 18), "09:30", "good"),
        (date(2026, 11, 19), "10:00", "watch"),
        (date(2026, 11, 25), "09:00", "none"),
    ]


def test_a_line_leads_to_filters_that_its_page_has(open_once, told):
    waits = [item for item in items_of(told) if item.part == "waits" and item.filters]
    asked = {(item.path, *item.filters.items()) for item in waits}
    assert len(asked) >= 5
    for path, *pairs in sorted(asked):
        app = open_once(told, path, **dict(pairs))
        assert [(key, app.session_state[key]) for key, _ in pairs] == pairs, path


def test_between_two_weeks_nothing_is_said_to_be_of_this_or_the_last(told):
    week = today.week(published.current_edition(Settings(home=told)))
    imprint = replace(week.imprint, as_of=date(2026, 11, 17))
    assert [item.rest for item in pre_reads(week.reviews, imprint)] == [
        "overdue: the review is near",
        "to send next",
        "not held",
    ]


def test_deals_won_come_by_their_whole_amount_each_under_one_partner(told):
    won = [item for item in items_of(told) if item.subject == "Won with partners"]
    assert [(i.partner_id, i.rest, i.tail, i.value) for i in won] == [
        ("P-00005", "influenced", "Big", "$900K"),
        ("P-00007", "sourced, with 1 other,", "Shared", "$50K"),
        ("P-00004", "sourced", "Small", "$1"),
        ("P-00008", "sourced", "Unknown", words.ABSENT),
    ]


def test_more_of_a_subject_unfolds_up_to_a_hundred_lines():
    lines = [
        news.Item("changed", "Score down", f"P{number}", "fell", "partner", is_name=True)
        for number in range(102)
    ]
    grid = changes_grid([("Score down", lines[:6])], date(2026, 11, 15))
    assert "<details" not in grid
    grid = changes_grid([("Score down", lines)], date(2026, 11, 15))
    shown, _, folded = grid.partition("<details")
    assert shown.count("<li") == OF_A_SUBJECT
    assert folded.count("<li") == AT_MOST - OF_A_SUBJECT
    assert "<summary>and 96 more</summary>" in folded
    assert "and 2 more in the export" in folded


def test_what_changed_is_of_the_week_and_no_other(told):
    found = items_of(told)
    assert [i.rest for i in found if i.subject == "Incidents"] == ["caused inc-1"]
    assert [(i.lead, i.rest) for i in found if i.subject == "Service levels missed"] == [
        (NAMES[0], "3 of 4 promises missed")
    ]
    [path] = (told / "published").glob("*.duckdb")
    with duckdb.connect(path, read_only=True) as connection:
        weeks = connection.execute(
            """
            select
                partner_id,
                weighted_score::decimal(28, 9)::varchar,
                weighted_score_last_week::decimal(28, 9)::varchar
            from marts.mart_scorecard_weekly where period_start = date '2026-11-09'
            """
        ).fetchall()
    moved = {
        key: change
        for key, now, then in weeks
        if now is not None
        and then is not None
        and abs(change := words.score_change(words.decimal(now), words.decimal(then)))
        >= words.decimal("0.1")
    }
    shown = {i.partner_id: i.value for i in found if i.subject in {"Score up", "Score down"}}
    assert shown == {key: words.delta(change) for key, change in moved.items()}


@pytest.mark.parametrize(
    ("reader", "subjects"),
    [
        ("Head of partnerships", {"Tiers", "Contracts", "Business reviews", "Ecosystem", "Scores"}),
        ("Finance", {"Leaks", "Payouts", "Margin"}),
        ("Partner operations", {"Contracts", "Business reviews", "Onboarding", "Scores"}),
        ("Executive", {"Ecosystem", "Margin"}),
        ("Partner manager", {"Business reviews", "Onboarding"}),
    ],
)
def test_each_reader_finds_what_is_theirs(open_once, told, reader, subjects):
    app = open_once(told, "today", **{"for": reader})
    role = {
        "Head of partnerships": "head",
        "Finance": "finance",
        "Partner operations": "ops",
        "Executive": "exec",
        "Partner manager": "partner-manager",
    }[reader]
    theirs = news.of_role(items_of(told), role, ["tier-changes", *{i.path for i in items_of(told)}])
    assert {item.subject for item in news.of_part(theirs, "waits")} == subjects
    page = markup(app)
    for item in news.of_part(items_of(told), "waits"):
        assert (item.rest in page) == (item in theirs), item
    assert '<th scope="col" title=' not in page.partition("What waits for somebody")[2][:300]


def test_stale_and_missing_extracts_are_said(open_once, told):
    page = markup(open_once(told, "today"))
    assert "Billing invoices: 9 days old (limit 7)" in page
    assert "missing, though figures need it" in page
    assert "failed" in page
    assert "extracts: 1 stale, 1 missing" in page


def test_hostile_names_are_text_on_the_page_and_in_exports(open_once, told):
    app = open_once(told, "today")
    page = markup(app)
    assert "<script>" not in page
    assert HOSTILE not in page
    rows = export_rows(items_of(told))
    assert isinstance(rows, pd.DataFrame)
    assert NAMES[0] in set(rows["What"])
    assert len(rows) == len(items_of(told))


def test_a_page_one_may_not_open_is_not_spoken_of(told):
    seen = news.of_role(items_of(told), "head", ["today", "partner"])
    assert {item.path for item in seen} == {"partner"}


def test_a_decision_takes_its_line_away_and_tells_it_instead(open_page, home):
    settings = Settings(home=home)
    before = {item.subject: item for item in items_of(home) if item.part == "waits"}
    record(
        settings,
        recommendation=f"{PROMOTED}@{QUARTER_END}",
        partner_id=PROMOTED,
        verdict="approved",
        action="promote",
        from_tier="gold",
        to_tier="platinum",
        effective_on=date(2026, 11, 15),
        decided_by="Ana Brandt",
        decided_at=datetime(2026, 11, 14, 9),
    )
    for state in ("acknowledged", "resolved"):
        record_finding_state(
            settings,
            finding_id=today.week(published.current_edition(settings)).leaks["finding_id"][0],
            state=state,
            decided_by="Ana Brandt",
            decided_at=datetime(2026, 11, 14, 9),
            note="billed",
        )
    record_review_event(
        settings,
        review_id="R-late",
        event="pre_read_sent",
        decided_by="Ana Brandt",
        decided_at=datetime(2026, 11, 14, 14, 0, 1),
    )
    found = items_of(home)
    after = {item.subject: item for item in found if item.part == "waits"}
    assert after["Tiers"].count == before["Tiers"].count - 1
    assert after["Leaks"].count == before["Leaks"].count - 1
    [decided] = [item for item in found if item.subject == "Tiers decided"]
    assert decided.rest == "▲ Promote to Platinum, approved by"
    assert decided.tail == "Ana Brandt"
    states = {item.filters["review"]: item.rest for item in news.of_part(found, "reviews")}
    assert states["R-late"] == "pre-read sent late"
    page = markup(open_page(home, "today"))
    assert "approved by <bdi" in page


def test_a_contract_that_ended_waits_until_somebody_decides_on_its_partner(open_page, home):
    def waiting() -> list[int]:
        return [i.count for i in items_of(home) if i.subject == "Contracts"]

    assert waiting() == [2]
    told = {"partner_id": ENDED[0], "effective_on": date(2026, 11, 15), "decided_by": "Ana Brandt"}
    for verdict, at, left in (
        ("approved", datetime(2026, 11, 6, 9), 2),  # the contract still held
        ("exception", datetime(2026, 11, 7, 9), 1),
    ):
        record(
            Settings(home=home),
            verdict=verdict,
            decided_at=at,
            **(told | {"action": "promote", "to_tier": "gold"} if verdict == "approved" else told),
        )
        assert waiting() == [left]
    app = open_page(home, "scorecards", show=LAPSED)
    assert [f"partner?partner={ENDED[1]}"] == list(app.dataframe[0].value["Open"])
    assert "**1 contract** ended since the quarter" in [button.label for button in app.button]


def test_the_week_of_decisions_ends_with_the_as_of_date(home):
    for partner, at in (
        ("P-00001", datetime(2026, 11, 8, 23, 59, 59)),
        ("P-00002", datetime(2026, 11, 9)),
        ("P-00003", datetime(2026, 11, 15, 23, 59, 59)),
        ("P-00004", datetime(2026, 11, 16)),
    ):
        record(
            Settings(home=home),
            partner_id=partner,
            verdict="exception",
            effective_on=date(2026, 11, 8),
            decided_by="Ana Brandt",
            decided_at=at,
        )
    told = [item.partner_id for item in items_of(home) if item.subject == "Tiers decided"]
    assert told == ["P-00003", "P-00002"]


def test_refused_data_and_failed_checks_are_compared_with_the_version_a_week_older(
    open_page, tmp_path
):
    older, newer = "2026-11-08-000000000000", "2026-11-15-111111111111"
    publish(
        tmp_path,
        Scenario(partners=12, as_of=date(2026, 11, 8), version=older, failed_checks=1, samples=()),
    )
    publish(
        tmp_path,
        Scenario(partners=12, version=newer, failed_checks=2, refused_files=("crm.surveys",)),
    )
    found = items_of(tmp_path)
    assert [i.rest for i in found if i.subject == "Checks"] == [
        "failed again",
        "failed for the first time",
    ]
    fresh = [(i.lead, f"{i.rest} {i.tail}".strip()) for i in found if i.subject == "Refused data"]
    assert fresh == [
        ("crm/surveys/broken.csv", "refused whole: partner_id: a required column is missing"),
        ("9 more rows", "of CRM opportunities refused"),
        ("9 more rows", "of Support tickets refused"),
    ]
    assert f"refused data against version {older}" in markup(open_page(tmp_path, "today"))


def test_leaks_that_are_all_new_are_no_news(home):
    [path] = (home / "published").glob("*.duckdb")
    assert leads(items_of(home), "New leaks", "changed")
    with duckdb.connect(path) as connection:
        connection.execute("update marts.fct_leakage_check set first_seen_on = date '2026-11-15'")
    st.cache_data.clear()
    found = items_of(home)
    assert leads(found, "New leaks", "changed") == []
    assert [i.filters["list"] for i in found if i.subject == "Leaks"] == [OPEN]


def test_a_quiet_week_says_so(open_page, publish_scenario):
    home = publish_scenario(partners=12, samples=(), below_floor=0)
    [path] = (home / "published").glob("*.duckdb")
    with duckdb.connect(path) as connection:
        connection.execute(
            """
            update marts.mart_scorecard_weekly
            set weighted_score_last_week = weighted_score, health_band = 'Healthy',
                is_below_coverage_floor = false
            """
        )
    page = markup(open_page(home, "today"))
    assert "Nothing needs you this week" in page
    assert "Nothing waits for you." in page
    assert "Nothing that you follow changed." in page
    assert "Every check passed, every extract is fresh, and nothing was refused." in page


def test_a_version_from_before_tiers_money_and_reviews_says_what_it_cannot_tell(
    open_page, publish_scenario
):
    app = open_page(publish_scenario(partners=12, schema_version=1), "today")
    assert not app.exception
    page = markup(app)
    assert "This version knows of no business reviews." in page
    assert page.count("this version cannot tell") == 2


@pytest.mark.parametrize("partners", [0, 1])
def test_a_version_with_hardly_a_partner_is_no_error(open_page, publish_scenario, partners):
    app = open_page(publish_scenario(partners=partners), "today")
    assert not app.exception
    assert "Waiting" in markup(app)


def test_nothing_published_says_what_to_run_on_the_first_page(open_page, tmp_path):
    assert "Nothing is published yet." in markup(open_page(tmp_path, "today"))
