"""Rows nobody of us wrote come out with the totals their keeper names."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.landing import Run, land_entity, mount
from warehouse.contracts import load_contracts

RECORDED = Path(__file__).resolve().parents[4] / "shared" / "data" / "recorded"

pytestmark = [
    pytest.mark.recorded,
    pytest.mark.skipif(not RECORDED.is_dir(), reason="recorded data not present"),
]


@pytest.fixture(scope="module")
def query(tmp_path_factory):
    store = tmp_path_factory.mktemp("store")
    landed = [land_entity(contract, RECORDED, store) for contract in load_contracts().values()]
    connection = duckdb.connect()
    mount(connection, landed, Run(date(2017, 12, 31)))
    return lambda text: connection.execute(text).fetchall()


def test_every_file_lands(query):
    assert query("select state, count(*) from quality.loads group by state") == [("landed", 9)]


def test_opportunities_without_a_date_are_quarantined_and_those_without_an_account_stay(query):
    assert query(
        "select count(*), count(*) filter (is_won), sum(amount) filter (is_won)::varchar, "
        "count(*) filter (is_closed), count(*) filter (account_id is null) "
        "from raw.crm__opportunities"
    ) == [(8300, 4238, "10005534.000", 6711, 1088)]
    assert query(
        "select reasons, count(*) from quarantine.crm__opportunities group by reasons"
    ) == [("created_at is missing", 500)]


def test_invoice_lines_add_up_and_so_do_the_negative_ones(query):
    assert query(
        "select accepted_rows, accepted_total::varchar, negative_rows, negative_total::varchar, "
        "refused_rows from quality.control_totals where entity = 'invoice_lines'"
    ) == [(541909, "9747747.930", 9290, "-918936.610", 0)]
    assert query(
        "select kind, count(*) from raw.billing__invoice_lines where amount < 0 "
        "group by kind order by kind"
    ) == [("refund", 9288), ("subscription", 2)]
    assert query(
        "select count(*) from raw.billing__invoice_lines where kind = 'refund' and amount = 0"
    ) == [(1336,)]


def test_invoices_without_an_account_are_quarantined_with_what_they_were_worth(query):
    assert query(
        "select accepted_rows + refused_rows, refused_rows, refused_total::varchar "
        "from quality.control_totals where entity = 'invoices' and column_name = 'total'"
    ) == [(25900, 3710, "1447682.120")]


def test_tickets_answered_before_they_were_opened_are_quarantined(query):
    assert query(
        "select rows_in, rows_accepted, rows_refused from quality.entities where entity = 'tickets'"
    ) == [(890, 888, 2)]


def test_every_call_is_counted_with_its_status(query):
    assert query(
        "select sum(calls)::int, sum(server_errors)::int, sum(client_errors)::int "
        "from raw.telemetry__api_usage_daily"
    ) == [(10000, 3, 217)]


def test_what_is_not_recorded_is_absent_and_not_empty_handed(query):
    present = query("select entity from quality.entities where is_present order by entity")
    assert [name for (name,) in present] == [
        "accounts",
        "api_usage",
        "integrations",
        "invoice_lines",
        "invoices",
        "opportunities",
        "opportunity_touches",
        "partners",
        "tickets",
    ]
