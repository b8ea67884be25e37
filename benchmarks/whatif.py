"""What a what-if costs at any size: `python -m benchmarks.whatif [--partners N]`.

Publishes a small simulated company and multiplies its partners to the size asked for. Prints how
long it takes to load the rules once, and to score the portfolio again under other weights, gates
and bands; and, for the small company, what dbt takes to run the same models.
"""

import argparse
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from benchmarks.refresh import AS_OF, refresh
from orchestration import dbt_child, dbt_workspace
from seeds.simulate import simulate
from warehouse import whatif
from warehouse.connections import BUILD_FILE
from warehouse.policy.drafting import Draft, replaced_from
from warehouse.settings import Settings
from warehouse.snapshots import current

SIMULATED = 100
ROUNDS = 5
AIM_SECONDS = 0.5
EVER = date(2000, 1, 1)
OTHER: Mapping[str, tuple[str, Mapping[str, str], str, Mapping[str, str]]] = {
    "weights of one archetype": (
        "criterion_weights",
        {"archetype": "default"},
        "criterion",
        {"revenue_influence": "0.3", "security_posture": "0.3"},
    ),
    "a gate of one tier": (
        "tier_gates",
        {"tier": "gold"},
        "gate",
        {"weighted_score": "2.5"},
    ),
    "bands of one metric": (
        "rubric_bands",
        {"metric_key": "win_rate"},
        "score",
        {"3": "3.5"},
    ),
}
"""By what is other: the table, its rows, the column that names one, and what its number becomes."""
_NUMBER = {"criterion_weights": "weight", "tier_gates": "required", "rubric_bands": "score"}


def main(partners: int = 10_000) -> None:
    """Measure and print."""
    with TemporaryDirectory(prefix="scorecards-benchmark-") as folder:
        settings = Settings(home=Path(folder) / "home", extracts=Path(folder) / "extracts")
        simulate(settings.extracts, until=AS_OF, partners=SIMULATED)
        refresh(settings)
        version = current(settings)
        if version is None:
            raise RuntimeError("nothing was published")
        small = _seconds(whatif.load(version.path), next(iter(OTHER)))
        dbt = dbt_seconds(settings, Path(folder) / "dbt")
        large = Path(folder) / "large.duckdb"
        multiply(version.path, large, partners // SIMULATED)
        began = time.perf_counter()
        scoring = whatif.load(large)
        print(f"{'Load the rules, once':<32}{time.perf_counter() - began:>7.2f} s")
        for what in OTHER:
            seconds = _seconds(scoring, what)
            print(f"{f'Other {what}':<32}{seconds:>7.2f} s  (aim: under {AIM_SECONDS} s)")
        print(f"{f'{SIMULATED} partners, by dbt':<32}{dbt:>7.2f} s")
        print(f"{f'{SIMULATED} partners, in memory':<32}{small:>7.2f} s  (÷ {dbt / small:.0f})")


def changed(policy: Draft, what: str) -> Draft:
    """The table under other rules, whole."""
    table, of, column, numbers = OTHER[what]
    rows = [row for row in policy[table] if of.items() <= row.items()]
    other = [row | {_NUMBER[table]: numbers.get(row[column], row[_NUMBER[table]])} for row in rows]
    return {table: replaced_from(policy[table], of, other, EVER)}


def multiply(published: Path, large: Path, times: int) -> None:
    """Write a copy of a published file in which each partner stands `times` times."""
    with duckdb.connect(large) as connection:
        connection.execute(f"attach '{published}' as small (read_only)")
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'small'"
        ).fetchall()
        for schema, table in tables:
            connection.execute(f'create schema if not exists "{schema}"')
            relation = f'"{schema}"."{table}"'
            columns = {
                name for name, *_ in connection.execute(f"describe small.{relation}").fetchall()
            }
            copies = (
                "select * replace (right(partner_id, 5) || '.' || copy as partner_id) "
                f"from small.{relation}, range({times}) as copies (copy)"
                if "partner_id" in columns
                else f"select * from small.{relation}"
            )
            connection.execute(f"create table {relation} as {copies}")


def dbt_seconds(settings: Settings, folder: Path) -> float:
    """Seconds that dbt takes to run the models a what-if runs, over a copy of the last build."""
    [build] = settings.builds.glob(f"*-*/{BUILD_FILE}")
    folder.mkdir()
    shutil.copy(build, folder / BUILD_FILE)
    project = dbt_workspace.folder(settings) / "dbt_project"
    began = time.monotonic()
    subprocess.run(
        [dbt_workspace.executable(settings), "--quiet", "run", "--select", "tag:rescored"],
        cwd=project,
        env=os.environ
        | {
            "DBT_PROFILES_DIR": str(project),
            "DBT_DUCKDB_PATH": str(folder / BUILD_FILE),
            "DBT_TARGET_PATH": str(dbt_workspace.target(settings)),
            "DBT_LOG_PATH": str(folder),
            dbt_child.PARENT: str(os.getpid()),
        },
        check=True,
    )
    return time.monotonic() - began


def _seconds(scoring: whatif.Scoring, what: str) -> float:
    """The fastest of some rounds, from the change to the list of who moves."""
    changes = changed(scoring.policy, what)
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        whatif.movers(whatif.rescore(scoring, changes))
        times.append(time.perf_counter() - began)
    return min(times)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--partners", type=int, default=10_000)
    main(**vars(parser.parse_args()))
