import os
import pickle
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from itertools import count
from pathlib import Path

import pytest
from filelock import FileLock
from refreshing import (
    AS_OF,
    PATIENCE,
    WEEK_BEFORE,
    Start,
    Undisturbed,
    acknowledge_something,
    exports,
    finish,
    promote_somebody,
)
from warm import Warm

from orchestration.environment import current_build
from seeds.simulate import simulate
from warehouse.connections import BUILD_FILE
from warehouse.settings import Settings


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that every worker of this test run shares."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "faults"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def extracts(shared: Path) -> Path:
    """A small simulated company's extracts."""
    out = shared / "extracts"
    with FileLock(shared / "extracts.lock"):
        if not out.exists():
            simulate(out, partners=12, weeks=60, events=2000, until=AS_OF)
    return out


def refresh_of(extracts: Path, home: Path, as_of: date) -> list[str]:
    return [
        *("refresh", "--home", str(home), "--extracts", str(extracts)),
        *("--as-of", as_of.isoformat()),
    ]


@pytest.fixture(scope="session")
def start(extracts: Path) -> Callable[[Path, date], subprocess.Popen[str]]:
    """Starts `scorecards refresh` into a home, its lines on one pipe, and does not wait."""

    def begin(home: Path, as_of: date) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [
                *(sys.executable, "-c", "from orchestration.command import main; main()"),
                *refresh_of(extracts, home, as_of),
            ],
            env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return begin


@pytest.fixture(scope="session")
def start_warm(
    extracts: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Path, date], Warm]:
    """Does the same from a server that has the imports behind it."""
    pipes, number = tmp_path_factory.mktemp("pipes"), count()

    def begin(home: Path, as_of: date) -> Warm:
        return Warm(refresh_of(extracts, home, as_of), pipes / str(next(number)))

    return begin


@pytest.fixture(scope="session")
def undisturbed(start_warm: Start, shared: Path) -> Undisturbed:
    """Made by the worker that comes first."""
    told = shared / "undisturbed.pickle"
    with FileLock(shared / "undisturbed.lock"):
        if not told.exists():
            told.write_bytes(pickle.dumps(_refresh_undisturbed(start_warm, shared / "home")))
        made: Undisturbed = pickle.loads(told.read_bytes())
    return made


def _refresh_undisturbed(start: Start, home: Path) -> Undisturbed:
    finish(start(home, WEEK_BEFORE))
    decided, judged = promote_somebody(home), acknowledge_something(home)
    kept = home.with_name("kept")
    shutil.copytree(home, kept, symlinks=True)
    before = exports(home)
    process = start(home, AS_OF)
    assert process.stdout is not None
    seconds = {}
    for line in process.stdout:
        if ended := re.match(r"(.*): .* in (\d+\.\d) s$", line):
            seconds[ended[1]] = float(ended[2])
    assert process.wait(PATIENCE) == 0
    build = current_build(Settings(home=home)).resolve() / BUILD_FILE
    return Undisturbed(kept, before, exports(home), seconds, build, decided, judged)
