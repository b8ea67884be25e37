from datetime import date
from decimal import Decimal

import duckdb
from page_markup import markup
from snapshot_factory import Scenario, publish

OLDER, SERVED = "2026-11-08-aaaaaaaaaaaa", "2026-11-15-0a1b2c3d4e5f"


def two_versions(home) -> None:
    publish(home, Scenario(partners=12, version=OLDER, as_of=date(2026, 11, 8), names=("Then",)))
    publish(home, Scenario(partners=12, version=SERVED, names=("Now",)))


def names(app) -> set[str]:
    return set(app.dataframe[0].value["Partner"])


def test_an_older_version_opens_as_it_was_published_and_says_so(open_page, tmp_path):
    two_versions(tmp_path)
    app = open_page(tmp_path, version=OLDER)
    assert "Then" in names(app)
    assert "As published on 16 Nov 2026 06:04 UTC" in markup(app)
    assert f"version {OLDER}" in markup(app)


def test_the_way_back_leads_to_the_served_version(open_page, tmp_path):
    two_versions(tmp_path)
    app = open_page(tmp_path, version=OLDER)
    [back] = [b for b in app.button if b.label == "back to the current version"]
    back.click().run()
    assert "Now" in names(app)
    assert "As published" not in markup(app)
    assert "version" not in app.query_params


def test_the_served_version_by_name_is_no_older_one(open_page, tmp_path):
    two_versions(tmp_path)
    app = open_page(tmp_path, version=SERVED)
    assert "Now" in names(app)
    assert "As published" not in markup(app)


def test_a_version_that_is_not_kept_is_said_so(open_page, tmp_path):
    two_versions(tmp_path)
    app = open_page(tmp_path, version="../<b>nowhere</b>")
    assert not app.exception
    assert "No version ../&lt;b&gt;nowhere&lt;/b&gt; is kept." in markup(app)


def test_an_older_version_stays_open_on_the_next_page(open_page, tmp_path):
    two_versions(tmp_path)
    app = open_page(tmp_path, version=OLDER)
    del app.query_params["version"]  # what a link of the navigation does
    app.run()
    assert "Then" in names(app)
    assert OLDER in app.query_params["version"]


def test_the_page_of_data_trust_lists_versions_with_a_link_to_open_each(open_page, tmp_path):
    two_versions(tmp_path)
    page = markup(open_page(tmp_path, "data-trust"))
    assert f'href="data-trust?version={OLDER}"' in page
    assert page.count("Open</a>") == 1


def restate(home, statement: str) -> None:
    with duckdb.connect(home / "published" / f"{OLDER}.duckdb") as connection:
        connection.execute(f"update marts.mart_scorecard_weekly set {statement}")


def test_what_an_older_version_published_otherwise_is_shown_against_the_current_one(
    open_page, tmp_path
):
    publish(tmp_path, Scenario(partners=12, version=OLDER, as_of=date(2026, 11, 8)))
    publish(tmp_path, Scenario(partners=12, version=SERVED))
    where = "where partner_id = 'P-00003' and period_start = date '2026-11-02'"
    restate(tmp_path, f"weighted_score = weighted_score + 0.000000001 {where}")
    restate(tmp_path, "current_tier = 'silver' where partner_id = 'P-00001'")
    app = open_page(tmp_path, "data-trust", version=OLDER)
    table = app.dataframe[-1].value
    assert len(table) == 27 + 1
    [restated] = table.index[table["Score then"].ne(table["Score now"])]
    assert table.loc[restated, "Week of"] == date(2026, 11, 2)
    then, now = (Decimal(table.loc[restated, f"Score {when}"]) for when in ("then", "now"))
    assert 0 < then - now <= Decimal("0.00000001")


def test_versions_that_agree_say_so(open_page, tmp_path):
    publish(tmp_path, Scenario(partners=12, version=OLDER, as_of=date(2026, 11, 8)))
    publish(tmp_path, Scenario(partners=12, version=SERVED))
    page = markup(open_page(tmp_path, "data-trust", version=OLDER))
    assert "Every partner and week of both versions has the same score, tier and coverage." in page
