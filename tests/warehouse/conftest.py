from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from postgresql_server import Server, serving

from warehouse.settings import Settings


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL of this test run's own."""
    with serving() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def new_ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Settings]:
    """Settings of installations whose ledgers, all on one kind of database, have no entry yet."""
    numbers = count()

    def settings() -> Settings:
        home = tmp_path / f"home-{next(numbers)}"
        if request.param == "sqlite":
            return Settings(home=home)
        server: Server = request.getfixturevalue("postgresql")
        return Settings(home=home, decisions_url=server.new_database())

    return settings


@pytest.fixture
def settings(new_ledger: Callable[[], Settings]) -> Settings:
    return new_ledger()
