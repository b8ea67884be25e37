"""dbt on a build database, parsing the project once for as many databases as a test run has."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from warehouse.settings import DBT_PROJECT

_KEPT = tempfile.TemporaryDirectory(prefix="dbt-")
_PLACE = Path(_KEPT.name)
"""dbt parses anew for a database at another path, so in one process all have the same one."""

_PARSED = "partial_parse.msgpack"


def dbt(path: Path, *arguments: str) -> None:
    """Run dbt on the build database at `path`; AssertionError with its words where it fails."""
    here, target = _PLACE / "here", path.parent / "target"
    here.unlink(missing_ok=True)
    here.symlink_to(path.parent, target_is_directory=True)
    target.mkdir(exist_ok=True)
    parsed = _PLACE / _PARSED
    if parsed.exists():
        shutil.copy(parsed, target / _PARSED)
    done = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", "--quiet", *arguments, "--profiles-dir", "."],
        cwd=DBT_PROJECT,
        env=os.environ
        | {
            "DBT_DUCKDB_PATH": str(here / path.name),
            "DBT_TARGET_PATH": str(target),
            "DBT_LOG_PATH": str(path.parent / "logs"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    shutil.copy(target / _PARSED, parsed)
