import io
from datetime import datetime
from decimal import Decimal

import openpyxl
import pandas as pd
import pytest

from dashboards import export

FORMULAS = ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\uff1d1"]


def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe():
    frame = pd.DataFrame({"name": [*FORMULAS, "Cedar", None], "score": range(9)})
    shown = export.neutralised(frame)
    assert list(shown["name"][:7]) == ["'" + formula for formula in FORMULAS]
    assert shown["name"][7] == "Cedar"
    assert shown["name"].isna()[8]
    assert list(shown["score"]) == list(range(9))


@pytest.mark.parametrize("change", [-0.25, Decimal("-24609.22")])
def test_negative_numbers_stay_numbers(change):
    frame = pd.DataFrame({"change": pd.Series([change, None])})
    assert export.to_csv(frame).decode("utf-8-sig") == f'change\r\n{change}\r\n""\r\n'


def test_a_header_that_would_run_is_neutralised_too():
    assert b"'=cmd" in export.to_csv(pd.DataFrame({"=cmd": ["x"]}))


@pytest.mark.parametrize(
    "text", [*FORMULAS, "http://example.org", "Café \u200f\u05e9\u05dc\u05d5\u05dd"]
)
def test_a_workbook_holds_texts_as_texts(text):
    rows = pd.DataFrame({"name": [text], "at": [datetime(2026, 11, 9)], "score": [3.9]})
    book = openpyxl.load_workbook(io.BytesIO(export.to_xlsx({"scorecards": rows})))
    cell = book["scorecards"]["A2"]
    assert cell.data_type == "s"
    assert cell.hyperlink is None
    assert str(cell.value).lstrip("'") == text
    assert book["scorecards"]["C2"].value == 3.9
