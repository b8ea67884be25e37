"""The dbt project as a whole, over a warehouse into which nothing has been landed."""

from datetime import date

import duckdb
from running_dbt import dbt

from orchestration.landing import Run, mount


def test_every_model_builds_from_no_extracts_and_every_boundary_of_the_rules_holds(tmp_path):
    path = tmp_path / "scorecards.duckdb"
    with duckdb.connect(path) as connection:
        mount(connection, [], Run(date(2026, 6, 30), run_id="empty"))
    dbt(path, "build")
    with duckdb.connect(path, read_only=True) as connection:
        rows = connection.execute("select count(*) from marts.fct_attribution_outcome").fetchall()
    assert rows == [(0,)]
