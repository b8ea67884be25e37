"""The folder under home in which dbt runs: our project, and beside it the policy as its seeds.

dbt gets a copy and not the policy's own path, because dbt 1.11 writes the SQL it runs for a seed
to `target/run/<project>/<path of the seed>`: with an absolute path, over the policy itself.

    <home>/warehouse/dbt/
      dbt_project/       our dbt project, as it is
      seeds/policy/      the policy of this refresh
      target/            dbt's own; partial_parse.msgpack spares it the parsing
      manifest.json      of the project as last parsed, for Dagster's graph
      manifest.key       what that manifest was parsed from
      dbt                the dbt executable: dbt_child.py under our Python
"""

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock

from orchestration import dbt_child
from warehouse.files import write_atomically
from warehouse.identity import hash_of_files
from warehouse.settings import DBT_PROJECT, Settings

_NOT_PROJECT = {"target", "logs", ".user.yml"}
"""Not copied: what dbt writes."""


class DbtParseError(Exception):
    """dbt could not parse the project with this policy."""


def folder(settings: Settings) -> Path:
    """The workspace of one home."""
    return settings.warehouse / "dbt"


def target(settings: Settings) -> Path:
    """dbt's target and log folder."""
    return folder(settings) / "target"


def executable(settings: Settings) -> Path:
    """The dbt to start: it does not outlive the process that started it."""
    return folder(settings) / "dbt"


@contextmanager
def workspace_lock(settings: Settings) -> Iterator[None]:
    """Hold the workspace: whoever parses waits for a build under way, and the other way round."""
    folder(settings).mkdir(parents=True, exist_ok=True)
    with FileLock(folder(settings).resolve() / "lock", is_singleton=True, thread_local=False):
        yield


def prepare(settings: Settings) -> dict[str, Any]:
    """Bring the workspace up to date and return dbt's manifest, parsed only if anything changed.

    Raises DbtParseError, in one line, where dbt refuses the project.
    """
    with workspace_lock(settings):
        assemble(settings.policy, folder(settings))
        manifest, key = folder(settings) / "manifest.json", folder(settings) / "manifest.key"
        expected = _manifest_key(folder(settings))
        if not (manifest.exists() and key.exists() and key.read_text("utf-8") == expected):
            _parse(settings)
            key.unlink(missing_ok=True)
            shutil.move(target(settings) / "manifest.json", manifest)
            write_atomically(key, expected)
        return dict(json.loads(manifest.read_bytes()))


def assemble(policy: Path, workspace: Path) -> None:
    """Make `workspace` hold our dbt project, this policy as its seeds, and the dbt to start."""
    _mirror(_project_files(), DBT_PROJECT, workspace / "dbt_project")
    _mirror(sorted(policy.glob("*.csv")), policy, workspace / "seeds" / "policy")
    launcher = workspace / "dbt"
    command = shlex.join([sys.executable, "-P", str(Path(dbt_child.__file__).resolve())])
    write_atomically(launcher, f'#!/bin/sh\nexec {command} "$@"\n')
    launcher.chmod(0o755)


def _project_files() -> list[Path]:
    return sorted(
        path
        for path in DBT_PROJECT.rglob("*")
        if path.is_file() and path.relative_to(DBT_PROJECT).parts[0] not in _NOT_PROJECT
    )


def _mirror(paths: list[Path], root: Path, copy: Path) -> None:
    """Make `copy` hold exactly these files of `root`; unchanged ones are left alone."""
    wanted = {copy / path.relative_to(root): path for path in paths}
    for stray in sorted(set(copy.rglob("*")) - set(wanted)):
        if stray.is_file():
            stray.unlink()
    for place, path in wanted.items():
        content = path.read_bytes()
        if not place.exists() or place.read_bytes() != content:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)


def _manifest_key(workspace: Path) -> str:
    """What shapes the graph: the project, and which policy files there are with which columns."""
    project = workspace / "dbt_project"
    digest = hashlib.sha256(
        hash_of_files(filter(Path.is_file, project.rglob("*")), project).encode()
    )
    for seed in sorted((workspace / "seeds" / "policy").glob("*.csv")):
        with seed.open("rb") as content:
            digest.update(f"{seed.name}\0".encode() + content.readline())
    return digest.hexdigest()


def _parse(settings: Settings) -> None:
    project = folder(settings) / "dbt_project"
    completed = subprocess.run(
        [executable(settings), "--quiet", "parse"],
        cwd=project,
        env=os.environ
        | {
            "DBT_PROFILES_DIR": str(project),
            "DBT_TARGET_PATH": str(target(settings)),
            "DBT_LOG_PATH": str(target(settings)),
            dbt_child.PARENT: str(os.getpid()),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if completed.returncode:
        said = " ".join((completed.stdout + completed.stderr).split())
        raise DbtParseError(f"{settings.policy}: dbt cannot parse the project: {said}")
