import gzip
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.landing import Landed, Run, land_entity, mount
from warehouse.contracts import load_contracts


@dataclass(frozen=True)
class Desk:
    """An extracts folder and a store to land it in."""

    extracts: Path
    store: Path

    def write(self, path: str, content: str | bytes) -> Path:
        """Put a file into the extracts; `.gz` names are packed."""
        file = self.extracts / path
        file.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        file.write_bytes(gzip.compress(data, mtime=0) if path.endswith(".gz") else data)
        return file

    def write_parquet(self, path: str, query: str) -> Path:
        """Put the rows of a query into the extracts as Parquet."""
        file = self.extracts / path
        file.parent.mkdir(parents=True, exist_ok=True)
        duckdb.connect().execute(f"copy ({query}) to '{file}' (format parquet)")
        return file

    def land(self, name: str) -> Landed:
        """Land one entity."""
        return land_entity(load_contracts()[name], self.extracts, self.store)

    def build(self, as_of: date = date(2026, 11, 20)) -> Callable[[str], list[Any]]:
        """Land and mount everything; a function that runs SQL on it."""
        connection = duckdb.connect()
        mount(connection, [self.land(name) for name in load_contracts()], Run(as_of))
        return lambda query: connection.execute(query).fetchall()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "extracts", tmp_path / "store")
