import os
import subprocess
import sys
from pathlib import Path

from warehouse.settings import DBT_PROJECT


def dbt(path: Path, *arguments: str) -> None:
    """Run dbt on the build database at `path`; AssertionError with its words where it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", "--quiet", *arguments, "--profiles-dir", "."],
        cwd=DBT_PROJECT,
        env=os.environ
        | {
            "DBT_DUCKDB_PATH": str(path),
            "DBT_TARGET_PATH": str(path.parent / "target"),
            "DBT_LOG_PATH": str(path.parent / "logs"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
