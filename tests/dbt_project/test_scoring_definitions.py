"""Definitions of metrics and scores on their edges: dbt's unit tests, in an empty warehouse."""

from pathlib import Path

from scored_company import dbt, load


def test_every_definition_holds_on_its_edges_and_an_empty_warehouse_builds(tmp_path: Path) -> None:
    path = tmp_path / "empty.duckdb"
    load(path, {})
    dbt(path, "build", "--select", "+path:models/metrics", "+path:models/marts")
