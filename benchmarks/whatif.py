"""What a what-if costs at any size: `python -m benchmarks.whatif [--partners N]`.

Publishes a small simulated company, multiplies its partners to the size asked for, and prints how
long it takes to load the rules and to score everybody again under other weights, gates and bands,
beside what the same models take in a full dbt run over all of history.
"""

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pandas as pd

from benchmarks.refresh import AS_OF, refresh
from seeds.simulate import simulate
from warehouse import whatif
from warehouse.settings import Settings
from warehouse.snapshots import current

SIMULATED = 100
ROUNDS = 5
AIM_SECONDS = 0.5
CHANGES = {"weights": "criterion_weights", "gates": "tier_gates", "bands": "rubric_bands"}


def main(partners: int = 10_000) -> None:
    """Measure and print."""
    with TemporaryDirectory(prefix="scorecards-benchmark-") as folder:
        settings = Settings(home=Path(folder) / "home", extracts=Path(folder) / "extracts")
        simulate(settings.extracts, until=AS_OF, partners=SIMULATED)
        refresh(settings)
        version = current(settings)
        if version is None:
            raise RuntimeError("nothing was published")
        large = Path(folder) / "large.duckdb"
        multiply(version.path, large, partners // SIMULATED)
        began = time.perf_counter()
        scoring = whatif.load(large)
        print(f"{'Load, once a version':<28}{time.perf_counter() - began:>8.3f} s")
        for what, table in CHANGES.items():
            changes = {table: changed(scoring.policy[table])}
            seconds = min(_seconds(scoring, changes) for _ in range(ROUNDS))
            print(f"{f'Other {what}':<28}{seconds:>8.3f} s  (aim: under {AIM_SECONDS} s)")


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
                f"from small.{relation}, range({times}) as copies (copy) order by all"
                if "partner_id" in columns
                else f"select * from small.{relation}"
            )
            connection.execute(f"create table {relation} as {copies}")


def _seconds(scoring: whatif.Scoring, changes: dict[str, pd.DataFrame]) -> float:
    began = time.perf_counter()
    whatif.rescore(scoring, changes)
    return time.perf_counter() - began


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--partners", type=int, default=10_000)
    main(**vars(parser.parse_args()))
