"""A build with nothing in it, and the ways to put an extract or a mart before an audit."""

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from expectations.runner import CheckResult, audit
from expectations.suites import Stage, load_suites
from orchestration.landing import Run, mount
from warehouse.contracts import load_contracts
from warehouse.settings import DBT_PROJECT

AS_OF = date(2026, 7, 5)

Extract = Callable[..., None]
Judge = Callable[..., dict[str, CheckResult]]


@pytest.fixture(scope="session")
def empty_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mounted build without extracts, as of a Sunday, with empty marts."""
    path = tmp_path_factory.mktemp("build") / "empty.duckdb"
    with duckdb.connect(path) as connection:
        mount(connection, [], Run(AS_OF, run_id="run-1"))
        create_marts(connection)
    return path


@pytest.fixture
def build(empty_build: Path, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the empty build to fill."""
    with duckdb.connect(shutil.copy(empty_build, tmp_path / "build.duckdb")) as connection:
        yield connection


@pytest.fixture
def extract(build: duckdb.DuckDBPyConnection) -> Extract:
    """Puts an extract into the build: `rows` rows of a select over `i`, and what was counted."""

    def put(
        name: str,
        select: str | None = None,
        *,
        rows: int,
        refused: int = 0,
        orphaned: int = 0,
        path: str | None = None,
        content: str = "now",
    ) -> None:
        contract = load_contracts()[name]
        relation = f"raw.{contract.relation}"
        if contract.load != "append_by_file":
            kept = f"raw.kept_{contract.relation}"
            values = select or f"i::varchar as {contract.columns[0].name}"
            build.execute(f"create or replace table {kept} as from {relation} limit 0")
            build.execute(f"insert into {kept} by name select {values} from range({rows}) t(i)")
            build.execute(f"create or replace view {relation} as from {kept}")
        entity = [contract.system, contract.entity]
        file = path or f"{name.replace('.', '/')}.csv"
        freshness = contract.freshness.columns[-1] if contract.freshness else None
        build.execute(
            """
            update quality.entities
            set is_present = true, files = 1, rows_in = ?, rows_accepted = ?, rows_refused = ?,
                rows_orphaned = ?, freshness_column = ?
            where system = ? and entity = ?
            """,
            [rows + refused, rows, refused, orphaned, freshness, *entity],
        )
        build.execute(
            "insert into quality.loads by name select ? as system, ? as entity, ? as path,"
            " ? as content_hash, ? as rows_in, ? as rows_accepted, ? as rows_refused,"
            " 'landed' as state",
            [*entity, file, content, rows + refused, rows, refused],
        )

    return put


@pytest.fixture
def judge(
    build: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Judge:
    """Runs an audit, of one dataset where `only` names it; its results by dataset and check."""

    def run(stage: Stage, only: str | None = None, **given: Any) -> dict[str, CheckResult]:
        if only is not None:
            chosen = {only: load_suites(stage)[only]}
            monkeypatch.setattr("expectations.runner.load_suites", lambda _: chosen)
        results = audit(stage, build, docs_dir=tmp_path / "quality", **given)
        return {f"{each.dataset}: {each.check_name}": each for each in results}

    return run


def create_marts(connection: duckdb.DuckDBPyConnection) -> None:
    """Empty marts of the columns that the dbt project promises, and the policy they are read by."""
    connection.execute("create schema marts")
    connection.execute("create schema policy")
    connection.execute("create table policy.metrics (metric_key varchar, unit varchar)")
    connection.execute("create table policy.settings (setting varchar, value varchar)")
    connection.execute("insert into policy.settings values ('score_maximum', '5')")
    for path in sorted((DBT_PROJECT / "models" / "marts").glob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            columns = ", ".join(f"{each['name']} {each['data_type']}" for each in model["columns"])
            connection.execute(f"create table marts.{model['name']} ({columns})")
