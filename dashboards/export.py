"""Rows to take away: CSV and XLSX in which text stays text."""

import io
from collections.abc import Mapping

import pandas as pd

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What spreadsheets take for the start of a formula, full-width forms included."""

CSV_TYPE = "text/csv"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def neutralised(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with an apostrophe before every text a spreadsheet would run."""
    out = frame.copy()
    for column in out.columns:
        if pd.api.types.is_numeric_dtype(out[column]) or pd.api.types.is_datetime64_any_dtype(
            out[column]
        ):
            continue
        texts = out[column].astype("string")
        risky = texts.str.lstrip(" ").str.startswith(_FORMULA_STARTS).fillna(False)
        out[column] = texts.mask(risky, "'" + texts)
    return out


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
