import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from attribution_rows import DISPUTED, HOSTILE, IMPLEMENTER, add_attribution
from page_markup import markup
from reconciliation_rows import add_reconciliation
from snapshot_factory import Scenario, publish

from dashboards import export
from dashboards.queries.published import current_edition
from dashboards.queries.registrations import registrations
from dashboards.views.deal_registration.selection import (
    DISPUTED as IN_CONFLICT,
)
from dashboards.views.deal_registration.selection import (
    EVERY_CLAIM,
    EXPIRING,
    LATE,
    SORTS,
    WITHOUT_DEAL,
    Filters,
    judged,
    select,
)
from dashboards.views.deal_registration.tables import by_month, export_claims
from warehouse.settings import Settings

AS_OF = date(2026, 11, 15)
PATH = "deal-registration"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("claimed")
    path = publish(home, Scenario(partners=12))
    add_attribution(path)
    add_reconciliation(path)
    return home


@pytest.fixture(scope="module")
def known(home: Path) -> pd.DataFrame:
    return registrations.__wrapped__(current_edition(Settings(home=home))).claims


@pytest.fixture(scope="module")
def claims(known: pd.DataFrame) -> pd.DataFrame:
    return judged(known, AS_OF)


def listed(page):
    table = page[page.index('<caption class="unseen">Deal registrations') :]
    return re.findall(r'<code class="sub">(R-\d+)</code>', table[: table.index("</table>")])


def test_what_waits_runs_out_or_is_disputed_comes_first(open_page, home):
    app = open_page(home, PATH)
    assert not app.exception
    page = markup(app)
    links = [button.label for button in app.button]
    assert "**1 claim** without an answer after 48 h" in links
    assert "**1 claim** runs out on 5 Dec" in links
    assert "**1 claim** reopened by somebody who may not" in links
    assert "<strong>1 account</strong> claimed twice or more" in page
    assert "target 48 h" in page
    assert ">50% <" in page
    assert "✕ off target</span>, goal 95%, 13 weeks" in page
    for said in (
        "✓ Approved",
        "✓ Renewed",
        "✓ Reopened",
        "! Pending, past target",
        "○ Pending",
        "– Expired by silence",
        "! Reopened wrongly",
        "✕ Rejected",
        "yields to R-1",
        "upheld over R-9",
        "not in the CRM",
        "Unknown partner",
        "30 days of silence end a claim earlier",
        f'href="attribution?deal={DISPUTED}"',
    ):
        assert said in page, said
    assert "<script>" not in page
    conflicts = page[page.index("Accounts with several valid claims") :]
    assert conflicts.index("R-1<") < conflicts.index("R-9<")
    [late] = [button for button in app.button if "without an answer" in button.label]
    late.click().run()
    assert listed(markup(app)) == ["R-3"]


def test_a_claim_at_its_target_is_in_time_and_one_whose_target_runs_is_not_judged(claims):
    by_id = claims.set_index("registration_id")
    assert by_id.loc["R-6", "is_within_target"]
    assert by_id.loc["R-5", "is_late"]
    assert by_id.loc["R-3", "is_waiting_late"]
    assert not by_id.loc["R-4", "is_late"]
    assert by_id.loc["R-4", "waited_hours"] == 15


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (date(2026, 11, 15), False),
        (date(2026, 11, 16), True),
        (date(2026, 12, 16), True),
        (date(2026, 12, 17), False),
    ],
)
def test_expiring_is_within_thirty_days_of_the_data(known, until, expected):
    changed = known.assign(valid_until=pd.Timestamp(until))
    row = judged(changed, AS_OF).set_index("registration_id").loc["R-1"]
    assert bool(row["is_expiring"]) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"show": LATE}, {"R-3", "R-5"}),
        ({"show": EXPIRING}, {"R-1"}),
        ({"show": IN_CONFLICT}, {"R-1", "R-9"}),
        ({"show": WITHOUT_DEAL}, {"R-6", "R-9"}),
        ({"statuses": ("Pending",)}, {"R-3", "R-4"}),
        ({"owner": "AE"}, {"R-3", "R-7"}),
        ({"search": "cedar"}, {"R-4", "R-7"}),
        ({"search": "rollout 0"}, {"R-1", "R-2"}),
        ({"search": "r-5"}, {"R-5"}),
    ],
)
def test_filters_keep_what_was_asked_for(claims, changes, expected):
    assert set(select(claims, Filters(**changes))["registration_id"]) == expected


def test_who_waits_longest_comes_first_then_what_ends_first(claims):
    first = list(select(claims, Filters())["registration_id"])[:5]
    assert first == ["R-3", "R-4", "R-1", "R-9", "R-6"]


@pytest.mark.parametrize("sort", SORTS)
def test_claims_are_sorted_with_the_unknown_last(claims, sort):
    column, ascending = SORTS[sort]
    ordered = select(claims, Filters(sort=sort))[column]
    values = list(ordered.dropna())
    assert values == sorted(values, reverse=not ascending)
    assert not ordered.head(len(values)).isna().any()


def test_the_address_filters(open_page, home):
    app = open_page(home, PATH, status="Pending", owner="BDR")
    assert listed(markup(app)) == ["R-4"]
    app.query_params["search"] = "nobody"
    app.session_state["search"] = "nobody"
    assert "No claim matches “nobody”, pending and owner BDR." in markup(app.run())


def test_a_month_counts_what_can_be_judged(claims):
    months = by_month(claims, AS_OF)
    assert [(str(row.month), row.within, row.judged) for row in months.itertuples()] == [
        ("2026-11", 0, 1),
        ("2026-10", 1, 2),
        ("2026-09", 1, 1),
        ("2026-08", 1, 1),
        ("2026-05", 1, 1),
        ("2026-03", 1, 1),
    ]


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        ({"absent": ("crm.deal_registrations",)}, "No extract of deal registrations is there."),
        (
            {"stale": ("crm.deal_registrations",)},
            "CRM deal registrations: 16 days old (limit 14)",
        ),
    ],
)
def test_no_claim_says_why_and_shows_no_zero(open_page, publish_scenario, scenario, said):
    home = publish_scenario(partners=12, **scenario)
    [path] = (home / "published").glob("*.duckdb")
    add_attribution(path, is_empty=True)
    page = markup(open_page(home, PATH))
    assert said in page
    assert ("No deal is registered yet." in page) is ("absent" not in scenario)
    assert 'class="strip"' not in page


def test_a_version_from_before_routing_says_so(open_page, publish_scenario):
    page = markup(open_page(publish_scenario(partners=12), PATH))
    assert "This version does not say who answers for a claim." in page


def test_the_export_holds_every_claim_asked_for_and_runs_nothing(claims):
    chosen = select(claims, Filters(show=EVERY_CLAIM))
    table = export_claims(chosen).set_index("Registration")
    assert len(table) == 9
    assert table.loc["R-4", "Account"] == HOSTILE
    assert table.loc["R-7", "Partner id"] == IMPLEMENTER
    assert table.loc["R-1", "Ruling"] == "upheld over R-9"
    written = export.to_csv(export_claims(chosen)).decode("utf-8-sig")
    assert "'=HYPERLINK" in written
    assert ',"=HYPERLINK' not in written
