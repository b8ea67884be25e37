import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from refreshing import AS_OF, PATIENCE, WEEK_BEFORE, Start, Undisturbed, exports, finish

from seeds.simulate import simulate


@pytest.fixture(scope="session")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small simulated company's extracts."""
    out = tmp_path_factory.mktemp("faults") / "extracts"
    simulate(out, partners=12, weeks=60, events=2000, until=AS_OF)
    return out


@pytest.fixture(scope="session")
def start(extracts: Path) -> Callable[[Path, date], subprocess.Popen[str]]:
    """Starts `scorecards refresh` into a home, its lines on one pipe, and does not wait."""

    def begin(home: Path, as_of: date) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [
                *(sys.executable, "-c", "from orchestration.command import main; main()"),
                *("refresh", "--home", str(home), "--extracts", str(extracts)),
                *("--as-of", as_of.isoformat()),
            ],
            env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return begin


@pytest.fixture(scope="session")
def undisturbed(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    finish(start(home, WEEK_BEFORE))
    kept = home.with_name("kept")
    shutil.copytree(home, kept, symlinks=True)
    before = exports(home)
    began = time.monotonic()
    process = start(home, AS_OF)
    assert process.stdout is not None
    seconds = {}
    for line in process.stdout:
        if line.endswith(": begins\n") and not seconds:
            seconds[""] = time.monotonic() - began
        if ended := re.match(r"(.*): .* in (\d+\.\d) s$", line):
            seconds[ended[1]] = float(ended[2])
    assert process.wait(PATIENCE) == 0
    return Undisturbed(kept, before, exports(home), seconds)
