"""One small company for everybody to look at, as written and as landed."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.landing import Run, land_entity, mount
from seeds.simulate import simulate
from seeds.simulate.verses.roles import WHOLE_CAST_FROM
from seeds.simulate.verses.standing import TELLING_WEEKS
from warehouse.contracts import load_contracts

UNTIL = date(2026, 11, 20)


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extracts of the smallest company with the whole cast, over seventy weeks."""
    folder = tmp_path_factory.mktemp("simulated") / "company"
    simulate(folder, partners=WHOLE_CAST_FROM, weeks=TELLING_WEEKS, events=2_000, until=UNTIL)
    return folder


@pytest.fixture(scope="session")
def truth(company: Path) -> Any:
    """Its truth.json."""
    return json.loads((company / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def landed(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build DuckDB over the landed company."""
    folder = tmp_path_factory.mktemp("landed")
    path = folder / "scorecards.duckdb"
    loads = [
        land_entity(contract, company, folder / "store") for contract in load_contracts().values()
    ]
    with duckdb.connect(path) as connection:
        mount(connection, loads, Run(UNTIL, run_id="simulated"))
    return path


@pytest.fixture
def raw(landed: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to it, read-only."""
    with duckdb.connect(landed, read_only=True) as connection:
        yield connection
