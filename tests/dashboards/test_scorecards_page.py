import time

import duckdb
import pandas as pd
import pytest
from page_markup import markup

from dashboards import words
from dashboards.views.scorecards.table import around_today
from dashboards.views.scorecards.view import would_qualify

NAMES = ("<script>alert(1)</script>", '=HYPERLINK("http://x")', "\u202eevil", "N" * 200)


def mart(home, sql="from marts.mart_scorecard_weekly where period_start = date '2026-11-09'"):
    [path] = (home / "published").glob("*.duckdb")
    with duckdb.connect(path, read_only=True) as connection:
        return connection.execute(sql).df()


def shown(app) -> pd.DataFrame:
    return app.dataframe[0].value


def test_every_partner_of_the_latest_week_is_shown_with_the_numbers_of_the_mart(
    open_page, publish_scenario
):
    home = publish_scenario(partners=40)
    app = open_page(home)
    assert not app.exception
    table = shown(app).set_index("Partner")
    rows = mart(home).set_index("partner_name").loc[table.index]
    assert len(table) == 40
    for header, column in {
        "Score": "weighted_score",
        "Revenue": "revenue_influence_score",
        "Delivery": "delivery_quality_score",
        "Security": "security_posture_score",
        "Support": "support_maturity_score",
    }.items():
        expected = [words.score(value) for value in rows[column]]
        assert [words.score(value) for value in table[header]] == expected, header
    changes = [
        words.delta(words.score_change(row.weighted_score, row.weighted_score_13_weeks_ago))
        for row in rows.itertuples()
    ]
    assert list(table["Δ 13w"]) == changes
    assert list(table["Coverage"]) == [int(value * 100) for value in rows["coverage"].round(9)]


def test_the_numbers_above_the_table_are_those_of_its_rows(open_page, publish_scenario):
    home = publish_scenario(partners=40)
    rows = mart(home)
    page = markup(open_page(home))
    scored = rows["weighted_score"].notna().sum()
    assert f'<dd class="value">{scored} <small>of 40</small>' in page
    assert f'<dd class="value">{words.score(rows["weighted_score"].median())} ' in page
    won = mart(
        home,
        "select sum(won_sourced_cents)::bigint as won from marts.mart_scorecard_weekly "
        "where period_start > date '2026-11-09' - interval 13 week",
    )
    assert words.money(int(won["won"][0])) in page


def test_who_qualifies_for_no_tier_is_counted_and_why():
    rows = pd.DataFrame(
        {
            "qualified_tier": ["gold", "silver", None, None, "silver"],
            "is_without_contract": [False, False, True, True, False],
        }
    )
    tiers = ["gold", "silver"]
    assert would_qualify(rows, tiers) == "would qualify: 1 · 2, none 2 (no contract)"
    rows.loc[2, "is_without_contract"] = False
    assert would_qualify(rows, tiers) == "would qualify: 1 · 2, none 2 (1 of them no contract)"
    rows.loc[3, "is_without_contract"] = False
    assert would_qualify(rows, tiers) == "would qualify: 1 · 2, none 2"
    assert would_qualify(rows.head(2), tiers) == "would qualify: 1 · 1"


def test_the_line_says_week_publication_version_policy_and_freshness(open_page, publish_scenario):
    page = markup(open_page(publish_scenario(partners=12)))
    assert "Week of <b>9 Nov 2026</b>, data to 15 Nov" in page
    assert "published Mon 16 Nov 06:04 UTC" in page
    assert "version 2026-11-15-0a1b2c3d4e5f" in page
    assert "policy 2026-10-01" in page
    assert "all extracts fresh" in page


def test_a_tier_that_was_decided_since_the_week_ended_is_the_tier_shown(
    open_page, publish_scenario
):
    home = publish_scenario(partners=12)
    [path] = (home / "published").glob("*.duckdb")
    with duckdb.connect(path) as connection:
        connection.execute("update marts.dim_partner set current_tier = 'platinum'")
    assert [tier for [tier] in shown(open_page(home))["Tier"]] == ["Platinum"] * 12


def test_filters_in_the_address_open_the_same_view(open_page, publish_scenario):
    home = publish_scenario(partners=60)
    app = open_page(
        home, search="ana brandt", tier=["Gold", "Silver"], type="Platform", sort="Name"
    )
    rows = mart(home)
    wanted = rows[
        rows["partner_manager"].eq("Ana Brandt")
        & rows["current_tier"].isin(["gold", "silver"])
        & rows["partner_type"].eq("platform")
    ]
    assert len(wanted)
    assert list(shown(app)["Partner"]) == sorted(wanted["partner_name"], key=str.casefold)


def test_health_si_quality_and_movement_are_those_of_the_mart_decisions_first(
    open_page, publish_scenario
):
    home = publish_scenario(partners=40)
    app = open_page(home)
    table = shown(app).set_index("Partner")
    rows = mart(home).set_index("partner_name").loc[table.index]
    assert list(table["Movement"]) == [words.movement(key) for key in rows["movement"]]
    order = ["promote", "demote", "pause", "exit", "warn", "hold"]
    ranks = [order.index(key) for key in rows["movement"]]
    assert ranks == sorted(ranks)
    for rank in set(ranks):
        scores = [s for s, r in zip(rows["weighted_score"], ranks, strict=True) if r == rank]
        measured = [score for score in scores if not pd.isna(score)]
        assert measured == sorted(measured, reverse=True)
    chips = [None if cell is None else cell[0] for cell in table["Health"]]
    expected = [
        None if pd.isna(row.health_band) else f"{row.health_score:.0f} {row.health_band}"
        for row in rows.itertuples()
    ]
    assert chips == expected
    assert None in chips
    quality = table["SI quality"].dropna()
    assert [words.points(value) for value in quality] == [
        words.points(value) for value in rows["si_quality_score"].dropna()
    ]
    assert set(rows.loc[quality.index, "partner_type"]) == {"si"}
    decisions = rows["movement"].isin(order[:4]).sum()
    assert f"**{decisions} tier changes** to decide" in [button.label for button in app.button]
    first = table["Open"].iloc[0]
    assert first == f"partner?partner={rows['partner_id'].iloc[0]}"
    phone = markup(app)
    assert f'href="{first}"' in phone
    assert '<span class="movement good">▲ Promote</span>' in phone


def test_health_and_movement_filter_by_the_address(open_page, publish_scenario):
    home = publish_scenario(partners=60)
    app = open_page(home, health=["Healthy", "Champion"], movement=["Hold"])
    rows = mart(home)
    wanted = rows[rows["health_band"].isin(["Healthy", "Champion"]) & rows["movement"].eq("hold")]
    assert len(wanted)
    assert set(shown(app)["Partner"]) == set(wanted["partner_name"])


def test_a_version_from_before_health_has_neither_its_columns_nor_its_filters(
    open_page, publish_scenario
):
    app = open_page(publish_scenario(partners=12, schema_version=1))
    assert not app.exception
    assert not {"Health", "SI quality", "Movement"} & set(shown(app))
    assert len(shown(app)) == 12
    assert "Coverage, median" in markup(app)


def test_what_needs_someone_sets_the_filters(open_page, publish_scenario):
    app = open_page(publish_scenario(partners=40, below_floor=3))
    [button] = [b for b in app.button if "under the coverage floor" in b.label]
    count = int(button.label.strip("*").split()[0])
    button.click().run()
    assert len(shown(app)) == count
    assert app.selectbox(key="show").value == "Under the coverage floor"


def test_a_criterion_without_a_score_says_why(open_page, publish_scenario):
    table = shown(open_page(publish_scenario(partners=60)))
    without = table[table["Delivery"].isna() & table["Score"].notna()]
    assert len(without)
    assert without["Not measured"].str.contains(r"Delivery.* \((?:too few|no events)\)").all()
    complete = table[table[["Revenue", "Delivery", "Security", "Support"]].notna().all(axis=1)]
    assert (complete["Not measured"] == "").all()


def test_an_extract_that_no_metric_needs_may_be_absent_in_peace(open_page, publish_scenario):
    home = publish_scenario(partners=12, below_floor=0, absent=("telemetry.access_grants",))
    assert "all extracts fresh" in markup(open_page(home))


def test_a_missing_extract_that_a_metric_needs_is_said(open_page, publish_scenario):
    app = open_page(publish_scenario(partners=12, absent=("support.tickets",)))
    assert "1 extract missing" in markup(app)
    [link] = [e.proto for e in app.get("page_link") if "missing" in e.proto.label]
    assert link.query_string == "state=Missing"


def test_filters_that_match_nobody_say_so_and_can_be_cleared(open_page, publish_scenario):
    app = open_page(publish_scenario(partners=12), search="nobody", tier="Gold")
    assert "No partner matches “nobody” and Gold." in markup(app)
    [clear] = [b for b in app.button if b.label == "Clear filters"]
    clear.click().run()
    assert len(shown(app)) == 12


def test_two_partners_in_the_address_stand_side_by_side(open_page, publish_scenario):
    app = open_page(publish_scenario(partners=12), compare=["P-00001", "P-00002"])
    assert [header.value for header in app.header][-1] == "Compare"
    assert len(app.get("plotly_chart")) == 1
    assert "Partners side by side" in markup(app)


def test_a_stale_extract_says_how_old_it_is_and_what_hangs_on_it(open_page, publish_scenario):
    page = markup(open_page(publish_scenario(partners=12, stale=("billing.invoices",))))
    assert "Billing invoices: 9 days old (limit 7); Customer retention is as of 7 Nov 2026." in page
    assert "1 extract stale" in page


def test_money_without_its_source_is_not_zero(open_page, publish_scenario):
    page = markup(open_page(publish_scenario(partners=12, absent=("crm.opportunities",))))
    assert '<dd class="value">— <small></small></dd><dd>source missing</dd>' in page


def test_nothing_published_says_what_to_run(open_page, tmp_path):
    app = open_page(tmp_path)
    assert not app.exception
    assert "Nothing is published yet." in markup(app)
    assert "<code>scorecards refresh</code>" in markup(app)


def test_a_version_of_a_later_product_is_refused_in_words(open_page, publish_scenario):
    home = publish_scenario(partners=12)
    [path] = (home / "published").glob("*.duckdb")
    with duckdb.connect(path) as connection:
        connection.execute("update quality.snapshot set schema_version = 99")
    app = open_page(home)
    assert not app.exception
    assert "has schema 99; these pages read 1, 2" in markup(app)


def test_a_version_without_partners_says_so(open_page, publish_scenario):
    app = open_page(publish_scenario(partners=0))
    assert not app.exception
    assert "No partner is in this version." in markup(app)


def test_hostile_names_are_shown_as_they_are(open_page, publish_scenario):
    app = open_page(publish_scenario(partners=12, names=NAMES), compare=["P-00001", "P-00002"])
    assert not app.exception
    assert set(NAMES) <= set(shown(app)["Partner"])
    assert "<script>" not in markup(app)


def test_the_sparkline_is_the_scores_around_the_last():
    trends = pd.Series([[1.0, 2.0, 2.25], [3.0, None, 3.5], [3.0, None]]).map(
        lambda trend: pd.array(trend, dtype="float64").to_numpy()
    )
    lines = list(around_today(trends))
    assert lines[0][-3:] == [-0.5, -0.25, 0.0]
    assert lines[0][:11] == [None] * 11
    assert lines[1][-3:] == [-0.5, None, 0.0]
    assert lines[2] is None


@pytest.mark.parametrize("partners", [10_000])
def test_ten_thousand_partners_are_drawn_within_a_second(open_page, publish_scenario, partners):
    app = open_page(publish_scenario(partners=partners))
    durations = []
    for _ in range(3):
        began = time.perf_counter()
        app.run()
        durations.append(time.perf_counter() - began)
    assert len(shown(app)) == partners
    assert min(durations) < 1
