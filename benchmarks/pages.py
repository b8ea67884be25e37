"""What a page costs its server: `python -m benchmarks.pages [--partners N | --home DIR]`.

Serves a simulated company and opens its pages as a browser does, over the websocket, without
drawing them: a load is timed from the request until the server says that the page's script has
ended. Prints per page the first load of a fresh server and the later ones; then loads by many
people at once; then the server's memory as loads go on.
"""

import argparse
import asyncio
import os
import random
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.refresh import AS_OF, refresh
from dashboards.registry import load_pages
from dashboards.serve import streamlit_arguments, streamlit_environment
from seeds.simulate import simulate
from warehouse.settings import Settings
from warehouse.snapshots import open_version

WARM_LOADS = 20
PEOPLE = 30
PAUSE_SECONDS = 10
"""What a person looks at a page for, on average, before opening another."""
LOADS_A_PERSON = 6
LASTING_LOADS = 500
WARM_AIM, COLD_AIM, CROWD_AIM = 0.3, 1.0, 1.5


def main(partners: int = 10_000, home: Path | None = None) -> None:
    """Measure and print, over `home` where one is given, else over a company of `partners`."""
    with TemporaryDirectory(prefix="scorecards-benchmark-") as folder:
        settings = Settings(home=home or Path(folder) / "home", extracts=Path(folder) / "extracts")
        if home is None:
            simulate(settings.extracts, until=AS_OF, partners=partners)
            refresh(settings)
        queries = _queries(settings)
        _one_by_one(settings, queries)
        _together(settings, queries)
        _lasting(settings, queries)


def _queries(settings: Settings) -> dict[str, str]:
    """The address of every page, those of one thing with one that has most to show."""
    with open_version(settings) as connection:
        [(partner, deal)] = connection.execute(
            """
            select
                (
                    select max_by(partner_id, coalesce(won_sourced_cents, 0))
                    from marts.mart_scorecard_weekly
                ),
                (
                    select opportunity_id
                    from marts.fct_opportunity_touch
                    group by opportunity_id
                    order by count(*) desc, opportunity_id
                    limit 1
                )
            """
        ).fetchall()
    asked = {
        "partner": [{"partner": partner}, {"partner": partner, "tab": "score"}],
        "attribution": [{}, {"deal": deal}],
    }
    return {
        f"{page.path}{'?' if query else ''}{urlencode(query)}": urlencode(query)
        for page in load_pages()
        for query in asked.get(page.path, [{}])
    }


def _one_by_one(settings: Settings, queries: dict[str, str]) -> None:
    print(f"{'Page':<44}{'cold':>9}{'warm, median':>14}{'p95':>9}")
    colds, p95s = [], []
    for name, query in queries.items():
        with _server(settings) as (port, _):
            cold, *warm = asyncio.run(_loads(port, name.split("?")[0], query, 1 + WARM_LOADS))
        colds.append(cold)
        p95s.append(_percentile(warm, 95))
        print(
            f"{name[:42]:<44}{cold:>7.2f} s{_percentile(warm, 50) * 1000:>11.0f} ms"
            f"{p95s[-1] * 1000:>6.0f} ms"
        )
    print(f"Slowest: cold {max(colds):.2f} s (aim {COLD_AIM}), warm p95 {max(p95s):.2f} s", end="")
    print(f" (aim {WARM_AIM})")


def _together(settings: Settings, queries: dict[str, str]) -> None:
    with _server(settings) as (port, _):
        for name, query in queries.items():
            asyncio.run(_loads(port, name.split("?")[0], query, 1))
        seconds = asyncio.run(_crowd(port, list(queries)))
    print(
        f"{PEOPLE} people at once, a page every {PAUSE_SECONDS} s each: median "
        f"{_percentile(seconds, 50):.2f} s, p95 {_percentile(seconds, 95):.2f} s (aim {CROWD_AIM})"
    )


def _lasting(settings: Settings, queries: dict[str, str]) -> None:
    names = list(queries)
    with _server(settings) as (port, process):
        sizes = []
        for load in range(1, LASTING_LOADS + 1):
            path, _, query = names[load % len(names)].partition("?")
            asyncio.run(_loads(port, path, query, 1))
            if load % 100 == 0:
                sizes.append(process.memory_info().rss / 1e6)
    print(
        f"Memory every 100 loads, each in a session of its own: "
        f"{', '.join(f'{size:,.0f}' for size in sizes)} MB"
    )


async def _crowd(port: int, names: Sequence[str]) -> list[float]:
    order = random.Random(7)

    async def person(chosen: Sequence[str], pauses: Sequence[float]) -> list[float]:
        seconds = []
        async with _session(port) as connection:
            for name, pause in zip(chosen, pauses, strict=True):
                await asyncio.sleep(pause)
                path, _, query = name.partition("?")
                seconds.append(await _load(connection, path, query))
        return seconds

    people = [
        person(
            order.choices(names, k=LOADS_A_PERSON),
            [order.expovariate(1 / PAUSE_SECONDS) for _ in range(LOADS_A_PERSON)],
        )
        for _ in range(PEOPLE)
    ]
    return [seconds for each in await asyncio.gather(*people) for seconds in each]


async def _loads(port: int, path: str, query: str, times: int) -> list[float]:
    async with _session(port) as connection:
        return [await _load(connection, path, query) for _ in range(times)]


def _session(port: int) -> connect:
    return connect(
        f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=["streamlit"], max_size=None
    )


async def _load(connection: ClientConnection, path: str, query: str) -> float:
    """Seconds from the request to the end of the page's script."""
    asked = BackMsg()
    asked.rerun_script.page_name = path
    asked.rerun_script.query_string = query
    began = time.perf_counter()
    await connection.send(asked.SerializeToString())
    while True:
        told = ForwardMsg.FromString(await connection.recv())  # type: ignore[arg-type]
        if told.WhichOneof("type") == "script_finished":
            return time.perf_counter() - began


@contextmanager
def _server(settings: Settings) -> Iterator[tuple[int, psutil.Process]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        streamlit_arguments(port),
        env=streamlit_environment(settings, os.environ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_healthy(port)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_until_healthy(port: int) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise TimeoutError("the pages did not come up")


def _percentile(seconds: Sequence[float], percent: int) -> float:
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--partners", type=int, default=10_000)
    parser.add_argument("--home", type=Path, help="A home in which a version is published.")
    main(**vars(parser.parse_args()))
