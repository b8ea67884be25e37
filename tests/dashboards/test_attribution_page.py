import io
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from attribution_rows import (
    AGREED,
    AMOUNTS,
    DISPUTED,
    FOREIGN,
    HOSTILE,
    IMPLEMENTER,
    INFLUENCER,
    LOST,
    NOBODYS,
    OPEN,
    SOURCER,
    UNKNOWN_AMOUNT,
    WON,
    add_attribution,
)
from page_markup import markup
from reconciliation_rows import add_reconciliation
from snapshot_factory import Scenario, publish

from dashboards import export, shell
from dashboards.charts.attribution import Claim, Lane, Touch, range_mark, touch_lanes, won_bar
from dashboards.queries import attribution
from dashboards.queries.attribution import MODELS
from dashboards.queries.published import Edition, current_edition
from dashboards.views.attribution import tables
from dashboards.views.attribution.deal import export_credit, export_rules, export_touches, lanes
from dashboards.views.attribution.selection import ALL_TIME, LAST_FOUR, shares, spans, within
from dashboards.views.attribution.view import figures
from warehouse.settings import Settings

AS_OF = date(2026, 11, 15)
ALL = (None, None)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("attributed")
    path = publish(home, Scenario(partners=12))
    add_attribution(path)
    add_reconciliation(path, invoiced=1240)
    return home


@pytest.fixture(scope="module")
def edition(home: Path) -> Edition:
    edition = current_edition(Settings(home=home))
    assert edition is not None
    return edition


def deals_of(edition, kind=attribution.ALL_WON, needle="", order=attribution.WIDEST, span=ALL):
    found = attribution.deals.__wrapped__(edition, kind, needle, order, span=span, limit=None)
    return list(found["opportunity_id"])


def deal_of(edition, key):
    found = attribution.deal.__wrapped__(edition, key)
    assert found is not None
    return found


def test_the_page_says_what_partners_brought_and_where_the_models_disagree(open_once, home):
    app = open_once(home, "attribution")
    assert not app.exception
    page = markup(app)
    assert "! differs by $12.40" in page
    links = [button.label for button in app.button]
    assert "<strong>1 partner</strong> has a tier that hangs on the model" in page
    assert "**1 deal** won without an amount in the reporting currency" in links
    assert "**1 deal** credited to a partner the CRM does not know" in links
    assert "**1 deal** won without a touch to split by" in links
    assert "Oct–Dec 2026 so far" in page
    assert "2 <small>of 5 deals</small>" in page
    assert "by $72.4K in all" in page
    assert "half-life 30 days" in page
    assert "40 · 20 · 40" in page
    assert "<script>" not in page
    assert f'href="attribution?deal={DISPUTED}"' in page
    tiers = page[page.index("Partners whose tier hangs on the model") :]
    assert tiers.index("Gold") < tiers.index("first touch and last touch")
    [nobody] = [button for button in app.button if "without a touch" in button.label]
    nobody.click().run()
    deals = markup(app)[markup(app).index('<caption class="unseen">Deals') :]
    assert re.findall(r"deal=(D-\d)", deals) == [NOBODYS]


def test_every_model_adds_up_to_what_was_won(edition):
    split = attribution.credits.__wrapped__(edition, None, None)
    won = attribution.standing.__wrapped__(edition, None, None)["won_cents"]
    assert won == sum(AMOUNTS[key] or 0 for key in WON)
    assert {int(split[model].sum()) for model in MODELS} == {won}
    quarters = attribution.overview.__wrapped__(edition).quarters
    parts = quarters[["sourced_cents", "influenced_cents", "neither_cents"]]
    assert list(parts.sum(axis=1)) == list(quarters["won_cents"])
    assert int(quarters["won_cents"].sum()) == won


def test_sourced_influenced_and_neither_are_all_that_was_won(edition):
    known = attribution.overview.__wrapped__(edition)
    stands = attribution.standing.__wrapped__(edition, *ALL)
    won, *parts = figures(known, stands, ALL, ALL_TIME, "USD")[:4]
    assert (won.value, won.note) == ("$202K", "5 deals, renewals too")
    assert [part.label for part in parts] == [
        *("Sourced by partners", "Influenced, not sourced", "Neither"),
    ]
    assert [part.note for part in parts] == ["49.4% of won", "25.9% of won", "24.7% of won"]
    unregistered = figures(replace(known, has_registrations=False), stands, ALL, ALL_TIME, "USD")
    assert [part.value for part in unregistered[1:4:2]] == ["—", "—"]
    nothing = figures(replace(known, quarters=known.quarters.head(0)), stands, ALL, ALL_TIME, "USD")
    assert [part.note for part in nothing[1:4]] == ["", "", ""]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((1, 1, 1), ["0.334", "0.333", "0.333"]),
        ((3335, 6665, 0), ["0.334", "0.666", "0"]),
        ((0, 0, 7), ["0", "0", "1"]),
        ((2555, 4445, 3000), ["0.256", "0.444", "0.3"]),
    ],
)
def test_shares_add_up_as_they_are_shown(parts, expected):
    found = shares(parts)
    assert found == [Decimal(share) for share in expected]
    assert sum(found) == 1


def test_a_partner_without_a_known_amount_is_absent_and_not_zero(edition):
    split = attribution.credits.__wrapped__(edition, None, None)
    page = tables.models_table(split, 15, {}, "USD")
    unknown = page[page.index("Unknown partner") :]
    assert "1 deal without an amount" in unknown
    assert unknown[: unknown.index("</tr>")].count("—") == len(MODELS) + 2
    few = tables.models_table(split, 1, {}, "USD")
    assert "3 other partners" in few
    assert few.count("202.4") == page.count("202.4") == len(MODELS)


def test_quarters_are_those_of_the_fiscal_year_and_count_a_deal_once(edition):
    quarters = attribution.overview.__wrapped__(edition).quarters
    rows = {row.quarter_start.date(): row for row in quarters.itertuples()}
    assert list(rows) == [date(2026, 10, 1), date(2026, 7, 1), date(2026, 4, 1)]
    third = rows[date(2026, 7, 1)]
    assert (third.sourced_cents, third.influenced_cents, third.neither_cents) == (10_000_000, 0, 0)
    fourth = rows[date(2026, 10, 1)]
    assert (fourth.deals, fourth.without_amount, fourth.neither_cents) == (3, 1, 5_000_000)


@pytest.mark.parametrize(
    ("first_month", "begins"),
    [(1, date(2026, 1, 1)), (2, date(2026, 2, 1)), (12, date(2025, 12, 1))],
)
def test_the_last_four_quarters_end_with_the_running_one(edition, first_month, begins):
    quarters = attribution.overview.__wrapped__(edition).quarters
    offered = spans(quarters, AS_OF, first_month)
    assert next(iter(offered)) == LAST_FOUR
    assert offered[LAST_FOUR] == (begins, AS_OF)
    assert offered[ALL_TIME] == ALL


def test_a_span_keeps_its_quarters_and_its_deals(edition):
    quarters = attribution.overview.__wrapped__(edition).quarters
    span = spans(quarters, AS_OF, 1)["Jul–Sep 2026"]
    assert list(within(quarters, span)["deals"]) == [1]
    assert deals_of(edition, span=span) == [DISPUTED]
    assert attribution.standing.__wrapped__(edition, *span)["deals"] == 1


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (attribution.DISAGREEING, {DISPUTED, FOREIGN}),
        (attribution.ALL_WON, WON),
        (attribution.WITHOUT_TOUCH, {NOBODYS}),
        (attribution.WITHOUT_AMOUNT, {UNKNOWN_AMOUNT}),
        (attribution.OPEN, {OPEN}),
        (attribution.LOST, {LOST}),
    ],
)
def test_deals_are_found_by_what_became_of_them(edition, kind, expected):
    assert set(deals_of(edition, kind)) == expected


@pytest.mark.parametrize(
    ("needle", "expected"),
    [
        ("ORCHARD", {DISPUTED, AGREED, FOREIGN}),
        ("unknown partner", {UNKNOWN_AMOUNT}),
        ("vossberg", WON - {FOREIGN}),
        ("d-2", {NOBODYS}),
        ("%", set()),
        ("' or 1=1 --", set()),
    ],
)
def test_deals_are_found_by_name_account_or_partner(edition, needle, expected):
    assert set(deals_of(edition, needle=needle)) == expected


def test_deals_are_sorted_with_the_unknown_last(edition):
    assert deals_of(edition, order="Largest amount first") == [
        *(DISPUTED, NOBODYS, FOREIGN, AGREED, UNKNOWN_AMOUNT),
    ]
    assert deals_of(edition, order="Latest close first")[:2] == [FOREIGN, NOBODYS]
    assert deals_of(edition)[:2] == [DISPUTED, FOREIGN]


def test_one_deal_shows_touches_rules_reasons_and_models(open_once, home):
    app = open_once(home, "attribution", deal=DISPUTED)
    assert not app.exception
    page = markup(app)
    for said in (
        "won 14 Sep 2026",
        "3 <small>of 6</small>",
        "counts in the role-based model alone",
        "of a type that takes no part",
        "after the close",
        "registered first, and the registration was valid",
        "not sourced: its registration had expired",
        "60–100%",
        "0–33.3%",
        "$66,666.67",
        "Its 90 days were over on 2 Feb 2026",
        "– not asked",
    ):
        assert said in page, said


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (OPEN, "open, proposal"),
        (LOST, "Credit is split once a deal is won."),
        (NOBODYS, "No partner touched or registered this deal."),
        (UNKNOWN_AMOUNT, "no exchange rate"),
        (FOREIGN, "EUR\u00a030,000.00"),
        ("D-404", "No deal has the id “D-404” in this version."),
    ],
)
def test_every_kind_of_deal_has_a_page(open_once, home, key, said):
    app = open_once(home, "attribution", deal=key)
    assert not app.exception
    page = markup(app)
    assert said in page
    assert "<script>" not in page


def test_a_lane_stands_for_each_partner_with_its_claims_and_credit(edition):
    drawn = lanes(deal_of(edition, DISPUTED))
    assert [lane.name for lane in drawn] == [
        "Lumen Group · sourced",
        "Orchard Group · influenced",
        "Cedar Group · not attributed",
        "Fernhill Group · not attributed",
    ]
    assert [lane.credit for lane in drawn] == ["60–100%", "0–33.3%", "0–20%", ""]
    assert [[touch.is_counted for touch in lane.touches] for lane in drawn] == [
        *([True, True], [True, False], [False], [False]),
    ]
    assert [claim.registration_id for claim in drawn[0].claims] == ["R-1"]


def test_marks_of_lanes_are_hollow_where_left_out_and_named_where_there_is_room():
    at = pd.Timestamp(2026, 5, 1)
    touches = [
        Touch(at, "demo", "demo", "Demo, counts", is_counted=True),
        Touch(at, "mention", "mention", "<b>Mention</b>", is_counted=False),
    ]
    claim = Claim("R-1", pd.Timestamp(2026, 3, 1), None)
    figure = touch_lanes(
        [Lane("<i>Cedar</i>", "100%", touches, [claim])],
        {"created": pd.Timestamp(2026, 3, 2), "won": pd.Timestamp(2026, 9, 1)},
    )
    assert list(figure.data[0].marker.symbol) == ["square", "x-open"]
    assert figure.data[0].customdata[1] == "&lt;b&gt;Mention&lt;/b&gt;"
    said = [note.text for note in figure.layout.annotations]
    assert said == [
        *("&lt;i&gt;Cedar&lt;/i&gt;", "100%", "registered R-1", "demo", "created", "won"),
    ]


def test_small_marks_keep_their_places():
    assert "width:25.00%" in won_bar(0.25, 0.0, 1.0, "said")
    assert won_bar(0.0, 0.0, 0.5, "said").count("fill") == 0
    mark = range_mark([0.2, 0.6, 0.6], "said")
    assert "left:20.00%;width:40.00%" in mark
    assert mark.count("<b ") == 2
    assert mark.count("<s ") == 0
    assert 'style="left:50.00%"' in range_mark([0.2], "said", middle=0.5)


@pytest.mark.parametrize(
    ("address", "sheets"),
    [
        (
            {"path": "attribution"},
            ["models by partner", "quarters", "deals", "tiers at stake"],
        ),
        ({"path": "attribution", "deal": FOREIGN}, ["touches", "credit", "rules"]),
        ({"path": "deal-registration"}, ["claims"]),
    ],
)
def test_a_workbook_has_its_reconciliation_second_and_no_formula(
    open_once, home, monkeypatch, address, sheets
):
    taken = []
    monkeypatch.setattr(shell, "_export_buttons", lambda takeaway, _: taken.append(takeaway))
    assert not open_once(home, **address).exception
    [takeaway] = taken
    file = export.to_xlsx({name: make() for name, make in takeaway.tables.items()})
    book = openpyxl.load_workbook(io.BytesIO(file))
    assert book.sheetnames == [sheets[0], "reconciliation", *sheets[1:], "behind differences"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink]
    assert not [c.value for c in cells if c.data_type == "s" and str(c.value).startswith("=")]


def test_without_registrations_or_touches_nothing_is_zero(open_page, publish_scenario):
    home = publish_scenario(
        partners=12, absent=("crm.deal_registrations", "crm.opportunity_touches")
    )
    [path] = (home / "published").glob("*.duckdb")
    add_attribution(path)
    page = markup(open_page(home, "attribution"))
    assert "No extract of deal registrations is there." in page
    assert "No extract of partners&#x27; touches is there." in page
    assert "source missing" in page
    assert "The models split by touches, and there are none." in page
    assert "Credit by partner under each of the six models" not in page


def test_nothing_won_yet_and_stale_deals_are_said(open_page, publish_scenario):
    home = publish_scenario(partners=12, stale=("crm.opportunities",))
    [path] = (home / "published").glob("*.duckdb")
    add_attribution(path, is_empty=True)
    app = open_page(home, "attribution")
    assert not app.exception
    page = markup(app)
    assert "Nothing is won yet." in page
    assert "CRM opportunities: 9 days old (limit 7)" in page
    assert "No deal matches “models disagree” and this quarter and the three before." in page


def test_a_version_from_before_the_split_says_so(open_page, publish_scenario):
    page = markup(open_page(publish_scenario(partners=12), "attribution"))
    assert "This version has no split of credit." in page


def test_exports_hold_all_rows_to_the_cent_and_run_nothing(edition):
    span = {"span": ALL, "limit": None}
    found = attribution.deals.__wrapped__(
        edition, attribution.ALL_WON, "", attribution.WIDEST, **span
    )
    table = tables.export_deals(found, "USD").set_index("Deal")
    assert len(table) == len(WON)
    assert str(table.loc[FOREIGN, "Amount, USD"]) == "32400.50"
    assert (str(table.loc[FOREIGN, "Amount"]), table.loc[FOREIGN, "Currency"]) == (
        "30000.00",
        "EUR",
    )
    assert table.loc[UNKNOWN_AMOUNT, "Amount, USD"] is None
    assert table.loc[FOREIGN, "Name"] == HOSTILE
    written = export.to_csv(table.reset_index()).decode("utf-8-sig")
    assert "'=HYPERLINK" in written
    assert ',"=HYPERLINK' not in written
    split = tables.export_models(attribution.credits.__wrapped__(edition, None, None), "USD")
    assert {str(split[column].sum()) for column in split if column.endswith(", USD")} >= {
        "202400.50"
    }
    known = deal_of(edition, DISPUTED)
    assert len(export_touches(known)) == 6
    assert len(export_rules(known)) == 10
    credit = export_credit(known, "USD")
    assert set(credit["Partner id"]) == {SOURCER, INFLUENCER, IMPLEMENTER}
    assert str(credit["Credit, USD"].sum()) == "600000.00"
