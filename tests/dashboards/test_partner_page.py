import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import streamlit as st
from page_markup import markup
from partner_rows import GAP, GATES, MARTS, MEASURES, MERIDIAN, NEWCOMER, add_partner_marts
from snapshot_factory import Scenario, publish

from dashboards import words
from dashboards.views.partner.terms import next_quarter
from warehouse.ledger import record
from warehouse.settings import Settings

NAMES = ("Meridian Digital", "<script>alert(1)</script>", "**Gap** [GmbH](http://x)")
Company = Callable[..., Path]


def published(home: Path, without: tuple[str, ...] = (), **changes: object) -> Path:
    path = publish(home, Scenario(**{"partners": 12, "names": NAMES, **changes}))
    add_partner_marts(path, without=without)
    return home


@pytest.fixture(scope="module")
def usual_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(tmp_path_factory.mktemp("usual"))


@pytest.fixture
def company(tmp_path: Path, usual_company: Path) -> Company:
    """Publish the invented company with the marts of a partner's page, but for some."""

    def made(**changes: Any) -> Path:
        if changes:
            return published(tmp_path, **changes)
        return shutil.copytree(usual_company, tmp_path, dirs_exist_ok=True)

    return made


def change(home: Path, statement: str) -> None:
    [path] = (home / "published").glob("*.duckdb")
    with duckdb.connect(path) as connection:
        connection.execute(statement)


def test_every_number_of_the_score_tab_is_that_of_the_marts(open_page, company):
    app = open_page(company(), "partner", partner=MERIDIAN)
    assert not app.exception
    page = markup(app)
    units = {"rate": 0, "usd": 0}
    for key, (value, _, _, _, _, status, score) in MEASURES.items():
        if status == "measured" and score is not None:
            unit = "usd" if value > 1000 else "rate" if 0 < value < 1 else "score"
            units[unit] = units.get(unit, 0) + 1
            shown = "yes" if key == "mfa_enforced" else words.measure(value, unit)
            assert f">{shown}</td>" in page or f">{shown}<span" in page, key
    assert min(units.values()) >= 2
    assert '<dd class="value">4.03 <small>of 5</small></dd>' in page
    for score, change_ in (("4.50", "▲ 0.25"), ("4.00", "▲ 0.50"), ("3.33", "▼ 0.33")):
        assert f"<b>{score}</b> <span" in page
        assert change_ in page
    assert "12 of 13 measured, 1 rare without events" in page
    assert (
        "Not scored for this type of partner: Customer NPS, Customer retention and Incident rate."
        in page
    )
    assert "too few (3 of 5) in 12 months" in page
    # Gates: sourced ARR makes converted referrals unneeded, people are short.
    assert "5 of 6 hold" in page
    assert "– not needed" in page
    assert f"✕ {words.MINUS}2" in page
    assert page.count("✓ ") >= sum(is_met for *_, is_met, _ in GATES)
    assert "2 certificates expire; people 6 → 4, needs 5." in page
    assert "Certify 2 more people." in page
    for points in ("30</b> of 30", "20</b> of 25", "15</b> of 20", "10</b> of 15", "10</b> of 10"):
        assert f"<b>{points}" in page
    assert "7</span> in 13 weeks</dd>" in page  # health, of 85 after 78
    assert "+24% on the same days last year, influenced" in page
    assert "partner NPS 42, 7 answers" in page
    [figure] = app.get("plotly_chart")
    assert "▲ 0.08" in figure.proto.spec
    assert "3.72 + 0.31 = 4.03, exactly." in page


def test_what_needs_someone_leads_to_where_it_is_done(open_page, company):
    home = company()
    app = open_page(home, "partner", partner=MERIDIAN)
    [link] = [e.proto for e in app.get("page_link") if "Promote to Platinum" in e.proto.label]
    assert link.page.endswith("tier-changes")
    [finding] = [b for b in app.button if "critical finding" in b.label]
    finding.click().run()
    assert app.selectbox(key="metric").value == "Open critical findings"
    assert app.query_params["tab"] == "evidence"


def test_a_decision_of_the_ledger_ends_the_waiting_and_stands_in_the_history(open_page, company):
    home = company()
    record(
        Settings(home=home),
        recommendation=f"{MERIDIAN}@2026-09-30",
        partner_id=MERIDIAN,
        verdict="approved",
        action="promote",
        from_tier="gold",
        to_tier="platinum",
        effective_on=date(2026, 11, 20),
        decided_by="Ruth Adeyemi",
        decided_at=datetime(2026, 11, 20, 9, 30),
        note="Earned.",
    )
    app = open_page(home, "partner", partner=MERIDIAN, tab="history")
    page = markup(app)
    assert not [e for e in app.get("page_link") if "Promote" in e.proto.label]
    assert "Approved" in page
    assert "Ruth Adeyemi, " in page
    assert "Two strong quarters." in page  # why it became Gold
    assert "by today&#x27;s rules: ! Warn" in page
    assert len(app.get("plotly_chart")) == 1


def test_source_rows_add_up_to_the_metric_or_the_page_says_by_how_much_not(open_page, company):
    home = company()
    asked = {"partner": MERIDIAN, "tab": "evidence", "metric": "Sourced ARR"}
    page = markup(open_page(home, "partner", **asked))
    assert page.count("<code>O-0") == 9
    assert '612,000.00 <small>USD</small></dd><dd><span class="judged good">' in page
    assert "<b>612,000.00</b>" in page
    change(home, "delete from marts.fct_metric_evidence where entity_id = 'O-003'")
    st.cache_data.clear()  # a published version never changes, so nobody reads it twice
    page = markup(open_page(home, "partner", **asked))
    assert "✕ differs by 68,000.00" in page


def test_a_partner_without_extracts_says_why_in_every_place(open_page, company):
    page = markup(open_page(company(absent=("crm.surveys",)), "partner", partner=GAP))
    assert "source missing: CRM surveys" in page
    assert "none in force, which scores 0" in page
    assert page.count("not measured</span>") >= 4  # criteria
    assert "too few: 10 points available" in page
    assert "**Gap** [GmbH](http://x)</bdi></h1>" in page


def test_a_newcomer_has_no_past_to_compare_with(open_page, company):
    app = open_page(company(), "partner", partner=NEWCOMER)
    page = markup(app)
    assert not app.exception
    assert "There is no score of 13 weeks ago to lead from." in page
    assert "No quarter has ended since it joined." in page
    assert "<script>" not in page


def test_projects_and_components_of_an_integrator_are_shown(open_page, company):
    page = markup(open_page(company(), "partner", partner=MERIDIAN, tab="delivery"))
    assert "✕ 45 days late" in page
    assert "2 projects, 1 late" in page
    assert "83.3</td>" in page
    assert "<b>78.4</b>" in page
    assert "✓ no measure" in page


def test_what_lapses_before_tiers_are_judged_is_said_first_and_shown(open_page, company):
    app = open_page(company(), "partner", partner=MERIDIAN, tab="people")
    page = markup(app)
    # The certificate that holds through 31 December is still there when the quarter ends.
    labels = [b.label for b in app.button]
    assert "**2 certificates** lapse by 31 Dec, when tiers are judged" in labels
    assert "**1 contract** lapses by 31 Dec, when tiers are judged" in labels
    assert "2 people with a current certificate; 3 of 4 certificates current." in page
    assert page.count("! lapses this quarter") == 2
    assert page.count("✕ expired") == 1
    [contract] = [b for b in app.button if "1 contract" in b.label]
    contract.click().run()
    page = markup(app)
    assert "30 Nov, renews" in page
    assert "Referral contract CTR-2" in page
    assert "1 of 2 grants in force are in excess" in markup(app)
    assert "GR-2" in page
    assert "GR-1" not in page


@pytest.mark.parametrize(
    ("day", "first_month", "next_on"),
    [
        (date(2026, 11, 15), 1, date(2027, 1, 1)),
        (date(2026, 12, 31), 1, date(2027, 1, 1)),
        (date(2027, 1, 1), 1, date(2027, 4, 1)),
        (date(2026, 11, 15), 2, date(2027, 2, 1)),
        (date(2026, 10, 31), 2, date(2026, 11, 1)),
    ],
)
def test_a_quarter_ends_where_the_fiscal_year_says(day, first_month, next_on):
    assert next_quarter(day, first_month) == next_on


def test_a_version_from_before_gates_and_health_still_opens(open_page, company):
    home = company(
        schema_version=1,
        without=tuple(mart for mart in MARTS if mart not in {"dim_partner", "fct_criterion_score"}),
    )
    app = open_page(home, "partner", partner=MERIDIAN)
    assert not app.exception
    page = markup(app)
    assert page.count("This version was published before") == 4
    assert "Influenced ARR" in page
    assert [o.content for o in app.segmented_control(key="tab").proto.options] == [
        "Score",
        "History",
    ]


def test_an_unknown_partner_is_said_and_one_is_chosen_from_those_found(open_page, company):
    page = markup(open_page(company(), "partner", partner="<b>nobody", search="meridian"))
    assert "No partner has the id “&lt;b&gt;nobody” in this version." in page
    assert f'href="partner?partner={MERIDIAN}"' in page
    assert page.count('class="to-partner"') == 1
