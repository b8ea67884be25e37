"""Rows to take away: CSV and XLSX in which text stays text."""

import io
from collections.abc import Mapping

import pandas as pd
from pandas.api.types import infer_dtype

from warehouse.exports import FORMULA

CSV_TYPE = "text/csv"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def neutralised(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with an apostrophe before every text, headers too, that a spreadsheet would run."""
    out = frame.copy()
    for column, values in frame.items():
        # By the values, not the dtype: dates and exact decimals come as objects too.
        if infer_dtype(values) in ("string", "mixed"):
            out[column] = _as_text(values.astype("string"))
    out.columns = pd.Index(_as_text(pd.Series(frame.columns, dtype="string")))
    return out


def _as_text(texts: "pd.Series[str]") -> "pd.Series[str]":
    runs = texts.str.contains(FORMULA, regex=True).fillna(value=False)
    return texts.mask(runs, "'" + texts)


def to_csv(frame: pd.DataFrame) -> bytes:
    """All rows as UTF-8 CSV with a byte-order mark, which spreadsheets need to read accents."""
    return neutralised(frame).to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def to_xlsx(tables: Mapping[str, pd.DataFrame]) -> bytes:
    """All rows, a sheet a table; texts are written as texts, never as formulas or links."""
    buffer = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with pd.ExcelWriter(
        buffer, engine="xlsxwriter", engine_kwargs={"options": options}
    ) as workbook:
        for name, table in tables.items():
            neutralised(table).to_excel(workbook, sheet_name=name, index=False, freeze_panes=(1, 0))
    return buffer.getvalue()
