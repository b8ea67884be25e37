import json
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pandas as pd
import pytest
from ecosystem_rows import FIRST, HOSTILE, KPIS, MONTHS, WEEKS, add_ecosystem
from page_markup import markup
from snapshot_factory import Scenario, publish

import seeds
from dashboards import export
from dashboards.queries.ecosystem import Ecosystem, ecosystem
from dashboards.queries.published import current_edition
from dashboards.views.ecosystem.parts import makeup
from dashboards.views.ecosystem.selection import (
    MONTHS as BY_MONTH,
)
from dashboards.views.ecosystem.selection import (
    OFF_TARGET,
    periods,
    pressing,
    standing,
)
from dashboards.views.ecosystem.selection import (
    WEEKS as BY_WEEK,
)
from dashboards.views.ecosystem.tables import (
    against,
    export_events,
    export_kpis,
    export_segments,
    extracts,
    family_note,
    history_table,
    target,
    value,
)
from dashboards.views.ecosystem.view import figures, needs
from warehouse.settings import Settings

PATH = "ecosystem"
POLICY = Path(seeds.__file__).parent / "policy"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ecosystem")
    add_ecosystem(publish(folder, Scenario(partners=12)))
    return folder


@pytest.fixture(scope="module")
def known(home: Path) -> Ecosystem:
    return ecosystem.__wrapped__(current_edition(Settings(home=home)))


@pytest.fixture(scope="module")
def kpis(known):
    return standing(periods(known.kpis, BY_MONTH))


def test_each_kpi_has_a_tile_and_what_is_off_its_target_stands_first(open_once, home):
    app = open_once(home, PATH)
    assert not app.exception
    page = markup(app)
    assert page.count('class="kpi ') == len(KPIS)
    assert re.findall(r'<li class="kpi (\w+)">', page).count("bad") == 3
    links = [button.label for button in app.button]
    assert links.index("**Sourced share of ARR** 50% against 20–30%, for 3 months") < (
        links.index("**Time to first deal** 104 d against 80 d, for 3 months")
    )
    assert "**Pipeline coverage** 2.7× against 3.0×, watch" in links
    for said in (
        "<b>October 2026</b>",
        "<b>$18M</b>",
        "✓ on target",
        "– too few (3 of 5)",
        "– no target",
        "✓ on target, stale",
        "under 80 d",
        "20–30%",
        'title="What CSAT means."',
        "QBR completion needs a person",
        "all on target, 1 not measured",
        "Head, leading",
        "was growth",
        "▲ 1 in",
        "deals won in the last 12 months, without renewals",
        "MDF a quarter, at most",
        "Won Vossberg AG",
        "$612K",
        ">80%<",
        f'href="partner?partner={FIRST}"',
        "due Dec",
    ):
        assert said in page, said
    assert "Won its first deal" not in page
    ours, nobodys = (page[page.index(said) :] for said in ("Sev1, caused by us", "Sev1 of nobody"))
    assert "partner not known" in nobodys
    assert ours.count("partner not known") == 1
    assert "partner" not in ours[: ours.index("</li>")]
    assert "<script>" not in page
    assert [heading.value for heading in app.header][1:5] == [
        "Growth",
        "Reliability",
        "Quality",
        "Efficiency",
    ]


def test_one_kpi_is_shown_in_full_with_what_it_is_made_of(open_once, home):
    app = open_once(home, PATH, kpi="Time to first deal")
    assert not app.exception
    page = markup(app)
    [chart] = app.get("plotly_chart")
    drawn = json.loads(chart.proto.spec)
    assert len(drawn["data"][0]["x"]) == MONTHS
    assert [shape["y0"] for shape in drawn["layout"]["shapes"]] == [80]
    assert page.count("off target") >= 3
    for said in ("What Time to first deal means.", "leading indicator", "31 Oct 2026", "115 d"):
        assert said in page, said
    [close] = [button for button in app.button if button.label == "Close"]
    assert not close.click().run().get("plotly_chart")


def test_weeks_are_told_by_weeks_and_owners_see_their_own(open_once, home):
    app = open_once(home, PATH, by="Weeks", owner="Ops")
    page = markup(app)
    assert page.count('class="kpi ') == sum(kpi[-1] == "Ops" for kpi in KPIS)
    assert f"{WEEKS} weeks: from" in page
    assert "Week of <b>9 Nov 2026</b>" in page
    assert "Month of" not in page
    assert "for 3 weeks" in "".join(button.label for button in app.button)


def test_what_is_shown_is_what_the_mart_says(known, kpis):
    assert [kpi.key for kpi in kpis] == [row[0] for row in KPIS]
    latest = known.kpis[known.kpis["period_kind"].eq("month")].groupby("kpi_key").tail(1)
    shown = {kpi.key: kpi.now.value for kpi in kpis if not pd.isna(kpi.now.value)}
    assert shown == latest.dropna(subset=["value"]).set_index("kpi_key")["value"].to_dict()
    assert {kpi.key: kpi.off_for for kpi in kpis if kpi.off_for} == dict.fromkeys(
        ("sourced_share", "time_to_first_deal", "qbr_completion"), 3
    )
    weekly = standing(periods(known.kpis, BY_WEEK))
    assert all(len(kpi.history) == WEEKS for kpi in weekly)


def test_the_furthest_from_its_target_comes_first_and_the_others_are_counted(kpis):
    assert [kpi.key for kpi in pressing(kpis)] == [
        "sourced_share",
        "qbr_completion",
        "time_to_first_deal",
        "pipeline_coverage",
    ]
    every = [kpi for kpi in kpis if kpi.now.status == OFF_TARGET]
    said = needs([*every, *every], "USD", "month")
    assert [need.count for need in said][-1] == "3 more"
    assert len(said) == 4


def test_a_kpi_without_a_row_in_the_latest_period_is_not_shown(known):
    rows = periods(known.kpis, BY_MONTH)
    rows = rows[~(rows["kpi_key"].eq("csat") & rows["period_end"].eq(rows["period_end"].max()))]
    assert "csat" not in {kpi.key for kpi in standing(rows)}
    assert standing(rows.head(0)) == []


def test_a_family_is_said_in_a_few_words(kpis):
    growth = [kpi for kpi in kpis if kpi.now.family == "growth"]
    assert family_note(growth) == "Sourced share of ARR and Time to first deal need a person"
    assert family_note(growth[:1]) == "all on target"
    assert family_note([growth[0], growth[2]]) == "1 of 2 on target"
    assert family_note([*growth, growth[1]]) == "3 of 5 need a person"
    assert family_note(growth[-1:]) == ""
    assert against(growth[1], "USD", "month") == "50% against 20–30%, for 3 months"


def test_nothing_lasts_longer_than_is_known(kpis):
    kpi = kpis[1]
    assert against(kpi, "USD", "month").endswith(", for 3 months")
    always = kpi.history.tail(3).reset_index(drop=True)
    assert against(replace(kpi, history=always), "USD", "week").endswith(", in all 3 weeks known")
    unknown = kpi.history.tail(4).assign(status=["not_measured", *["off_target"] * 3])
    said = [figure.note for figure in figures([replace(kpi, history=unknown)], "month", {})]
    assert "0 leading, the longest in all 3 months known" in said


def test_what_a_kpi_is_made_of_has_words_and_units(kpis):
    told = {kpi.key: history_table(kpi, "USD") for kpi in kpis}
    coverage = told["pipeline_coverage"]
    for said in (">Open pipeline<", ">Target of three months<", ">Open deals<", ">$12<", ">24<"):
        assert said in coverage, said
    assert "Counted" not in "".join(told.values())
    assert "Answers" in told["csat"]
    assert ">Deals<" in told["sourced_arr"]
    assert "Sourced<" not in told["sourced_arr"]
    # What an answer is out of is its sample: it is said once.
    assert told["csat"].count("nswers</") == 2


def test_every_shipped_kpi_says_what_it_is_made_of():
    shipped = pd.read_csv(POLICY / "kpi_targets.csv")["kpi_key"]
    generic = makeup("a kpi of one's own")
    assert [key for key in shipped if makeup(key) == generic] == []


@pytest.mark.parametrize(
    ("label", "link"),
    [
        ("Sourced ARR", "The deals are on Attribution, which counts by fiscal quarters"),
        ("Pipeline coverage", None),
    ],
)
def test_a_kpi_leads_only_to_rows_that_are_there(open_once, home, label, link):
    links = [each.proto.label for each in open_once(home, PATH, kpi=label).get("page_link")]
    rows = [each for each in links if " on " in each]
    assert len(rows) == (link is not None)
    assert not rows or rows[0].startswith(link)


@pytest.mark.parametrize(
    ("amount", "unit", "shown"),
    [
        (21.4e6, "usd", "$21.4M"),
        (-0.31, "share", "−31%"),
        (104.4, "days", "104 d"),
        (2.7, "ratio", "2.7×"),
        (2, "ratio", "2.0×"),
        (4286.4, "hours", "4,286 h"),
        (97, "count", "97"),
        (71.39, "score", "71.3"),
        (0.312, "number", "0.31"),
        (None, "share", "—"),
        (0, "count", "0"),
    ],
)
def test_a_value_is_written_in_its_unit(amount, unit, shown):
    assert value(amount, unit, "USD") == shown


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        (("higher", "share", 0.95, None, True), "target 95%"),
        (("lower", "days", 90, None, False), "under 90 d"),
        (("lower", "number", 0.5, None, True), "at most 0.5"),
        (("between", "share", 0.2, 0.3, True), "20–30%"),
        (("between", "count", 2, 5, True), "2–5"),
        (("higher", "usd", None, None, True), "no target"),
    ],
)
def test_a_target_is_said_in_words(row, shown):
    names = ("direction", "unit", "target", "target_high", "target_is_inclusive")
    assert target(SimpleNamespace(**dict(zip(names, row, strict=True))), "USD") == shown


def test_extracts_are_named_in_words():
    assert extracts("crm.surveys") == "CRM surveys"
    assert extracts("support.tickets, crm.surveys.partner_id") == (
        "Support tickets and CRM surveys (partner id)"
    )


def test_cohorts_of_all_partners_add_up_and_what_is_not_due_is_not_known(known):
    rows = known.cohorts.set_index("cohort_quarter")
    assert list(rows["accounts"]) == [10, 5]
    assert Decimal(str(rows["active_share"].iloc[0])) == Decimal("0.8")
    assert pd.isna(rows["active_share"].iloc[1])


def test_exports_hold_every_row_and_run_nothing(known):
    assert len(export_kpis(known.kpis)) == len(KPIS) * (MONTHS + WEEKS)
    events = export_events(known.events, "USD")
    assert list(events["Amount, USD"].dropna().astype(str)) == ["612000.00"]
    assert HOSTILE in set(events["What"])
    assert "Won its first deal" in set(events["What"])
    assert "'=HYPERLINK" in export.to_csv(events).decode("utf-8-sig")
    segments = export_segments(known.segments, "USD")
    assert segments[["Segment", "Before"]].iloc[0].tolist() == ["Strategic", "Growth"]
    assert len(segments) == 3


def test_a_version_without_kpis_says_so(open_page, publish_scenario):
    app = open_page(publish_scenario(partners=3), PATH)
    assert "This version has no KPIs of the ecosystem." in markup(app)


def test_a_version_with_kpis_alone_says_what_it_lacks(open_page, tmp_path):
    path = publish(tmp_path, Scenario(partners=3, stale=("billing.invoices",)))
    add_ecosystem(path)
    with duckdb.connect(path) as connection:
        for mart in ("fct_ecosystem_event", "mart_segment_quarterly", "fct_retention_cohort"):
            connection.execute(f"drop table marts.{mart}")
    app = open_page(tmp_path, PATH)
    assert not app.exception
    page = markup(app)
    assert "No quarter has segments in this version." in page
    assert "No cohort of customers in this version." in page
    assert page.count("This version does not list them.") == 2
    assert "Billing invoices: 9 days old (limit 7)" in page


def test_before_the_first_month_there_is_nothing_to_judge(open_page, tmp_path):
    path = publish(tmp_path, Scenario(partners=3))
    add_ecosystem(path)
    with duckdb.connect(path) as connection:
        connection.execute("delete from marts.mart_ecosystem_kpi")
    assert "No month is over yet." in markup(open_page(tmp_path, PATH))
