"""The what-if page over a whole published company: its fields, and what it says of them."""

import re
from pathlib import Path

import duckdb
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboards import registry
from dashboards.serve import APP
from warehouse.settings import Settings
from warehouse.snapshots import current


@pytest.fixture
def page(scored_home: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    st.cache_data.clear()
    listed = sorted(registry.load_pages(), key=lambda entry: entry.path != "what-if")
    monkeypatch.setattr(registry, "load_pages", lambda: tuple(listed))
    monkeypatch.setenv("SCORECARDS_HOME", str(scored_home))
    return AppTest.from_file(str(APP), default_timeout=60)


def said(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def cost_of(app: AppTest) -> str:
    [cost] = re.findall(r'<dt>Cost a year</dt><dd class="value">(\S+) ', said(app))
    return str(cost)


def test_unchanged_rules_move_nobody(page: AppTest) -> None:
    app = page.run()

    assert not app.exception
    assert [field.value for field in app.number_input] == [40, 25, 20, 15]
    assert "They add up to 100%." in said(app)
    assert "Nothing is changed: this is the portfolio as published." in said(app)
    assert cost_of(app) == "$0"
    assert not app.get("download_button") or "policy" not in str(app.get("download_button")[-1])


def test_weights_count_in_proportion_and_the_page_says_so(page: AppTest) -> None:
    app = page.run()

    app.number_input[0].set_value(50).run()

    assert not app.exception
    assert "They add up to 110% and count in proportion: Revenue 45.5%" in said(app)
    assert "Proposed: weights of Referral and Reseller" in said(app)
    assert app.date_input[0].value.isoformat() == "2027-01-01"


def test_no_weights_at_all_are_refused_in_words(page: AppTest) -> None:
    app = page.run()
    for field in app.number_input:
        field.set_value(0)

    app.run()

    assert not app.exception
    assert "Give at least one criterion a weight." in said(app)
    assert "These rules cannot stand" in said(app)


def test_lower_gates_move_partners_and_starting_over_takes_it_back(page: AppTest) -> None:
    page.query_params["rules"] = "Gates"
    page.query_params["tier"] = "Silver"
    app = page.run()
    assert [field.label for field in app.number_input][:2] == [
        "Active contract, at least",
        "Every criterion, at least",
    ]

    for field in app.number_input[1:]:
        field.set_value(0)
    app.run()

    assert not app.exception
    assert "Proposed: gates of Silver" in said(app)
    assert "Nobody: every partner" not in said(app)
    assert re.fullmatch(r"[+−]\$.+", cost_of(app))
    assert "Cost a year</th>" in said(app)

    next(button for button in app.button if button.label == "Start over").click().run()

    assert "Nothing is changed" in said(app)
    assert app.number_input[1].value == 1


def test_lines_out_of_order_are_told_beside_the_fields(page: AppTest) -> None:
    page.query_params["rules"] = "Bands"
    page.query_params["metric"] = "Win rate"
    app = page.run()
    lines = [field for field in app.number_input if field.label == "From, %"]
    assert [line.value for line in lines] == [10, 20, 30, 40, 50]

    lines[0].set_value(25).run()

    assert not app.exception
    assert "the band overlaps that of row" in said(app)
    assert "These rules cannot stand" in said(app)


def test_a_version_without_rules_says_so(
    page: AppTest, scored_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = current(Settings(home=scored_home))
    assert version is not None
    older = tmp_path / "published" / version.path.name
    older.parent.mkdir()
    older.write_bytes(version.path.read_bytes())
    (older.parent / "current.json").write_bytes((version.path.parent / "current.json").read_bytes())
    with duckdb.connect(str(older)) as connection:
        connection.execute("drop schema scoring cascade")
    monkeypatch.setenv("SCORECARDS_HOME", str(tmp_path))

    app = page.run()

    assert not app.exception
    assert "This version carries no rules to try others against." in said(app)
