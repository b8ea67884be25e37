import duckdb
from page_markup import markup


def published(home, sql):
    [path] = (home / "published").glob("*.duckdb")
    with duckdb.connect(path, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_rows_in_are_rows_accepted_and_refused(open_page, publish_scenario):
    home = publish_scenario(partners=12)
    page = markup(open_page(home, "data-trust"))
    [(rows_in, accepted, refused)] = published(
        home, "select sum(rows_in), sum(rows_accepted), sum(rows_refused) from quality.entities"
    )
    assert rows_in == accepted + refused
    assert f'<dd class="value">{accepted:,} ' in page
    assert f"of {rows_in:,} in" in page
    assert f"{accepted:,} rows accepted, {refused} refused" in page


def test_every_extract_says_its_state(open_page, publish_scenario):
    home = publish_scenario(
        partners=12,
        stale=("billing.invoices",),
        absent=("telemetry.access_grants", "support.tickets"),
        refused_files=("crm.surveys",),
    )
    page = markup(open_page(home, "data-trust"))
    assert "! stale, 9 days" in page
    assert "9 days old, limit 7" in page
    assert "needed by no metric in force: Telemetry access grants." in page
    assert "✕ 1 file refused" in page
    assert "partner_id: a required column is missing" in page
    assert "! missing" in page
    assert "needed by First response" in page
    assert "16 present" in page


def test_what_needs_someone_comes_first(open_page, publish_scenario):
    home = publish_scenario(
        partners=12, stale=("billing.invoices",), refused_files=("crm.surveys",), failed_checks=2
    )
    app = open_page(home, "data-trust")
    page = markup(app)
    assert "<strong>1 file</strong> refused whole" in page
    assert "<strong>2 checks</strong> failed" in page
    [stale] = [b for b in app.button if "past the limit of age" in b.label]
    stale.click().run()
    assert app.pills(key="state").value == "Stale"


def test_a_sound_load_needs_nobody(open_page, publish_scenario):
    page = markup(open_page(publish_scenario(partners=12, samples=()), "data-trust"))
    assert "Nothing needs you" in page
    assert "No row was refused." in page


def test_refused_rows_are_found_by_extract_and_reason(open_page, publish_scenario):
    home = publish_scenario(partners=12)
    rows = open_page(home, "data-trust").dataframe[0].value
    assert list(rows["Record"]) == [418, 77]
    rows = open_page(home, "data-trust", extract="Support tickets").dataframe[0].value
    assert list(rows["Why"]) == [
        "opened_at '13/02/26' is no timestamp; priority 'asap' is not allowed"
    ]
    rows = open_page(home, "data-trust", reason="CENTS").dataframe[0].value
    assert list(rows["File"]) == ["crm/opportunities/2026-11.csv"]


def test_failed_checks_stand_before_those_that_passed(open_page, publish_scenario):
    page = markup(open_page(publish_scenario(partners=12, failed_checks=1), "data-trust"))
    assert "! few tickets wait for an answer (1)" in page
    assert "expected at most 0.2, observed 0.31" in page
    assert "1 of 2 checks passed" in page


def test_drift_totals_overlaps_policy_and_versions_are_shown(open_page, publish_scenario):
    page = markup(open_page(publish_scenario(partners=12), "data-trust"))
    assert "crm_owner_segment" in page
    assert "handling_minutes" in page
    assert "<b>48,120,400.50</b>" in page
    assert "\u22121,190.75" in page
    assert "telemetry/api_usage/2026-11-03.parquet" in page
    assert "metrics.csv" in page
    assert "9f2c4a11d0e7b3865512" in page
    assert "✓ served" in page


def test_refused_data_is_harmless_on_the_page(open_page, publish_scenario):
    hostile = (
        ("crm.partners", "crm/<img src=x>.csv", 2, "<script>alert(1)</script>", '{"a": "=cmd()"}'),
    )
    app = open_page(
        publish_scenario(partners=12, samples=hostile, refused_files=("crm.partners",)),
        "data-trust",
    )
    assert not app.exception
    assert "<script>" not in markup(app)
    assert "<img" not in markup(app)
    assert app.dataframe[0].value["Why"][0] == "<script>alert(1)</script>"


def test_nothing_published_says_what_to_run_here_too(open_page, tmp_path):
    assert "Nothing is published yet." in markup(open_page(tmp_path, "data-trust"))
