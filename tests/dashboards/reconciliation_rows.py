"""Sums by two routes of a small invented company, beside `snapshot_factory`."""

from pathlib import Path

import duckdb

MARTS = """
create or replace table marts.fct_reconciliation (
    name varchar, position integer, description varchar, left_label varchar,
    right_label varchar, left_cents bigint, right_cents bigint, difference_cents bigint
);
create or replace table marts.fct_reconciliation_difference (
    name varchar, entity varchar, entity_id varchar, difference_cents bigint, reason varchar
);
"""
SUMS = (
    ("won_linear", "Won in CRM", "attributed + unattributed, linear", 841_230_000),
    ("invoiced", "Positive lines", "collected + open + written off + credits", 311_846_712),
    ("billed", "Billed", "billed by partner type + direct", 296_421_055),
)
BEHIND = {"invoiced": ("invoice_lines", "its invoice is unknown"), "billed": ("costs", "no rate")}


def add_reconciliation(path: Path, **differences: int | None) -> None:
    """Give a published file its sums; one named differs by so many cents, or cannot be told.

    A difference has two rows behind it, the larger one with an id that a spreadsheet would run.
    """
    with duckdb.connect(path) as connection:
        connection.execute(MARTS)
        for position, (name, left, right, cents) in enumerate(SUMS, start=1):
            off = differences.get(name, 0)
            other = None if off is None else cents - off
            connection.execute(
                "insert into marts.fct_reconciliation values (?, ?, ?, ?, ?, ?, ?, ?)",
                [name, position, f"What {name} means.", left, right, cents, other, off],
            )
            if off:
                entity, reason = BEHIND[name]
                for key, part in (("=L-1", off - 100), ("L-2", 100)):
                    connection.execute(
                        "insert into marts.fct_reconciliation_difference values (?, ?, ?, ?, ?)",
                        [name, entity, key, part, reason],
                    )
