import csv
from collections.abc import Iterator
from pathlib import Path

import duckdb
import openpyxl
import pyarrow.parquet as pq
import pytest

from warehouse.connections import open_in_memory
from warehouse.exports import Format, NotExportableError, export_mart

HOSTILE = [
    "=HYPERLINK(1)",
    "+1",
    "-2",
    "@SUM(1)",
    "\tx",
    " =1+1",
    "＝1",
    "\r=1",
]
HARMLESS = ["Ünïcode, quoted", "<script>", "a=b", "a-b", "007", ""]


@pytest.fixture
def published() -> Iterator[duckdb.DuckDBPyConnection]:
    with open_in_memory() as connection:
        connection.execute(
            """
            create schema marts;
            create table marts.dim_partner (
                partner_id varchar, partner_name varchar, signed_on date, seen_at timestamp,
                is_strategic boolean, cents bigint, score decimal(28, 9)
            );
            create table marts.fct_other as select 1 as one;
            """
        )
        for position, name in enumerate(HOSTILE + HARMLESS):
            connection.execute(
                "insert into marts.dim_partner values "
                "(?, ?, '2026-01-31', '2026-01-31 12:30:00', true, -12, -1.5)",
                [f"{99 - position:02}", name],
            )
        connection.execute("insert into marts.dim_partner (partner_id) values ('00')")
        yield connection


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_a_spreadsheet_would_run_is_quoted_in_csv(
    published: duckdb.DuckDBPyConnection, tmp_path: Path, text: str
) -> None:
    assert f"'{text}" in names_in_csv(published, tmp_path)


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_is_exported_as_it_is(
    published: duckdb.DuckDBPyConnection, tmp_path: Path, text: str
) -> None:
    assert text in names_in_csv(published, tmp_path)


def test_a_negative_number_is_no_formula(
    published: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    export_mart(published, "dim_partner", "csv", tmp_path / "out.csv")
    row = list(csv.DictReader((tmp_path / "out.csv").open(encoding="utf-8", newline="")))[1]
    assert (row["cents"], row["score"]) == ("-12", "-1.500000000")
    assert (row["signed_on"], row["seen_at"]) == ("2026-01-31", "2026-01-31 12:30:00")


def test_a_sheet_holds_text_as_text_numbers_as_numbers_and_no_formula(
    published: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    rows = export_mart(published, "dim_partner", "xlsx", tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value is not None]
    assert rows == sheet.max_row - 1 == len(HOSTILE + HARMLESS) + 1
    assert {cell.data_type for cell in cells} == {"s", "n", "d", "b"}
    hostile = [cell for cell in cells if cell.value in HOSTILE]
    assert {cell.data_type for cell in hostile} == {"s"}
    assert all(cell.quotePrefix for cell in hostile)


def test_parquet_keeps_types_and_text(published: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    export_mart(published, "dim_partner", "parquet", tmp_path / "out.parquet")
    table = pq.read_table(tmp_path / "out.parquet")
    assert str(table.schema.field("score").type) == "decimal128(28, 9)"
    assert set(HOSTILE) < set(table.column("partner_name").to_pylist())


@pytest.mark.parametrize("file_format", ["csv", "parquet", "xlsx"])
def test_the_order_in_which_rows_were_written_does_not_show(
    published: duckdb.DuckDBPyConnection, tmp_path: Path, file_format: Format
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    export_mart(published, "dim_partner", file_format, first)
    published.execute(
        """
        create table marts.shuffled as from marts.dim_partner order by hash(partner_id);
        drop table marts.dim_partner;
        alter table marts.shuffled rename to dim_partner;
        """
    )
    export_mart(published, "dim_partner", file_format, second)
    assert first.read_bytes() == second.read_bytes()


def test_an_unknown_mart_is_refused_with_those_there_are(
    published: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    with pytest.raises(NotExportableError, match="nope: no such mart; there are dim_partner, fct"):
        export_mart(published, "nope", "csv", tmp_path / "out.csv")


def test_a_folder_that_is_not_there_is_refused_by_name(
    published: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    with pytest.raises(NotExportableError, match=r"no such folder to write out\.csv to"):
        export_mart(published, "dim_partner", "csv", tmp_path / "gone" / "out.csv")


def names_in_csv(published: duckdb.DuckDBPyConnection, folder: Path) -> set[str]:
    export_mart(published, "dim_partner", "csv", folder / "out.csv")
    with (folder / "out.csv").open(encoding="utf-8", newline="") as file:
        return {row["partner_name"] for row in csv.DictReader(file)}
