"""Landing API calls against the same rollups run bare in DuckDB, on the same Parquet, in one run.

    python -m benchmarks.landing [--rows 100_000_000] [--days 28] [--partners 10_000]

Prints how much longer landing takes than the bare rollups, by the clock and in processor time
(which a busy machine sways less), its peak memory, and what one new day costs beside its share of
the whole. Each measurement runs in a process of its own.
"""

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from orchestration.landing import land_entity
from orchestration.landing.usage import rollup_queries
from warehouse.contracts import load_contracts

FIRST_DAY = date(2026, 10, 19)


def write_day(extracts: Path, day: date, rows: int, partners: int) -> None:
    """One Parquet file of `rows` calls spread over a day, partners, accounts and meters."""
    folder = extracts / "telemetry" / "api_usage"
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(
            f"""
            copy (
                select
                    'int-' || lpad((call // 7 % {partners})::varchar, 6, '0') as integration_id,
                    'acc-' || lpad(
                        (call // 7 % {partners} * 13 + h % 20)::varchar, 6, '0'
                    ) as account_id,
                    timestamp '{day}' + to_microseconds(call * 86400000000 // {rows})
                        as occurred_at,
                    '/v1/' || (h % 40) as endpoint,
                    ['read', 'write', 'search'][h % 3 + 1] as meter,
                    [200, 200, 200, 200, 200, 201, 204, 404, 429, 500][h // 11 % 10 + 1]::int
                        as status_code,
                    (5 + h // 13 % 100 * (h // 17 % 50))::double as latency_ms,
                    (h % 100000)::bigint as response_bytes,
                    (h % 5)::double as units
                from (
                    select range as call, (hash(range, '{day}') >> 8)::bigint as h
                    from range({rows})
                )
            ) to '{folder / f"{day}.parquet"}' (format parquet)
            """
        )


@dataclass(frozen=True)
class Cost:
    """What a measured piece of work took."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int

    def __str__(self) -> str:
        return (
            f"{self.seconds:8.1f} s   cpu {self.cpu_seconds:7.1f} s   "
            f"peak {self.peak_bytes / 1e9:.2f} GB"
        )


def roll_up(extracts: Path, out: Path) -> None:
    """The rollups as plain DuckDB, over every file at once."""
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        calls = f"read_parquet('{extracts}/telemetry/api_usage/*.parquet')"
        for rollup, query in rollup_queries(calls).items():
            connection.execute(
                f"copy ({query}) to '{out / rollup}.parquet' (format parquet, compression zstd)"
            )


def land(extracts: Path, store: Path) -> None:
    """Land whatever the store does not have yet."""
    landed = land_entity(load_contracts()["telemetry.api_usage"], extracts, store)
    if any(load.state == "refused" or load.rows_refused for load in landed.loads):
        raise RuntimeError("every call of the benchmark is sound")


def cost_of(work: Callable[[Path, Path], None], source: Path, target: Path) -> Cost:
    """What `work` takes in this process."""
    started, cpu_started = time.perf_counter(), time.process_time()
    work(source, target)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Cost(time.perf_counter() - started, time.process_time() - cpu_started, peak)


def measured(work: Callable[[Path, Path], None], source: Path, target: Path) -> Cost:
    """What `work` takes in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(cost_of, (work, source, target))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--partners", type=int, default=10_000)
    options = parser.parse_args()
    a_day = options.rows // options.days
    with tempfile.TemporaryDirectory() as folder:
        extracts, store, out = (Path(folder) / name for name in ("extracts", "store", "out"))
        out.mkdir()
        for day in range(options.days):
            write_day(extracts, FIRST_DAY + timedelta(days=day), a_day, options.partners)
        bare = measured(roll_up, extracts, out)
        landing = measured(land, extracts, store)
        again = measured(land, extracts, store)
        write_day(extracts, FIRST_DAY + timedelta(days=options.days), a_day, options.partners)
        new_day = measured(land, extracts, store)
    print(f"{a_day * options.days:,} calls in {options.days} files")
    print(f"bare rollups  {bare}")
    print(
        f"landing       {landing}   {landing.seconds / bare.seconds:.2f}x bare, "
        f"{landing.cpu_seconds / bare.cpu_seconds:.2f}x its cpu"
    )
    print(f"nothing new   {again}")
    day = (new_day.seconds - again.seconds) / (landing.seconds / options.days)
    day_cpu = (new_day.cpu_seconds - again.cpu_seconds) / (landing.cpu_seconds / options.days)
    print(f"one new day   {new_day}   {day:.2f}x a day's share, {day_cpu:.2f}x its cpu")


if __name__ == "__main__":
    main()
