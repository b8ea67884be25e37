"""A simulated company built twice from the same rows: by DuckDB, and by Spark in this process."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
import yaml

from orchestration.landing import Run, land_entity, mount
from seeds.simulate import simulate
from warehouse.contracts import load_contracts
from warehouse.settings import CHECKOUT, DBT_PROJECT

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

AS_OF = date(2026, 11, 20)
BUILD = ["build", "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The company landed, mounted and built by DuckDB; read-only."""
    folder = tmp_path_factory.mktemp("duckdb")
    path = folder / "warehouse.duckdb"
    simulate(folder / "extracts", partners=14, weeks=70, events=3_000, until=AS_OF)
    landed = [
        land_entity(contract, folder / "extracts", folder / "store")
        for contract in load_contracts().values()
    ]
    with duckdb.connect(path) as connection:
        mount(connection, landed, Run(AS_OF, run_id="both engines", policy_hash="of both engines"))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "dbt.cli.main", *BUILD),
            *("--target", "duckdb", "--exclude-resource-type", "unit_test"),
        ],
        cwd=CHECKOUT,
        env=os.environ
        | {
            "DBT_DUCKDB_PATH": str(path),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    with duckdb.connect(path, read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        yield connection


@pytest.fixture(scope="session")
def spark(
    reference: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["SparkSession"]:
    """A Spark session of which the catalog holds the same sources, and all dbt built there."""
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("spark")
    session = _session(folder / "warehouse")
    _register_sources(session, reference, folder)
    with chdir(DBT_PROJECT):
        built = dbtRunner().invoke(
            [
                *BUILD,
                *("--target", "spark"),
                *("--target-path", str(folder / "target")),
                *("--log-path", str(folder / "logs")),
            ]
        )
    failed = [
        f"{result.node.name}: {result.message}"
        for result in getattr(built.result, "results", ())
        if result.status in ("error", "fail")
    ]
    assert built.success, "\n".join(failed) or built.exception
    yield session
    session.stop()


def _session(warehouse: Path) -> "SparkSession":
    """A small Spark on this machine; its catalog is gone with it."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 - only here after `make spark`

    profiles = yaml.safe_load((DBT_PROJECT / "profiles.yml").read_text(encoding="utf-8"))
    settings = profiles["partner_scorecards"]["outputs"]["spark"]["server_side_parameters"] | {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "2g",
        "spark.log.level": "ERROR",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.catalogImplementation": "in-memory",
        # Compiling Java for each query takes longer than to interpret it over a few thousand rows.
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(warehouse),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    return SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()


def _register_sources(
    session: "SparkSession", reference: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    """Everything mounted, as Parquet of the same name in Spark's catalog."""
    sources = reference.execute(
        "select table_schema, table_name from information_schema.tables "
        "where table_schema in ('raw', 'quality', 'programme')"
    ).fetchall()
    for schema, name in sources:
        path = folder / f"{schema}.{name}.parquet"
        reference.execute(f"copy (from {schema}.{name}) to '{path}' (format parquet)")
        session.sql(f"create schema if not exists {schema}")
        session.sql(f"create table {schema}.{name} using parquet location '{path}'")
