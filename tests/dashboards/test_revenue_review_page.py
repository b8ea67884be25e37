import io
import json
import re
from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pytest
from money_rows import BEFORE, COSTS, LATEST, RUNNING, add_money, partner_rows
from page_markup import markup
from snapshot_factory import Scenario, publish
from streamlit.testing.v1 import AppTest

from dashboards import export, words
from dashboards.queries import money
from dashboards.queries.published import current_edition
from dashboards.views.revenue_review.exports import money_frame
from dashboards.views.revenue_review.selection import new_in
from warehouse.settings import Settings


def published_in(folder: Path, scenario: Scenario | None = None, **changes) -> Path:
    add_money(publish(folder, scenario or Scenario(partners=6)), **changes)
    return folder


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published_in(tmp_path_factory.mktemp("reviewed"))


@pytest.fixture(scope="module")
def app(open_once, reviewed: Path) -> AppTest:
    """The page as it opens."""
    return open_once(reviewed, "revenue-review")


@pytest.fixture(scope="module")
def page(app: AppTest) -> str:
    assert not app.exception
    return markup(app)


def company(month, column):
    rows = partner_rows()
    return int(rows[rows["month"].eq(month)][column].sum())


def table(page: str, caption: str) -> list[list[str]]:
    """The texts of a table's cells."""
    body = page[page.index(f'<caption class="unseen">{caption}') :]
    body = body[body.index("<tbody") : body.index("</table>")]
    rows = [
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr.*?</tr>", body)
    ]
    return [[re.sub("<[^>]*>", "", cell) for cell in row] for row in rows]


def number(text: str) -> float:
    return float(text.replace(",", "").replace(words.MINUS, "-"))


def drawn(app, key: str):
    [chart] = [c for c in app.get("plotly_chart") if c.proto.id.endswith(f"-{key}")]
    return json.loads(chart.proto.spec)


def values(figure) -> list[str]:
    return [re.sub("<[^>]*>", "", note["text"]) for note in figure["layout"]["annotations"]]


def test_the_latest_closed_month_opens_with_the_numbers_of_its_marts(page):
    assert "Month of <b>Oct 2026</b>, closed · amounts in USD" in page
    net, then = company(LATEST, "net_cents"), company(BEFORE, "net_cents")
    assert words.money(net) in page
    assert f"▲ {(net / then - 1) * 100:.1f}%</span> on Sep 2026" in page
    margin = company(LATEST, "contribution_margin_cents")
    assert f'<dd class="value">{words.percent(margin / net)} ' in page
    assert "of the opening $2.4M" in page.replace("2.40M", "2.4M")


def test_another_month_is_one_address_away_and_a_running_one_says_so(open_page, reviewed):
    page = markup(open_page(reviewed, "revenue-review", month="Sep 2026"))
    assert "Month of <b>Sep 2026</b>, closed" in page
    assert words.money(company(BEFORE, "net_cents")) in page
    page = markup(open_page(reviewed, "revenue-review", month="Nov 2026"))
    assert "! running, to 15 Nov" in page
    assert "Nov 2026 is running." in page
    assert words.money(company(RUNNING, "net_cents")) in page
    page = markup(open_page(reviewed, "revenue-review", month="Sep 2025"))
    assert "There is no month before." in page


def test_types_and_direct_add_up_to_the_company_as_shown(page):
    rows = table(page, "Margin by partner type")
    assert [row[0] for row in rows] == [
        *("Reseller", "SI", "Platform", "Data provider", "Direct", "Company"),
    ]
    assert rows[-1][7] == words.thousands(company(LATEST, "contribution_margin_cents"))
    for column in range(1, 8):
        shown = [number(row[column]) for row in rows]
        assert round(sum(shown[:-1]) - shown[-1], 6) == 0
    other = sum(company(LATEST, f"{key}_cents") for key in COSTS[3:])
    assert rows[-1][6] == words.thousands(-other)


def test_the_ledger_and_the_bridge_add_up_as_shown(app):
    ledger = [number(each) for each in values(drawn(app, "ledger"))]
    gross, refunds, net, *costs, margin = ledger
    assert gross + refunds == net
    assert net + sum(costs) == margin
    assert gross == round(company(LATEST, "gross_cents") / 100_000)
    bridge = values(drawn(app, "bridge"))
    steps = [
        0 if "—" in each else number(each[2:]) * (1 if "▲" in each else -1) for each in bridge[1:-1]
    ]
    assert number(bridge[0]) + sum(steps) == number(bridge[-1])
    assert number(bridge[-1]) == margin
    assert len(steps) == len(COSTS) + 2


def test_motions_that_lose_money_stand_with_what_costs_most(page):
    rows = table(page, "Motions that lose money")
    assert rows == [
        [
            *("Data provider × resold", "4", "−$38.2K", "−$51.7K"),
            *("commissions, 50.5% of net", "✕ listed"),
        ],
        [
            *("OEM × referred", "4", "−$4,100", "−$2,900"),
            *("commissions, $50.5K on no net revenue", "– subsidised, not listed"),
        ],
        [
            *("SI × implemented", "4", "—", "−$1,200"),
            *("commissions, 50.5% of net", "! 1 quarter so far"),
        ],
    ]


def test_tiers_stand_with_what_they_bring_the_highest_first(page):
    rows = table(page, "Tier economics")
    assert [row[0] for row in rows] == ["Platinum", "Gold", "Silver"]
    assert rows[1][1:] == ["2", "$900K", "$6,000", "$4,000", "$440K", "48.9%", "44 ×"]
    assert rows[2][6] == words.ABSENT


def test_what_is_owed_less_what_is_to_be_given_back_is_told_overdue_first(page):
    rows = table(page, "Payouts due by partner")
    assert [row[1:] for row in rows] == [
        ["2", "30 Oct", "$18.2K", "$900", "$0", "$19.1K"],
        ["3", "1 Oct", "$401", "$0", "$7,000", "$7,401"],
        ["5", "1 Oct", "$18.6K", "$900", "$7,000", "$26.5K"],
    ]
    assert "1 payout without a rate not counted" in page


def test_leaks_that_nobody_resolved_are_listed_the_largest_first(page):
    rows = table(page, "Largest leaks")
    assert [(row[0].split("12,000")[0], row[2]) for row in rows] == [
        ("Usage not billed", "$47,900.12"),
        ("Usage not billed", "$120.00"),
        ("Access beyond contract", "—"),
    ]
    assert [row[1] for row in rows] == ["Cedar Group", "Cedar Group", "Direct"]
    assert "3 leaks not resolved, $48K" in page


def test_churn_and_support_are_those_of_the_month(page):
    rows = table(page, "Recurring revenue by partner type")
    assert rows[-1][0] == "Company"
    assert rows[-1][4] == words.thousands(-company(LATEST, "churned_mrr_cents"))
    assert "what churned is $21.6K a year" in page
    support = table(page, "Support cost by partner")
    most = 81_200_017 // 23 + 1_200_017 // 23
    assert support[0][1] == words.money(most)
    assert len(support) == 4


def test_amounts_without_a_rate_are_named_by_currency(page):
    assert table(page, "Amounts without a rate") == [
        ["XTS", "no rate", "2", "XTS\xa0150.00", "1 Mar to 2 Mar"]
    ]
    assert "They are in no sum of this page" in page


def test_what_needs_someone_leads_to_its_section(page):
    assert "<strong>2 payouts, $18.6K,</strong> overdue on 15 Nov" in page
    assert "<strong>1 motion</strong> negative 2 quarters running" in page
    assert "<strong>2 leaks, $47.9K,</strong> new this month" in page
    assert "<strong>2 amounts</strong> without a rate, in no sum" in page
    for anchor in re.findall(r'href="#([a-z-]+)"', page):
        assert anchor in {"payouts-due", "kill-list", "top-leaks", "without-a-rate"}


@pytest.mark.parametrize(("days", "new"), [((1, 31), 1), ((1, 1), 0), ((31, 31), 0), ((), 0)])
def test_leaks_are_new_in_their_month_unless_all_are(days, new):
    seen = [date(2026, 11, 1) if day == 1 else date(2026, 10, day) for day in days]
    leaks = pd.DataFrame({"first_seen_on": pd.to_datetime(seen)})
    assert len(new_in(leaks, date(2026, 11, 15))) == new


def test_every_table_is_taken_away_with_the_sums_beside_it(app):
    labels = [button.proto.label for button in app.get("download_button")]
    assert labels[:3] == ["Excel", "CSV, by partner type", "CSV, reconciliation"]
    assert {"CSV, by partner", "CSV, payouts due", "CSV, leaks"} <= set(labels)


def test_a_difference_is_on_the_page_to_the_cent(open_page, tmp_path):
    page = markup(open_page(published_in(tmp_path, invoiced=1_240), "revenue-review"))
    assert "! differs by $12.40" in page


def test_with_nothing_owed_leaking_or_lost_the_page_says_so(open_page, tmp_path):
    page = markup(open_page(published_in(tmp_path, is_due=False), "revenue-review"))
    assert "Nothing needs you this month" in page
    for said in ("No motion loses money.", "Nothing is owed to a partner.", "No leak is open."):
        assert said in page
    assert "Amounts without a rate" not in page


def test_without_invoices_nothing_of_revenue_is_zero(open_page, tmp_path):
    scenario = Scenario(partners=6, stale=("billing.invoices",))
    home = published_in(tmp_path, scenario, missing="billing.invoice_lines, support.tickets")
    page = markup(open_page(home, "revenue-review"))
    assert "Missing: Billing invoice lines and Support tickets. Figures" in page
    assert "Billing invoices: 9 days old (limit 7)" in page
    assert "Source missing." in page
    assert "Net revenue" not in page
    assert "Payouts due by partner" in page


def test_a_cost_that_nothing_tells_is_none_and_not_zero(open_page, tmp_path):
    missing = "billing.costs, billing.subscriptions, crm.mdf_requests"
    app = open_page(published_in(tmp_path, missing=missing), "revenue-review")
    page = markup(app)
    company_row = table(page, "Margin by partner type")[-1]
    assert company_row[3] == company_row[6] == words.ABSENT
    assert company_row[5] != words.ABSENT
    lost = "Without COGS, MDF, Partner team, Onboarding and Tooling: source missing."
    assert page.count(lost) == 2
    assert len(values(drawn(app, "ledger"))) == 3 + 3
    assert '<dt>Churned MRR</dt><dd class="value">— ' in page
    assert "Without subscriptions nothing says what recurs." in page


def test_without_payouts_nothing_is_known_to_be_owed(open_page, tmp_path):
    published_in(tmp_path, is_due=False, missing="billing.payouts")
    [version] = (tmp_path / "published").glob("*.duckdb")
    with duckdb.connect(version) as connection:
        connection.execute(
            "insert into marts.fct_leakage_check by name "
            "select 'f9' as finding_id, 'overpaid_payout' as check_key, 'cannot_tell' as state, "
            "0 as amount_cents, 'extract' as entity_type, 'billing.payouts' as entity_id"
        )
    page = markup(open_page(tmp_path, "revenue-review"))
    assert "Nothing says what was paid, so nothing what is owed." in page
    assert '<dt>Payouts due</dt><dd class="value">— ' in page
    assert "1 check cannot tell for all" in page
    assert "Some checks cannot tell" in page
    assert "$0 overdue" not in page


def test_a_version_from_before_money_was_counted_says_so(open_page, publish_scenario):
    app = open_page(publish_scenario(partners=2), "revenue-review")
    assert not app.exception
    assert "This version has no word on money." in markup(app)


def test_what_is_taken_away_is_exact_and_runs_nothing(reviewed):
    edition = current_edition(Settings(home=reviewed))
    rows = money_frame(money.payouts_due(edition), "USD")
    book = openpyxl.load_workbook(io.BytesIO(export.to_xlsx({"payouts due": rows})))
    header, _, first, *_ = [[cell.value for cell in row] for row in book["payouts due"].rows]
    taken = dict(zip(header, first, strict=True))
    assert taken["Opportunity id"] == "'=O-1"
    assert taken["Outstanding"] == 18240.0
    assert taken["Outstanding, USD"] == 18240.0
    lines = money_frame(money.review.__wrapped__(edition).unconverted, "USD")
    assert b",'=L-1," in export.to_csv(lines)
    assert b",50.00," in export.to_csv(lines)
