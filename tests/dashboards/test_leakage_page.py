import re
import shutil
from datetime import date, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from leakage_rows import AS_OF, FIRST, HOSTILE, SECOND, add_leakage, finding
from page_markup import markup
from reconciliation_rows import add_reconciliation
from snapshot_factory import Scenario, publish

from dashboards import export, signin
from dashboards.access import Viewer
from dashboards.queries.leakage import Leakage, leakage
from dashboards.queries.published import current_edition
from dashboards.views.leakage.selection import (
    AGES,
    NEWEST,
    OLDEST,
    OPEN,
    SORTS,
    Filters,
    by_age,
    by_partner,
    select,
    with_states,
)
from dashboards.views.leakage.tables import export_checks, export_leaks, lacks
from warehouse.ledger import finding_states, record_finding_state, states_in_force
from warehouse.settings import Settings

PATH = "leakage"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("leaking")
    path = publish(home, Scenario(partners=12))
    add_leakage(path)
    add_reconciliation(path, invoiced=1240)
    return home


@pytest.fixture
def home(tmp_path: Path, published: Path) -> Path:
    return shutil.copytree(published, tmp_path, dirs_exist_ok=True)


@pytest.fixture(scope="module")
def known(published: Path) -> Leakage:
    return leakage.__wrapped__(current_edition(Settings(home=published)))


def judge(home: Path, key: str, state: str, **changes) -> None:
    entry = {"decided_by": "Idris Kaya", "decided_at": datetime(2026, 11, 16, 9, 2), "note": "So."}
    record_finding_state(Settings(home=home), finding_id=key, state=state, **entry | changes)


def counts(app) -> dict[str, int]:
    [control] = [b for b in app.get("button_group") if b.key == "list"]
    labels = [option.content for option in control.proto.options]
    return {label.rsplit(" ", 1)[0]: int(label.rsplit(" ", 1)[1]) for label in labels}


def press(app, deed: str, key: str, name: str = "Ana Brandt", note: str = ""):
    """Open a leak's dialog, fill it in and press its button."""
    app.button(key=f"{deed}-{key}").click().run()
    assert not app.exception
    app.text_input[-1].input(name)
    app.text_area[0].input(note)
    app.button(key=f"{deed}-{key}").click()
    [button] = [button for button in app.button if button.proto.is_form_submitter]
    button.click()
    app.run()
    assert not app.exception
    return button.label


def strip(page: str) -> dict[str, str]:
    found = re.findall(r'<dt>([^<]+)</dt><dd class="value">([^<]+?) ?<small>', page)
    return {label: value.strip() for label, value in found}


def test_leaks_are_judged_by_finance_and_seen_by_the_head_of_partnerships(
    open_page, home, monkeypatch
):
    for role, may_judge in (("finance", True), ("head", False)):
        viewer = Viewer(role, "Ana Brandt", "ana@example.com")
        monkeypatch.setattr(signin, "who", lambda _, viewer=viewer: viewer)
        app = open_page(home, PATH)
        assert counts(app)["Open"] == 6
        assert any(str(b.key).startswith("acknowledged-") for b in app.button) == may_judge


def test_leaks_are_told_by_check_partner_and_age_and_what_cannot_be_told_apart(open_page, home):
    app = open_page(home, PATH)
    assert not app.exception
    page = markup(app)
    assert counts(app) == {"Open": 6, "Acknowledged": 0, "Resolved": 0}
    assert strip(page) == {
        "Leaking": "$51.3K",
        "Open": "6",
        "Acknowledged": "0",
        "Resolved, still leaking": "0",
        "Clear": "3",
        "Checks that cannot tell": "2",
    }
    links = [button.label for button in app.button]
    assert "**6 leaks, $51.3K,** nobody has taken up" in links
    assert "**2 open leaks** older than 30 days" in links
    assert "**2 leaks** first seen this week" in links
    assert "<strong>2 checks</strong> cannot tell" in page
    for said in (
        "! differs by $12.40",
        "6 leaks, 1 without an amount",
        "of 9 looked at",
        "$48,780.12",
        "! 104 days",
        "$47,900.12",
        "counted in another check",
        "account, meter and month",
        "A-1 · calls · 2026-10",
        "Vossberg AG",
        f'href="partner?partner={FIRST}"',
        f'href="leakage?search={SECOND}#leaks"',
        'href="leakage?check=Usage+not+billed#leaks"',
        'href="attribution?deal=D-1"',
        "Unknown partner",
        "✓ none",
        "– nothing to check",
        "CRM contracts (missing) and Telemetry access grants (stale)",
    ):
        assert said in page, said
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_what_is_shown_is_what_the_mart_says(known):
    leaks = with_states(known.leaks, {})
    assert int(leaks["amount_cents"].sum()) == 4_790_012 + 88_000 + 250_000 + 100
    assert sum(by_age(leaks)) == int(leaks["amount_cents"].sum())
    assert int(by_partner(leaks)["amount_cents"].sum()) == int(leaks["amount_cents"].sum())
    assert list(known.checks["check_key"])[:2] == ["unbilled_usage", "uninvoiced_subscription"]
    blind = known.checks[known.checks["is_blind"]].set_index("check_key")
    assert blind["untold"].to_dict() == {"over_granted_access": 3, "contract_rate_mismatch": 0}


def test_a_leak_is_acknowledged_resolved_and_reopened(open_page, home):
    settings = Settings(home=home)
    app = open_page(home, PATH)
    assert press(app, "acknowledged", "f-usage", note="Asked billing.") == "Acknowledge this leak"
    [entry] = finding_states(settings)
    assert (entry.finding_id, entry.state, entry.amount_cents) == (
        "f-usage",
        "acknowledged",
        4_790_012,
    )
    assert (entry.decided_by, entry.note) == ("Ana Brandt", "Asked billing.")
    assert [toast.value for toast in app.toast] == ["1 leak acknowledged."]
    assert counts(app) == {"Open": 5, "Acknowledged": 1, "Resolved": 0}
    app.session_state["list"] = "Acknowledged"
    page = markup(app.run())
    assert "Acknowledged by Ana Brandt" in page
    assert "“Asked billing.”" in page
    press(app, "resolved", "f-usage", note="Billed in November.")
    assert counts(app) == {"Open": 5, "Acknowledged": 0, "Resolved": 1}
    app.session_state["list"] = "Resolved"
    assert "“Billed in November.”" in markup(app.run())
    assert strip(markup(app))["Leaking"] == "$3,381"
    press(app, "reopened", "f-usage")
    assert [entry.state for entry in finding_states(settings)] == [
        "acknowledged",
        "resolved",
        "reopened",
    ]
    assert counts(app) == {"Open": 6, "Acknowledged": 0, "Resolved": 0}


def test_a_resolution_needs_a_note_and_an_entry_a_name(open_page, home):
    app = open_page(home, PATH)
    press(app, "resolved", "f-payout")
    assert "Nothing was recorded: whoever resolves says how in a note." in markup(app)
    app = open_page(home, PATH)
    press(app, "acknowledged", "f-payout", name=" ")
    assert "Nothing was recorded: a state bears the name of who gave it." in markup(app)
    assert finding_states(Settings(home=home)) == []


def test_what_somebody_resolved_meanwhile_stands(open_page, home):
    app = open_page(home, PATH)
    app.button(key="acknowledged-f-deal").click().run()
    judge(home, "f-deal", "resolved")
    app.text_input[-1].input("Ana Brandt")
    [button] = [button for button in app.button if button.proto.is_form_submitter]
    button.click()
    app.run()
    assert [entry.decided_by for entry in finding_states(Settings(home=home))] == ["Idris Kaya"]


def test_a_whole_list_is_acknowledged_at_once_and_what_somebody_else_did_stands(open_page, home):
    app = open_page(home, PATH, check="Usage not billed")
    assert press(app, "acknowledged", "all") == "Acknowledge these 2 leaks"
    taken = states_in_force(finding_states(Settings(home=home)))
    assert sorted(taken) == ["f-direct", "f-usage"]
    assert counts(app) == {"Open": 4, "Acknowledged": 2, "Resolved": 0}
    assert "No leak matches open and usage not billed." in markup(app)


def test_the_address_filters(open_page, home):
    judge(home, "f-direct", "acknowledged")
    app = open_page(home, PATH, list="Acknowledged", search="a-2")
    assert "Acknowledged by Idris Kaya" in markup(app)
    app.session_state["search"] = "nobody"
    assert "No leak matches acknowledged and “nobody”." in markup(app.run())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sort": OLDEST}, ["f-usage", "f-orphan", "f-direct", "f-unknown", "f-payout", "f-deal"]),
        ({"sort": NEWEST}, ["f-deal", "f-payout", "f-unknown", "f-direct", "f-orphan", "f-usage"]),
        ({"search": "VOSSBERG"}, ["f-usage"]),
        ({"search": SECOND}, ["f-payout", "f-deal"]),
        ({"search": "po-9"}, ["f-unknown"]),
        ({"search": "f-orphan"}, ["f-orphan"]),
        ({"check": "Payout without attribution"}, ["f-payout", "f-unknown"]),
        ({"state": "Resolved"}, []),
    ],
)
def test_filters_keep_what_was_asked_for(known, changes, expected):
    leaks = with_states(known.leaks, {})
    assert list(select(leaks, Filters(**changes))["finding_id"]) == expected


@pytest.mark.parametrize("sort", SORTS)
def test_every_order_holds_every_leak(known, sort):
    leaks = with_states(known.leaks, {})
    assert len(select(leaks, Filters(sort=sort))) == len(leaks)


@pytest.mark.parametrize(
    ("days", "label"),
    [
        (0, "Up to 7 days"),
        (7, "Up to 7 days"),
        (8, "8 to 30 days"),
        (30, "8 to 30 days"),
        (31, "31 to 90 days"),
        (90, "31 to 90 days"),
        (91, "Over 90 days"),
    ],
)
def test_a_leak_has_one_age(known, days, label):
    one = known.leaks.head(1).assign(age_days=days)
    [place] = [place for place, cents in enumerate(by_age(one)) if cents]
    assert AGES[place][0] == label


def test_without_a_ledger_leaks_stand_as_published_and_nothing_can_be_made_of_them(
    open_page, home, monkeypatch
):
    with duckdb.connect(next((home / "published").glob("*.duckdb"))) as connection:
        connection.execute(
            "update marts.fct_leakage_check set finding_state = 'resolved' "
            "where finding_id = 'f-usage'"
        )
    monkeypatch.setenv("SCORECARDS_DECISIONS_URL", "mysql://somewhere/else")
    app = open_page(home, PATH)
    assert "Nothing can be acknowledged or resolved now" in markup(app)
    assert counts(app) == {"Open": 5, "Acknowledged": 0, "Resolved": 1}
    assert not [button for button in app.button if str(button.key).startswith("resolved-")]


def test_a_past_version_shows_what_was_made_of_it_then_and_takes_nothing(open_page, home):
    judge(home, "f-usage", "acknowledged", decided_at=datetime(2026, 11, 8, 9))
    judge(home, "f-direct", "resolved", decided_at=datetime(2026, 11, 20, 9))
    older = Scenario(partners=12, version="2026-11-08-aaaaaaaaaaaa", as_of=date(2026, 11, 8))
    pointer = (home / "published" / "current.json").read_text()
    add_leakage(publish(home, older))
    (home / "published" / "current.json").write_text(pointer)
    app = open_page(home, PATH, version=older.version)
    page = markup(app)
    assert "As published on" in page
    assert "Leaks are acknowledged and resolved in the current version." in page
    assert counts(app) == {"Open": 5, "Acknowledged": 1, "Resolved": 0}
    assert not [button for button in app.button if str(button.key).startswith("acknowledged-")]


def test_a_version_from_before_leaks_were_looked_for_says_so(open_page, publish_scenario):
    page = markup(open_page(publish_scenario(partners=12), PATH))
    assert "This version did not look for leaks." in page


def test_nothing_that_leaks_is_said_in_words(open_page, publish_scenario):
    home = publish_scenario(partners=12, stale=("billing.invoices",))
    [path] = (home / "published").glob("*.duckdb")
    add_leakage(path, [])
    page = markup(open_page(home, PATH))
    for said in (
        "No leak needs you this week",
        "Nothing is open.",
        "No check found a leak.",
        "No partner has a leak that is not resolved.",
        "This version was published before sums were reconciled.",
        "Billing invoices: 9 days old (limit 7); ",
        "Usage not billed",
    ):
        assert said in page, said
    assert strip(page)["Leaking"] == "$0"


def test_many_leaks_are_shown_twenty_at_a_time(open_page, publish_scenario):
    home = publish_scenario(partners=12)
    [path] = (home / "published").glob("*.duckdb")
    add_leakage(
        path, [finding(f"f-{n}", "paid_but_open", ("invoice", f"INV-{n}")) for n in range(205)]
    )
    app = open_page(home, PATH)
    assert markup(app).count('class="finding"') == 20
    assert not [button for button in app.button if button.key == "acknowledged-all"]
    [more] = [button for button in app.button if button.label.startswith("Show more")]
    assert more.label == "Show more leaks: 20 of 205"
    assert markup(more.click().run()).count('class="finding"') == 40


def test_exports_hold_every_leak_and_run_nothing(known, home):
    judge(home, "f-usage", "resolved", note="=1+1")
    entries = states_in_force(finding_states(Settings(home=home)))
    leaks = with_states(known.leaks, entries)
    table = export_leaks(leaks, "USD").set_index("Finding")
    assert len(table) == 6
    assert str(table.loc["f-usage", "Amount, USD"]) == "47900.12"
    assert (table.loc["f-usage", "State"], table.loc["f-payout", "State"]) == ("Resolved", OPEN)
    assert pd.isna(table.loc["f-orphan", "Amount, USD"])
    assert table.loc["f-payout", "Evidence"] == HOSTILE
    written = export.to_csv(export_leaks(leaks, "USD")).decode("utf-8-sig")
    assert "'=HYPERLINK" in written
    assert ',"=HYPERLINK' not in written
    assert ",'=1+1" in written
    checks = export_checks(known.checks, leaks, "USD").set_index("Check")
    assert str(checks.loc["Usage not billed", "Amount, USD"]) == "48780.12"
    assert checks["Cannot tell"].sum() == 2
    assert table["First seen"].max() == AS_OF


def test_what_is_missing_is_said_in_words():
    said = "crm.contracts is missing; billing.payouts is stale; something else"
    assert lacks(said) == [
        "CRM contracts (missing)",
        "Billing payouts (stale)",
        "something else",
    ]
    assert lacks(None) == []
