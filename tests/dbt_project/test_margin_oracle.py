"""Margin and its reconciliation against the rules told once more in plain Python, cell by cell."""

from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
from margin_books import AS_OF, Books
from margin_oracle import COSTS, Margin, months_from
from rebuilding import build_alike
from scored_company import load

from orchestration.landing import Run, land_entity, mount
from warehouse.contracts import load_contracts

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "data" / "recorded"
SEEDS = (20261121, 20261122, 20261123)
MARTS = (
    "fct_margin_bridge_monthly",
    "fct_kill_list",
    "fct_reconciliation_difference",
    "fct_unconverted_amount",
)
FIGURES = (
    "gross",
    "refunds_credits",
    *COSTS,
    "allocated",
    "new_mrr",
    "expansion_mrr",
    "contraction_mrr",
    "churned_mrr",
)


@pytest.fixture(scope="module", params=SEEDS)
def told(request, scored, tmp_path_factory):
    """Random books, what they come to, and their warehouse."""
    books = Books(request.param)
    path = tmp_path_factory.mktemp("margin") / scored.name
    load(path, books.rows, AS_OF)
    build_alike(scored, path, wanted=MARTS)
    with duckdb.connect(str(path), read_only=True) as connection:
        accruals = rows(connection, "select * from marts.fct_commission_accrual")
        yield books, Margin(books.rows, accruals), connection


def rows(connection, query: str) -> list[dict]:
    result = connection.execute(query)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def test_every_cell_of_margin_is_what_the_rules_say(told):
    _, margin, connection = told
    found = {}
    for row in rows(connection, "select * from marts.fct_partner_margin_monthly"):
        key = (row["month"], row["partner_id"], row["partner_role"])
        found[key] = {name: row[f"{name}_cents"] for name in FIGURES if row[f"{name}_cents"]}
        net = row["gross_cents"] + row["refunds_credits_cents"]
        assert row["net_cents"] == net
        assert row["contribution_margin_cents"] == net - sum(row[f"{c}_cents"] for c in COSTS)
    expected = margin.rows_expected()
    assert found.keys() == expected.keys()
    assert found == expected


def test_the_books_hold_every_case(told):
    _, margin, _ = told
    expected = margin.rows_expected()
    assert {name for row in expected.values() for name in row} == set(FIGURES)
    partners = {partner for _, partner, _ in expected}
    assert {"direct", "unknown"} < partners


def test_types_and_direct_are_the_company_and_the_bridge_leads_from_month_to_month(told):
    _, _, connection = told
    company: Counter = Counter()
    for month, cents in connection.execute(
        "select month, contribution_margin_cents from marts.fct_partner_margin_monthly"
    ).fetchall():
        company[month] += cents
    by_type: Counter = Counter()
    for month, kind, cents in connection.execute(
        """
        select month, partner_type, contribution_margin_cents
        from marts.mart_margin_by_partner_type_monthly
        """
    ).fetchall():
        by_type[month, "company"] += cents
        by_type[month, kind] += cents
    assert {month: by_type[month, "company"] for month in company} == dict(company)
    bridge: Counter = Counter()
    for month, kind, cents in connection.execute(
        "select month, partner_type, delta_cents from marts.fct_margin_bridge_monthly"
    ).fetchall():
        bridge[month, kind] += cents
    months = months_from(min(company), AS_OF)
    kinds = {kind for _, kind in by_type}
    for before, month in pairwise(months):
        for kind in kinds:
            assert bridge[month, kind] == by_type[month, kind] - by_type[before, kind]


def test_what_became_of_every_invoice_is_what_the_rules_say(told):
    _, margin, connection = told
    found = {
        key: parts
        for key, *parts in connection.execute(
            """
            select invoice_id, collected_cents, open_cents, written_off_cents
            from money.int_margin__invoices
            """
        ).fetchall()
    }
    expected = {key: parts for key, (*parts, _) in margin.settled().items()}
    assert {key: found[key] for key in expected} == expected
    assert all(any(parts[place] for parts in expected.values()) for place in range(3))


def test_sums_differ_by_what_is_named_row_by_row_and_by_nothing_else(told):
    books, margin, connection = told
    named: Counter = Counter()
    invoices: Counter = Counter()
    reasons = set()
    for name, entity, entity_id, cents, reason in connection.execute(
        """
        select name, entity, entity_id, difference_cents, reason
        from marts.fct_reconciliation_difference
        """
    ).fetchall():
        named[name] += cents
        reasons.add(reason)
        assert entity != "sums", (name, cents)
        if entity == "invoices":
            invoices[entity_id] += cents
    differences = {
        name: cents
        for name, cents in connection.execute(
            "select name, difference_cents from marts.fct_reconciliation"
        ).fetchall()
        if cents
    }
    assert named == differences
    assert differences.keys() <= {"invoiced", "billed", "refunds_credits", "contribution_margin"}
    settled = margin.settled()
    assert {key: invoices[key] for key in settled} == {
        key: apart for key, (*_, apart) in settled.items()
    }
    assert len(reasons) >= 4
    lost = {
        row["line_id"]
        for row in books.rows["billing.invoice_lines"]
        if row["invoice_id"] not in margin.invoices
        and (margin.converted(row["amount"], row["currency"], None) or 0) > 0
        and (row["period_start"] is None or row["period_start"] <= AS_OF)
    }
    assert lost == {
        key
        for (key,) in connection.execute(
            """
            select entity_id from marts.fct_reconciliation_difference
            where name = 'invoiced' and entity = 'invoice_lines'
            """
        ).fetchall()
    }


def test_what_has_no_rate_is_named_and_in_no_sum(told):
    books, margin, connection = told
    found = connection.execute(
        "select entity, entity_id from marts.fct_unconverted_amount where entity = 'costs'"
    ).fetchall()
    assert {key for _, key in found} == {
        row["cost_id"]
        for row in books.rows["billing.costs"]
        if row["month"].replace(day=1) <= AS_OF
        and margin.converted(row["amount"], row["currency"], row["month"].replace(day=1)) is None
    }
    assert found


@pytest.mark.recorded
@pytest.mark.skipif(not RECORDED.is_dir(), reason="recorded data not present")
def test_sums_of_recorded_bills_agree_but_for_lines_whose_invoice_was_refused(
    scored, tmp_path_factory
):
    folder = tmp_path_factory.mktemp("recorded")
    landed = [
        land_entity(contract, RECORDED, folder / "store")
        for contract in load_contracts().values()
        if contract.system in ("billing", "crm")
    ]
    path = folder / scored.name
    with duckdb.connect(str(path)) as connection:
        mount(connection, landed, Run(date(2017, 12, 31), run_id="recorded"))
    build_alike(scored, path, wanted=("fct_reconciliation_difference",))
    with duckdb.connect(str(path), read_only=True) as connection:
        lines = connection.execute(
            "select count(*), sum(amount_cents) from staging.stg_billing__invoice_lines"
        ).fetchone()
        assert lines == (541_909, 974_774_793)
        sums = {
            name: (left, difference)
            for name, left, difference in connection.execute(
                "select name, left_cents, difference_cents from marts.fct_reconciliation"
            ).fetchall()
        }
        reasons = connection.execute(
            """
            select name, reason, count(*), sum(difference_cents)
            from marts.fct_reconciliation_difference group by all
            """
        ).fetchall()
    assert sums["won_linear"] == (1_000_553_400, 0)
    assert sums["billed"][0] + sums["refunds_credits"][0] == 974_774_793
    assert {name for name, (_, difference) in sums.items() if difference} == {"invoiced"}
    assert reasons == [("invoiced", "its invoice is unknown", 132_220, sums["invoiced"][1])]
