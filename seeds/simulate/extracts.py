"""From frames to files: each entity in the format its system would export, written atomically."""

import gzip
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from seeds.simulate.draws import MINOR_DIGITS
from warehouse.contracts import Contract


@dataclass(frozen=True)
class Layout:
    """How an entity is exported: format, one file or one a year of `yearly`, and its quirks."""

    ending: str
    yearly: str | None = None
    delimiter: str = ","
    has_bom: bool = False
    has_iso_timestamps: bool = False


LAYOUTS = {
    "crm.partners": Layout("csv", has_bom=True),
    "crm.accounts": Layout("csv.gz"),
    "crm.opportunities": Layout("csv", yearly="created_at"),
    "crm.opportunity_touches": Layout("csv.gz", yearly="touched_at", has_iso_timestamps=True),
    "crm.deal_registrations": Layout("jsonl", has_iso_timestamps=True),
    "crm.registration_events": Layout("csv", has_iso_timestamps=True),
    "crm.contracts": Layout("csv", delimiter=";"),
    "crm.mdf_requests": Layout("csv", delimiter=";"),
    "crm.certifications": Layout("parquet"),
    "crm.surveys": Layout("jsonl.gz", yearly="responded_at", has_iso_timestamps=True),
    "crm.enablement_activity": Layout("csv.gz", yearly="occurred_at", has_iso_timestamps=True),
    "crm.implementations": Layout("csv", delimiter=";"),
    "crm.security_assessments": Layout("csv", delimiter="\t"),
    "crm.business_reviews": Layout("csv", has_iso_timestamps=True),
    "crm.review_items": Layout("jsonl"),
    "crm.onboardings": Layout("csv", delimiter=";"),
    "billing.subscriptions": Layout("parquet"),
    "billing.subscription_changes": Layout("csv"),
    "billing.invoices": Layout("parquet", yearly="issued_on"),
    "billing.invoice_lines": Layout("parquet", yearly="period_start"),
    "billing.payouts": Layout("csv", yearly="paid_on"),
    "billing.costs": Layout("csv.gz", yearly="month"),
    "billing.price_book": Layout("csv"),
    "billing.fx_rates": Layout("csv"),
    "support.tickets": Layout("jsonl.gz", yearly="opened_at", has_iso_timestamps=True),
    "support.incidents": Layout("csv", delimiter="|"),
    "telemetry.integrations": Layout("jsonl"),
    "telemetry.installs": Layout("parquet"),
    "telemetry.access_grants": Layout("csv.gz"),
    "telemetry.audit_events": Layout("parquet", yearly="occurred_at"),
    "telemetry.certification_runs": Layout("jsonl.gz", has_iso_timestamps=True),
    "telemetry.enforcement_actions": Layout("csv", has_iso_timestamps=True),
}
DEFAULT_LAYOUT = Layout("csv")

ARROW_TYPES = {
    "id": pa.string(),
    "text": pa.string(),
    "date": pa.date32(),
    "ts": pa.timestamp("us"),
    "money": pa.decimal128(18, 3),
    "price": pa.decimal128(18, 8),
    "rate": pa.decimal128(18, 9),
    "num": pa.decimal128(28, 9),
    "int": pa.int64(),
    "bool": pa.bool_(),
}


def first_record(layout: Layout) -> int:
    """The number of a file's first row: a header, where there is one, is record 1."""
    return 2 if layout.ending.startswith("csv") else 1


def as_text(frame: pd.DataFrame, contract: Contract, layout: Layout) -> pa.Table:
    """The contract's columns that the frame has, in contract order, each as its export text."""
    columns = {}
    for column in contract.columns:
        if column.name not in frame:
            continue
        values = pa.Array.from_pandas(frame[column.name])
        match column.type:
            case "id" | "text":
                text = values.cast(pa.string())
            case "date":
                text = values.cast(pa.date32()).cast(pa.string())
            case "ts":
                text = timestamp_text(values, is_iso=layout.has_iso_timestamps)
            case "money":
                text = money_text(frame[column.name], frame["currency"])
            case "int" | "bool":
                text = values.cast(pa.string())
            case "price":
                text = decimal_text(values, 8)
            case "rate" | "num":
                text = decimal_text(values, 9)
        columns[column.name] = text
    return pa.table(columns)


def timestamp_text(values: pa.Array, *, is_iso: bool) -> pa.Array:
    """Seconds as `2026-11-20 09:30:00`, or as `2026-11-20T09:30:00Z`."""
    text = values.cast(pa.timestamp("s")).cast(pa.string())
    if not is_iso:
        return text
    return pc.binary_join_element_wise(pc.utf8_replace_slice(text, 10, 11, "T"), "Z", "")


def decimal_text(values: pa.Array, places: int) -> pa.Array:
    """Numbers as plain decimals, never as powers of ten, without idle zeros."""
    exact = pc.round(values, places).cast(pa.decimal128(28, places), safe=False).cast(pa.string())
    return pc.utf8_rtrim(pc.utf8_rtrim(exact, "0"), ".")


def money_text(minor: pd.Series, currency: pd.Series) -> pa.Array:
    """Minor units as a decimal of the currency: 1234 is 12.34 in USD, 1234 in JPY, 1.234 in KWD."""
    digits = currency.map(MINOR_DIGITS).to_numpy().astype(np.int64)
    missing = minor.isna().to_numpy()
    units = minor.fillna(0).to_numpy().astype(np.int64)
    whole, rest = np.divmod(np.abs(units), 10**digits)
    sign = np.where(units < 0, "-", "")
    text = pc.binary_join_element_wise(
        pa.array(sign, pa.string()), pa.array(whole).cast(pa.string()), ""
    )
    for places in sorted(set(digits.tolist()) - {0}):
        fraction = pc.utf8_lpad(pa.array(rest).cast(pa.string()), places, "0")
        text = pc.if_else(
            pa.array(digits == places), pc.binary_join_element_wise(text, fraction, "."), text
        )
    return pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), text)


def as_typed(text: pa.Table, contract: Contract, kinds: frozenset[str] | None = None) -> pa.Table:
    """The same table with its columns typed; only those of `kinds` where that is given."""
    columns = {}
    for name in text.column_names:
        kind = contract.column(name).type
        wanted = kinds is None or kind in kinds
        columns[name] = text[name].cast(ARROW_TYPES[kind]) if wanted else text[name]
    return pa.table(columns)


def write_table(path: Path, text: pa.Table, contract: Contract, layout: Layout) -> None:
    """One file of an entity, in its layout."""
    with replacing(path) as partial:
        if layout.ending == "parquet":
            write_parquet(partial, as_typed(text, contract))
            return
        if layout.ending.startswith("jsonl"):
            content = _json_lines(as_typed(text, contract, frozenset({"int", "bool"})), partial)
        else:
            content = _csv(text, layout)
        if layout.ending.endswith(".gz"):
            content = _gzipped(content)
        partial.write_bytes(content)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place once it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    yield partial
    os.replace(partial, path)  # noqa: PTH105 - Path.replace says the same


def write_parquet(path: Path, table: pa.Table) -> None:
    """Parquet whose bytes depend on the rows alone."""
    pq.write_table(table, path, compression="zstd", store_schema=False)


def _csv(text: pa.Table, layout: Layout) -> bytes:
    buffer = io.BytesIO()
    if layout.has_bom:
        buffer.write(b"\xef\xbb\xbf")
    buffer.write((layout.delimiter.join(text.column_names) + "\n").encode())
    options = pyarrow.csv.WriteOptions(
        include_header=False, delimiter=layout.delimiter, quoting_style="needed"
    )
    pyarrow.csv.write_csv(text, buffer, options)
    return buffer.getvalue()


def _json_lines(table: pa.Table, beside: Path) -> bytes:
    scratch = beside.with_name(f"{beside.name}.json")
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        connection.register("lines", table)
        connection.execute(f"copy (from lines) to '{scratch}' (format json)")
    content = scratch.read_bytes()
    scratch.unlink()
    return content


def _gzipped(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, compresslevel=6, mtime=0) as packed:
        packed.write(content)
    return buffer.getvalue()
