"""The DuckDB types of raw, by the contract's column types (spec 1, Sources)."""

from warehouse.contracts import Contract

RAW_TYPES = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "date": "DATE",
    "ts": "TIMESTAMP",
    "money": "DECIMAL(18,3)",
    "price": "DECIMAL(18,8)",
    "rate": "DECIMAL(18,9)",
    "num": "DECIMAL(28,9)",
    "int": "BIGINT",
    "bool": "BOOLEAN",
}

SCALES = {"money": 3, "price": 8, "rate": 9, "num": 9}
"""Decimals kept of each decimal type."""

QUARANTINE_COLUMNS = {
    "_file": "VARCHAR",
    "_record": "BIGINT",
    "reasons": "VARCHAR",
    "row_json": "VARCHAR",
}


def raw_columns(contract: Contract) -> dict[str, str]:
    """DuckDB type by column of `raw.<system>__<entity>`, without the vendor's extra columns."""
    return {column.name: RAW_TYPES[column.type] for column in contract.columns} | {
        "_file": "VARCHAR",
        "_record": "BIGINT",
    }


def identifier(name: str) -> str:
    """`name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """`text` as a quoted SQL string."""
    return "'" + text.replace("'", "''") + "'"
