"""What telemetry too large for one machine must not change: the numbers."""

from collections import Counter
from importlib.util import find_spec

import duckdb
import pytest

pytestmark = [
    pytest.mark.spark,
    pytest.mark.skipif(find_spec("pyspark") is None, reason="`make spark` installs it"),
]


@pytest.mark.parametrize("schema", ["policy", "staging", "metrics", "money", "operations", "marts"])
def test_spark_builds_the_very_rows_that_duckdb_builds(schema, reference, spark):
    relations = built(reference, schema)
    assert relations
    differences = {
        name: difference
        for name in relations
        if (difference := difference_of(reference, spark, f"{schema}.{name}"))
    }
    assert not differences


def built(reference: duckdb.DuckDBPyConnection, schema: str) -> list[str]:
    rows = reference.execute(
        "select table_name from information_schema.tables where table_schema = ? order by all",
        [schema],
    ).fetchall()
    return [name for (name,) in rows]


def difference_of(reference: duckdb.DuckDBPyConnection, spark, relation: str) -> dict[str, object]:
    """Columns that differ, or how many rows of which the other has none, and a first of each."""
    result = reference.execute(f"from {relation}")
    columns = [name for name, *_ in result.description]
    on_duckdb = Counter(result.fetchall())
    on_spark_table = spark.table(relation)
    if on_spark_table.columns != columns:
        return {"duckdb": columns, "spark": on_spark_table.columns}
    on_spark = Counter(map(tuple, on_spark_table.collect()))
    alone = {"duckdb": on_duckdb - on_spark, "spark": on_spark - on_duckdb}
    return {name: (rows.total(), next(iter(rows))) for name, rows in alone.items() if rows}
