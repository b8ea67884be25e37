import io

import openpyxl
import pandas as pd
import pytest
from reconciliation_rows import add_reconciliation

from dashboards import export
from dashboards.queries import money
from dashboards.queries.published import current_edition
from dashboards.reconciliation import banner, export_differences, with_reconciliation
from dashboards.shell import Takeaway
from warehouse.settings import Settings


@pytest.fixture
def edition_with(publish_scenario):
    def made(**differences):
        home = publish_scenario(partners=2)
        [path] = (home / "published").glob("*.duckdb")
        add_reconciliation(path, **differences)
        return current_edition(Settings(home=home))

    return made


def drawn(edition, *, is_open=False):
    return banner(
        money.reconciliation(edition), money.difference_reasons(edition), "USD", is_open=is_open
    )


def test_sums_that_agree_are_one_line_with_the_list_folded_away(edition_with):
    page = drawn(edition_with())
    assert "✓ agrees" in page[: page.index("<details>")]
    assert "3 sums, by two routes each, to the cent" in page
    assert "$8,412,300.00" in page[page.index("<details>") :]


def test_one_that_differs_is_in_sight_with_its_cents_and_what_is_behind_it(edition_with):
    page = drawn(edition_with(invoiced=1_240))
    seen = page[: page.index("<details>")]
    assert "! differs by $12.40</span> in 1 of 3 sums" in seen
    assert "$3,118,467.12" in seen
    assert "! $12.40" in seen
    assert "✓ $0.00" not in seen
    assert "2 invoice lines, $12.40: its invoice is unknown (=L-1, L-2)" in seen
    assert "Show 2 sums that agree" in page


def test_differences_of_different_sums_are_never_added_up(edition_with):
    page = drawn(edition_with(invoiced=1_240, billed=-300))
    assert "! differs by up to $12.40</span> in 2 of 3 sums" in page
    assert "\u2212$3.00" in page


def test_a_sum_that_cannot_be_told_is_no_agreement(edition_with):
    page = drawn(edition_with(invoiced=None), is_open=True)
    assert "– source missing" in page
    assert "2 sums, by two routes each, to the cent, 1 cannot be told" in page
    assert "tone-edge-watch" in page


def test_sums_of_nothing_agree_with_nothing(edition_with):
    edition = edition_with()
    rows = money.reconciliation(edition).assign(left_cents=0, right_cents=0)
    none = banner(rows, money.difference_reasons(edition), "USD", is_open=False)
    assert "– nothing to reconcile" in none
    assert "✓" not in none


def test_the_workbook_has_the_sums_second_and_what_is_behind_them_last(edition_with):
    edition = edition_with(invoiced=1_240)
    rows = pd.DataFrame({"partner": ["Cedar"]})
    taken = with_reconciliation(edition, Takeaway("stem", {"a": lambda: rows, "b": lambda: rows}))
    book = openpyxl.load_workbook(
        io.BytesIO(export.to_xlsx({name: make() for name, make in taken.tables.items()}))
    )
    assert book.sheetnames == ["a", "reconciliation", "b", "behind differences"]
    sums = [[cell.value for cell in row] for row in book["reconciliation"].rows]
    assert sums[0][2] == "Left, USD"
    assert sums[2][2:6:2] == [3118467.12, 3118454.72]
    behind = book["behind differences"]
    assert behind["C2"].data_type == "s"
    assert behind["C2"].value == "'=L-1"
    assert sum(row[3].value for row in list(behind.rows)[1:]) == 12.4


def test_as_csv_the_rows_behind_a_difference_run_nothing(edition_with):
    written = export.to_csv(export_differences(edition_with(invoiced=1_240)))
    assert b"invoiced,invoice_lines,'=L-1,11.40,its invoice is unknown" in written


def test_a_version_without_sums_exports_as_it_did(publish_scenario):
    edition = current_edition(Settings(home=publish_scenario(partners=2)))
    taken = Takeaway("stem", {"a": pd.DataFrame})
    assert with_reconciliation(edition, taken) is taken
