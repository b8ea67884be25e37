import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from seeds.simulate import simulate

LAST_DAY = date(2026, 11, 15)


@pytest.fixture(scope="session")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small simulated company's extracts."""
    out = tmp_path_factory.mktemp("faults") / "extracts"
    simulate(out, partners=12, weeks=60, events=2000, until=LAST_DAY)
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
