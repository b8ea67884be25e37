import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import dagster as dg
import pytest
from filelock import FileLock

from orchestration.definitions import load
from orchestration.environment import enter
from seeds.simulate import simulate
from warehouse.settings import Settings

LAST_DAY = date(2026, 11, 15)

Command = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Refreshed:
    """A company, the home it was refreshed into, and what the command said."""

    extracts: Path
    home: Path
    as_of: date
    completed: subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def scorecards() -> Command:
    """Runs the command in a process of its own, as a user would, and waits for it."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from orchestration.command import main; main()"]
            + [str(argument) for argument in arguments],
            env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def refreshed(scorecards: Command, tmp_path_factory: pytest.TempPathFactory) -> Refreshed:
    """A small simulated company published by the command; look, do not touch.

    Made by the worker that comes first, and shared by all of a test run.
    """
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "refreshed"
    shared.mkdir(exist_ok=True)
    extracts, home, told = shared / "extracts", shared / "home", shared / "completed.pickle"
    with FileLock(shared / "lock"):
        if not told.exists():
            simulate(extracts, partners=12, weeks=60, events=2000, until=LAST_DAY)
            given = ("--extracts", extracts, "--home", home, "--as-of", LAST_DAY)
            told.write_bytes(pickle.dumps(scorecards("refresh", *given)))
        completed: subprocess.CompletedProcess[str] = pickle.loads(told.read_bytes())
    return Refreshed(extracts, home, LAST_DAY, completed)


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """An installation of which nothing is there yet: no extract, no home."""
    folder = tmp_path_factory.mktemp("installation")
    before = dict(os.environ)
    yield enter(Settings(home=folder / "home", extracts=folder / "extracts"))
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def definitions(installation: Settings) -> dg.Definitions:
    """Everything Dagster is told of that installation."""
    return load(installation)
