import re
import shutil
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from page_markup import markup
from snapshot_factory import Scenario, publish
from tier_change_rows import (
    DEMOTED,
    FRAGILE,
    PAUSED,
    PROMOTED,
    QUARTER_END,
    UNCOVERED,
    WARNED,
    add_ended_contracts,
    add_tier_changes,
    add_tier_costs,
)

from dashboards import signin
from dashboards.access import Refused, Viewer
from dashboards.views.tier_changes import deciding
from dashboards.views.tier_changes.selection import SORTS, select, with_states
from dashboards.views.tier_changes.view import export_rows, next_quarter, quarter_names
from warehouse.ledger import decisions, record
from warehouse.settings import Settings

AS_OF = date(2026, 11, 15)


def key(partner: str) -> str:
    return f"{partner}@{QUARTER_END}"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("published")
    version = publish(home, Scenario(partners=12))
    add_tier_changes(version)
    add_tier_costs(version)
    return home


@pytest.fixture
def home(tmp_path: Path, published: Path) -> Path:
    return shutil.copytree(published, tmp_path, dirs_exist_ok=True)


def decide(home: Path, partner: str, verdict: str = "approved", **changes) -> None:
    entry = {
        "recommendation": key(partner),
        "effective_on": AS_OF,
        "decided_by": "Idris Kaya",
        "decided_at": datetime(2026, 11, 20, 11, 2),
    }
    record(Settings(home=home), partner_id=partner, verdict=verdict, **entry | changes)


def press(app, opener: str, partner: str):
    """Open a card's dialog."""
    app.button(key=f"{opener}-{key(partner)}").click().run()
    assert not app.exception
    return app


def fill(app, opener: str, partner: str, name: str | None = "Ana Brandt", note: str = ""):
    """Fill in the dialog that is open and press its button.

    A browser runs the dialog alone; here the page runs again, and its opener is pressed with it.
    """
    if name is not None:
        app.text_input[-1].input(name)
    app.text_area[0].input(note)
    app.button(key=f"{opener}-{key(partner)}").click()
    [button] = [button for button in app.button if button.proto.is_form_submitter]
    button.click()
    app.run()
    assert not app.exception
    return button.label


def counts(app) -> dict[str, int]:
    [control] = [b for b in app.get("button_group") if b.key == "list"]
    labels = [option.content for option in control.proto.options]
    return {label.rsplit(" ", 1)[0]: int(label.rsplit(" ", 1)[1]) for label in labels}


def test_each_recommendation_waits_in_its_list_and_cards_say_why(open_page, home):
    app = open_page(home, "tier-changes")
    assert not app.exception
    assert counts(app) == {
        "Waiting": 5,
        "Approved": 0,
        "Rejected": 0,
        "Deferred": 0,
        "Warn": 1,
        "Hold": 6,
    }
    page = markup(app)
    assert "Quarter to <b>30 Sep 2026</b>, frozen when published" in page
    assert f'href="partner?partner={PROMOTED}"' in page
    assert "Score 4.12 against 4.00, sourced ARR $612,000 against $500,000." in page
    assert "Q2 ✓ · Q3 ✓" in page
    assert "Q2 ✕ · Q3 ✕" in page
    assert "74 of 81" in page
    assert "holds under most weights" in page
    assert "depends on the weights" in page
    assert "narrowest: score +0.12" in page
    assert "short: pipeline created, score" in page
    assert "31 Jan 2027" in page
    assert "Today&#x27;s data and rules would say: hold." in page
    assert "Cheapest way to Gold" not in page  # for who may lose a tier, no way to another


def test_an_ended_contract_is_said_first_and_a_customer_by_name(open_page, home):
    [version] = (home / "published").glob("*.duckdb")
    add_ended_contracts(version)
    app = open_page(home, "tier-changes")
    page = markup(app)
    said = "✕ Its contract ended since the quarter: it has had none since 7 Nov 2026."
    assert page.count(said) == 1  # the other partner whose contract ended is on hold
    assert page.index(said) < page.index("Qualified for Gold at both quarter ends.")
    assert '<bdi class="name" title="Ochre &amp; &lt;b&gt;Co&lt;/b&gt;">' in page
    assert "A-0042" not in page
    assert markup(open_page(home, "tier-changes", list="Hold")).count(said) == 1


def test_cards_and_dialogs_say_what_a_change_costs_a_year(open_page, home):
    app = open_page(home, "tier-changes")
    page = markup(app)
    costs = re.findall(r"<dt>Cost a year</dt><dd[^>]*>([^<]*)</dd><dd>([^<]*)</dd>", page)
    assert costs == [
        ("+$32.8K", "commission, margin and MDF"),
        ("+$77.3K", "MDF +$75K"),
        ("−$22.6K", "commission alone"),
        ("—", "benefits end, none worked out"),
        ("—", "benefits end, none worked out"),
    ]
    assert "<dt>Cost a year if all approved</dt>" in page
    assert "+$87.5K" in page
    dialog = markup(press(app, "approve", DEMOTED)).split('class="deciding"')[1]
    assert "<b>Cost a year </b>−$22.6K · commission alone" in dialog


def test_a_version_from_before_costs_were_worked_out_says_so(open_page, tmp_path):
    version = publish(tmp_path, Scenario(partners=12))
    add_tier_changes(version)
    with duckdb.connect(version) as connection:
        connection.execute("update marts.fct_tier_recommendation set cost_delta_cents = null")
    page = markup(open_page(tmp_path, "tier-changes"))
    assert "not worked out" in page
    assert "3 of 3 not worked out" in page


def test_an_approval_is_recorded_and_moves_the_card_at_once(open_page, home):
    app = press(open_page(home, "tier-changes"), "approve", PROMOTED)
    assert fill(app, "approve", PROMOTED) == "Promote to Platinum"
    [entry] = decisions(Settings(home=home))
    assert (entry.recommendation, entry.verdict, entry.action) == (
        key(PROMOTED),
        "approved",
        "promote",
    )
    assert (entry.from_tier, entry.to_tier, entry.effective_on) == ("gold", "platinum", AS_OF)
    assert (entry.decided_by, entry.note) == ("Ana Brandt", None)
    assert counts(app)["Approved"] == 1
    assert [toast.value for toast in app.toast] == ["Promote to Platinum: recorded."]
    app.session_state["list"] = "Approved"
    page = markup(app.run())
    assert "Approved by Ana Brandt" in page
    assert "in force with the next refresh" in page
    assert f"approve-{key(PROMOTED)}" not in {button.key for button in app.button}


def test_a_later_day_may_be_chosen_and_none_before_the_last_decision(open_page, home):
    decide(home, DEMOTED, recommendation=None, to_tier="gold", effective_on=date(2026, 12, 1))
    app = press(open_page(home, "tier-changes"), "approve", DEMOTED)
    assert app.date_input[0].value == app.date_input[0].min == date(2026, 12, 1)
    app.date_input[0].set_value(date(2027, 1, 1))
    assert fill(app, "approve", DEMOTED) == "Demote to Silver"
    assert decisions(Settings(home=home))[-1].effective_on == date(2027, 1, 1)
    app.session_state["list"] = "Approved"
    assert "in force from 1 Jan 2027" in markup(app.run())


def test_a_pause_names_no_tier(open_page, home):
    app = press(open_page(home, "tier-changes"), "approve", PAUSED)
    assert fill(app, "approve", PAUSED) == "Pause"
    [entry] = decisions(Settings(home=home))
    assert (entry.action, entry.to_tier) == ("pause", None)


@pytest.mark.parametrize(("deed", "verdict"), [("reject", "rejected"), ("defer", "deferred")])
def test_who_rejects_or_defers_says_why(open_page, home, deed, verdict):
    app = press(open_page(home, "tier-changes"), deed, PROMOTED)
    assert fill(app, deed, PROMOTED) == f"{deed.capitalize()} the promotion"
    assert "Whoever rejects or defers says why in a note." in markup(app)
    assert decisions(Settings(home=home)) == []
    fill(app, deed, PROMOTED, note="Audit first")
    [entry] = decisions(Settings(home=home))
    assert (entry.verdict, entry.note) == (verdict, "Audit first")
    assert counts(app)[verdict.capitalize()] == 1


def test_a_decision_bears_a_name_which_is_remembered(open_page, home):
    app = press(open_page(home, "tier-changes"), "approve", PROMOTED)
    fill(app, "approve", PROMOTED, name=" ")
    assert "A decision bears the name of who took it." in markup(app)
    fill(app, "approve", PROMOTED)
    press(app, "approve", FRAGILE)
    assert app.text_input[-1].value == "Ana Brandt"


def test_whoever_signed_in_decides_in_their_own_name_alone(open_page, home, monkeypatch):
    ana = Viewer("head", "Ana Brandt", "ana@example.com")
    monkeypatch.setattr(signin, "who", lambda _: ana)
    app = press(open_page(home, "tier-changes"), "approve", PROMOTED)
    assert "Recorded as <b><bdi>Ana Brandt (ana@example.com)</bdi></b>" in markup(app)
    assert "Your name" not in {field.label for field in app.text_input}
    fill(app, "approve", PROMOTED, name=None)
    [entry] = decisions(Settings(home=home))
    assert entry.decided_by == "Ana Brandt (ana@example.com)"


def test_whose_role_is_gone_by_now_decides_nothing(open_page, home, monkeypatch):
    ana = Viewer("head", "Ana Brandt", "ana@example.com")
    asked = iter([ana, ana])
    gone = Refused("ana@example.com has no role here.")
    monkeypatch.setattr(signin, "who", lambda _: next(asked, gone))
    app = open_page(home, "tier-changes")
    app.button(key=f"approve-{key(PROMOTED)}").click().run()
    assert "ana@example.com has no role here." in markup(app)
    assert decisions(Settings(home=home)) == []


def test_what_was_deferred_can_still_be_decided(open_page, home):
    decide(home, PROMOTED, "deferred", note="wait")
    app = open_page(home, "tier-changes", list="Deferred")
    assert "Deferred by Idris Kaya" in markup(app)
    fill(press(app, "approve", PROMOTED), "approve", PROMOTED)
    assert counts(app) == counts(app) | {"Approved": 1, "Deferred": 0}


def test_who_comes_second_learns_who_decided_and_loses_nothing(open_page, home, monkeypatch):
    app = press(open_page(home, "tier-changes"), "approve", PROMOTED)

    def after_somebody_else(settings, **entry):
        decide(home, PROMOTED, "rejected", note="not yet")
        return record(settings, **entry)

    monkeypatch.setattr(deciding, "record", after_somebody_else)
    fill(app, "approve", PROMOTED, note="They earned it")
    assert "Idris Kaya rejected this Fri 20 Nov 11:02 UTC. “not yet”" in markup(app)
    assert app.text_area[0].value == "They earned it"
    assert len(decisions(Settings(home=home))) == 1


def test_an_exception_is_granted_until_a_day(open_page, home):
    app = press(open_page(home, "tier-changes", list="Warn"), "exception", WARNED)
    assert fill(app, "exception", WARNED, note="New sales lead") == "Grant the exception"
    [entry] = decisions(Settings(home=home))
    assert (entry.verdict, entry.action, entry.to_tier) == ("exception", None, None)
    assert (entry.effective_on, entry.expires_on) == (AS_OF, date(2027, 1, 1))
    assert counts(app)["Warn"] == 1
    page = markup(app)
    assert "Exception by Ana Brandt</b> from 15 Nov 2026 until 1 Jan 2027. “New sales lead”" in page


def test_who_needs_to_act_is_told(open_page, home):
    decide(home, DEMOTED, "deferred", note="wait")
    decide(home, UNCOVERED, "exception", recommendation=None, expires_on=date(2026, 12, 1))
    labels = [button.label for button in open_page(home, "tier-changes").button]
    assert "**4 changes** wait for a decision" in labels
    assert "**1** depends on the choice of weights" in labels
    assert "**1 change** deferred" in labels
    assert "**1 exception** lapses on 1 Dec" in labels


def test_an_older_version_shows_what_was_decided_by_then_and_nothing_to_decide(open_page, tmp_path):
    older = Scenario(partners=12, version="2026-11-08-aaaaaaaaaaaa", as_of=date(2026, 11, 8))
    add_tier_changes(publish(tmp_path, older))
    add_tier_changes(publish(tmp_path, Scenario(partners=12)))
    decide(tmp_path, DEMOTED, decided_at=datetime(2026, 11, 16, 6, 3), to_tier="silver")
    decide(tmp_path, PROMOTED, decided_at=datetime(2026, 11, 16, 6, 5), to_tier="platinum")
    app = open_page(tmp_path, "tier-changes", version=older.version)
    assert counts(app)["Approved"] == 1
    assert "Decisions are taken in the current version." in markup(app)
    assert not any(str(button.key).startswith("approve-") for button in app.button)


def test_a_version_without_recommendations_says_so(open_page, tmp_path):
    publish(tmp_path, Scenario(partners=12))
    app = open_page(tmp_path, "tier-changes")
    assert not app.exception
    assert "This version has no recommendations." in markup(app)


def test_without_the_ledger_the_list_stands_and_nothing_can_be_decided(open_page, home):
    (home / "decisions.sqlite").write_text("no database, and long enough to be seen as none " * 40)
    app = open_page(home, "tier-changes")
    assert not app.exception
    assert "Nothing can be decided now: the decisions ledger sqlite:///" in markup(app)
    assert counts(app)["Waiting"] == 5
    assert not any(str(button.key).startswith("approve-") for button in app.button)


def test_a_name_finds_its_card_and_no_name_none(open_page, home):
    page = markup(open_page(home, "tier-changes", search="cedar"))
    assert "Cedar Group" in page
    assert "Lumen Group" not in page
    assert "No partner matches “nobody” in waiting." in markup(
        open_page(home, "tier-changes", search="nobody")
    )


def list_of(home: Path) -> pd.DataFrame:
    from dashboards.queries.published import current_edition  # noqa: PLC0415
    from dashboards.queries.tiers import changes  # noqa: PLC0415

    edition = current_edition(Settings(home=home))
    return with_states(changes.__wrapped__(edition), decisions(Settings(home=home)))


def test_lists_are_sorted_with_the_unknown_last(home):
    rows = list_of(home)
    for sort, (column, ascending) in SORTS.items():
        values = select(rows, "Waiting", "", sort)[column].dropna()
        assert list(values) == sorted(values, reverse=not ascending)
    assert list(select(rows, "Waiting", "", "By action")["action"]) == [
        *("promote", "promote", "demote", "pause", "exit"),
    ]


def test_the_export_holds_every_recommendation_and_who_decided(home):
    decide(home, PROMOTED, to_tier="platinum", note="well earned")
    table = export_rows(list_of(home), "USD").set_index("Recommendation")
    assert len(table) == 12
    assert list(table.loc[key(PROMOTED), ["State", "Decided by", "Note"]]) == [
        *("Approved", "Idris Kaya", "well earned"),
    ]
    assert table.loc[key(WARNED), "Reason"] == "first miss"
    assert table.loc[key(DEMOTED), "Cost a year, USD"] == Decimal("-22600.00")
    assert table.loc[key(PAUSED), "Cost a year, USD"] is None
    assert pd.isna(table.loc[key(WARNED), "Decided by"])


@pytest.mark.parametrize(
    ("ends_on", "fiscal_start", "names", "following"),
    [
        (date(2026, 9, 30), 1, ("Q2", "Q3"), date(2026, 12, 31)),
        (date(2026, 3, 31), 1, ("Q4", "Q1"), date(2026, 6, 30)),
        (date(2026, 9, 30), 2, ("Q2", "Q3"), date(2026, 12, 31)),
        (date(2026, 10, 31), 2, ("Q2", "Q3"), date(2027, 1, 31)),
        (date(2026, 11, 30), 12, ("Q3", "Q4"), date(2027, 2, 28)),
    ],
)
def test_quarters_are_those_of_the_fiscal_year(ends_on, fiscal_start, names, following):
    assert quarter_names(ends_on, fiscal_start) == names
    assert next_quarter(ends_on) == following
