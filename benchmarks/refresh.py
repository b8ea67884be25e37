"""What a refresh costs over its SQL: `python -m benchmarks.refresh [--partners N --weeks N]`.

Refreshes a simulated company, by default the default one, twice into a fresh home, the second time
with every file landed again, and says where its seconds go. Then runs the SQL that dbt compiled, in
dependency order in one bare DuckDB process over the same raw relations, and prints the difference.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from orchestration import dbt_workspace
from seeds.simulate import simulate
from warehouse.connections import BUILD_FILE, open_for_build
from warehouse.settings import Settings

AS_OF = date(2026, 11, 19)
BUILT = ("marts", "operations", "money", "metrics", "staging")
AIM_SECONDS = 25


def main(partners: int = 120, weeks: int = 156) -> None:
    """Measure and print; the sizes are those of the simulated company."""
    with TemporaryDirectory(prefix="scorecards-benchmark-") as folder:
        settings = Settings(home=Path(folder) / "home", extracts=Path(folder) / "extracts")
        simulate(settings.extracts, until=AS_OF, partners=partners, weeks=weeks)
        first = sum(refresh(settings).values())
        stages = refresh(settings, "--full")
        bare = sum(compiled_sql(settings, Path(folder) / "bare").values())
    total = sum(stages.values())
    for stage, seconds in stages.items():
        print(f"{stage:<20}{seconds:>7.1f} s")
    print(f"{'Whole refresh':<20}{total:>7.1f} s  (the first one of a home: {first:.1f} s)")
    print(f"{'Its SQL, bare':<20}{bare:>7.1f} s")
    print(f"{'Overhead':<20}{total - bare:>7.1f} s  (aim: under {AIM_SECONDS} s)")
    print(f"{'Refresh ÷ SQL':<20}{total / bare:>7.1f}")


def refresh(settings: Settings, *options: str) -> dict[str, float]:
    """Seconds of each stage of one refresh by the command, its start and its end included."""
    began = time.monotonic()
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", "from orchestration.command import main; main()"),
            *("refresh", "--home", str(settings.home), "--extracts", str(settings.extracts)),
            *("--as-of", AS_OF.isoformat(), *options),
        ],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    if process.stderr is None:
        raise RuntimeError("no pipe to read the stages from")
    stages: dict[str, float] = {}
    stage, said = "Start", []
    for line in process.stderr:
        said.append(line)
        now = time.monotonic()
        if begun := re.match(r"(.*): begins$", line):
            stages[stage], began, stage = now - began, now, begun[1]
    if process.wait() != 0:
        raise RuntimeError("".join(said))
    stages[stage] = time.monotonic() - began
    return stages


def compiled_sql(settings: Settings, folder: Path) -> dict[str, float]:
    """Seconds that each compiled model takes in one DuckDB process, nothing around them.

    Runs over the raw relations and seeds of the last build, which is kept until the next one.
    """
    [build] = settings.builds.glob(f"*-*/{BUILD_FILE}")
    database = folder / BUILD_FILE
    database.parent.mkdir()
    shutil.copy(build, database)
    models = _models_in_order(settings)
    with open_for_build(database) as connection:
        for schema in BUILT:
            connection.execute(f"drop schema {schema} cascade")
            connection.execute(f"create schema {schema}")
        seconds = {}
        for kind, relation, sql in models:
            began = time.monotonic()
            connection.execute(f"create {kind} {relation} as {sql}")
            seconds[relation] = time.monotonic() - began
        return seconds


def _models_in_order(settings: Settings) -> list[tuple[str, str, str]]:
    workspace = dbt_workspace.folder(settings)
    manifest = json.loads((workspace / "manifest.json").read_text(encoding="utf-8"))
    compiled = dbt_workspace.target(settings) / "compiled" / "partner_scorecards"
    ordered: dict[str, tuple[str, str, str]] = {}

    def visit(name: str) -> None:
        node = manifest["nodes"].get(name)
        if node is None or node["resource_type"] != "model" or name in ordered:
            return
        for parent in sorted(node["depends_on"]["nodes"]):
            visit(parent)
        sql = (compiled / node["original_file_path"]).read_text(encoding="utf-8")
        ordered[name] = (
            node["config"]["materialized"],
            f"{node['schema']}.{node['name']}",
            sql,
        )

    for name in sorted(manifest["nodes"]):
        visit(name)
    return list(ordered.values())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--partners", type=int, default=120)
    parser.add_argument("--weeks", type=int, default=156)
    main(**vars(parser.parse_args()))
