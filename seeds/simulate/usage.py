"""API calls, the fact with volume: streamed file by file, never held whole."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from seeds.simulate.company import Company
from seeds.simulate.draws import DAY, HOUR, NEVER, Floats, Ints, choose
from seeds.simulate.extracts import replacing, write_parquet

ENTITY = "telemetry.api_usage"
WEEKS = 26
"""Calls are exported for the last half year; older ones are long gone."""

CALLS_PER_WEEKLY_FILE = 500_000
ENDPOINTS = (
    "GET /accounts",
    "GET /accounts/{id}",
    "POST /accounts",
    "GET /usage",
    "POST /events",
    "GET /invoices",
    "GET /tickets",
    "POST /tickets",
    "GET /files/{id}",
    "POST /search",
)
METERS = ("api_calls", "rows_read", "ai_tokens")
METER_OF_ENDPOINT = np.array([0, 0, 0, 1, 0, 0, 0, 0, 1, 2])
UNITS_A_CALL = 5 / 27 * float(np.exp(4.5))
"""Units of its busiest meter that a call takes on average."""

ENDPOINT_OF_METER = np.array([0, 3, 9])
"""One endpoint that each meter counts."""

ERRORS = np.array([500, 502, 503, 429, 404, 400, 401], dtype=np.int16)
ERROR_SHARES = [3, 1, 2, 3, 5, 3, 2]


def write(company: Company, folder: Path) -> tuple[int, dict[str, dict[int, tuple[str, str]]]]:
    """Writes the files; returns the calls written and, per file, the flaw of refusable records."""
    days = min(company.scale.weeks, WEEKS) * 7
    first = company.end - days * DAY
    per_week = company.scale.events / max(days // 7, 1)
    step = 1 if per_week > CALLS_PER_WEEKLY_FILE else 7
    begins = np.arange(first, company.end, step * DAY, dtype=np.int64)
    counts = _counts(company.scale.events, len(begins))
    installs = company.verse("installs")["installs"]
    if installs.empty:
        return 0, {}
    integration_ids, accounts, account_of = _dictionaries(company)
    flaws: dict[str, dict[int, tuple[str, str]]] = {}
    written = 0
    for place, (begin, count) in enumerate(zip(begins.tolist(), counts.tolist(), strict=True)):
        day = str(np.datetime64(begin, "s").astype("datetime64[D]"))
        if company.progress is not None and place % 7 == 0:
            company.progress(f"simulate api usage from {day}")
        span = (begin, begin + step * DAY)
        calls = _with_planted(company, _calls(company, installs, span, count), span)
        written += len(calls["at"])
        table = _table(calls, integration_ids, accounts, account_of)
        name = f"{day}.parquet"
        if place == 0 and count > 20:
            table, flaws[name] = _flawed(table)
        with replacing(folder / name) as partial:
            write_parquet(partial, table)
    return written, flaws


def _counts(events: int, files: int) -> Ints:
    """Calls per file, growing a little, adding up to `events`."""
    weight = 1 + 0.3 * np.arange(files) / max(files, 1)
    edges: Ints = np.floor(np.cumsum(weight) / weight.sum() * events + 1e-6).astype(np.int64)
    edges[-1] = events
    counts: Ints = np.diff(edges, prepend=0)
    return counts


def _dictionaries(company: Company) -> tuple[pa.Array, pa.Array, Ints]:
    """The ids that calls refer to, and each install's place in the accounts."""
    integrations = company.verse("integrations")["telemetry.integrations"]["integration_id"]
    rows = company.verse("installs")["telemetry.installs"]["account_id"]
    codes, accounts = pd.factorize(rows)
    return (
        pa.Array.from_pandas(integrations).cast(pa.string()),
        pa.array(accounts.tolist(), pa.string()),
        codes.astype(np.int64),
    )


def _calls(
    company: Company, installs: pd.DataFrame, span: tuple[int, int], count: int
) -> dict[str, np.ndarray]:
    begin, end = span
    rng = company.rng(f"api_usage/{begin}")
    activated, removed = installs["activated"].to_numpy(), installs["removed"].to_numpy()
    active = (activated != NEVER) & (activated <= begin)
    active &= (removed == NEVER) | (removed >= end)
    rows = np.flatnonzero(active) if active.any() else np.arange(len(installs))
    loads = weights(company, len(installs))[rows]
    chosen = rows[choose(rng, loads, count)]
    at = _times(rng, begin, end - begin, count)
    if count and end >= company.end:
        at[-1] = max(int(at[-1]), (company.end - HOUR) * 1000)
    integration = installs["integration"].to_numpy()[chosen]
    quality = company.verse("partners")["traits"]["delivery"].to_numpy()[
        installs["partner"].to_numpy()[chosen]
    ]
    endpoint = choose(rng, [4, 6, 1, 3, 5, 1, 2, 1, 2, 2], count)
    fails = rng.random(count) < 0.004 + 0.05 * (1 - quality)
    status = np.where(fails, ERRORS[choose(rng, ERROR_SHARES, count)], np.int16(200))
    return {
        "install": chosen,
        "integration": integration,
        "at": at,
        "endpoint": endpoint,
        "status": status,
        "latency": np.round(np.exp(rng.normal(4.3, 0.7, count)) * (1.7 - quality), 1),
        "bytes": np.exp(rng.normal(7.2, 1.1, count)).astype(np.int64),
        "units": np.where(
            METER_OF_ENDPOINT[endpoint] == 0, 1, np.floor(np.exp(rng.normal(4, 1, count)))
        ),
    }


def _with_planted(
    company: Company, calls: dict[str, np.ndarray], span: tuple[int, int]
) -> dict[str, np.ndarray]:
    """The calls of a file and those planted into its time, in order; none where nobody calls."""
    every = company.verse("leaks")["leaks.calls"]
    planted = every[(every["at"] >= span[0]) & (every["at"] < span[1])]
    if company.scale.events == 0 or planted.empty:
        return calls
    owners = company.verse("integrations")
    former = len(owners["telemetry.integrations"]) - 1
    added = {
        "install": len(company.verse("installs")["installs"]) + planted["install"].to_numpy(),
        "integration": np.where(planted["is_former"], former, 0),
        "at": planted["at"].to_numpy() * 1000,
        "endpoint": ENDPOINT_OF_METER[planted["meter"].to_numpy()],
        "status": np.full(len(planted), 200, dtype=np.int16),
        "latency": np.full(len(planted), 80.0),
        "bytes": np.full(len(planted), 1_000),
        "units": planted["units"].to_numpy().astype(np.float64),
    }
    every_call = {name: np.concatenate([calls[name], added[name]]) for name in calls}
    order = np.argsort(every_call["at"], kind="stable")
    return {name: column[order] for name, column in every_call.items()}


def weights(company: Company, size: int) -> Floats:
    """How busy each install is; the same in every file."""
    return np.exp(company.rng("api_usage").normal(0, 1.1, size))


def _times(rng: np.random.Generator, begin: int, span: int, count: int) -> Ints:
    """Sorted milliseconds, busier by day than by night."""
    seconds = rng.random(count) * span
    by_day = rng.random(count) < 0.6
    noon = np.floor(seconds / DAY) * DAY + np.clip(rng.normal(13, 3, count), 0, 23.9) * HOUR
    return np.sort(((begin + np.where(by_day, noon, seconds)) * 1000).astype(np.int64))


def _table(
    calls: dict[str, np.ndarray], integrations: pa.Array, accounts: pa.Array, account_of: Ints
) -> pa.Table:
    def coded(codes: np.ndarray, words: pa.Array) -> pa.Array:
        return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), words)

    return pa.table(
        {
            "integration_id": coded(calls["integration"], integrations),
            "account_id": coded(account_of[calls["install"]], accounts),
            "occurred_at": pa.array(calls["at"], pa.timestamp("ms")),
            "endpoint": coded(calls["endpoint"], pa.array(ENDPOINTS)),
            "meter": coded(METER_OF_ENDPOINT[calls["endpoint"]], pa.array(METERS)),
            "status_code": pa.array(calls["status"].astype(np.int32)),
            "latency_ms": pa.array(calls["latency"]),
            "response_bytes": pa.array(calls["bytes"]),
            "units": pa.array(calls["units"]),
        }
    )


def _flawed(table: pa.Table) -> tuple[pa.Table, dict[int, tuple[str, str]]]:
    """Three calls of a file made refusable: no status, an impossible one, nobody's."""
    plain = table.slice(0, 3).to_pylist()
    plain[0]["status_code"] = None
    plain[1]["status_code"] = 999
    plain[2]["integration_id"] = None
    spoiled = pa.Table.from_pylist(plain, schema=table.schema)
    flaws = {
        0: ("missing_required", "status_code"),
        1: ("out_of_range", "status_code"),
        2: ("missing_required", "integration_id"),
    }
    return pa.concat_tables([spoiled, table.slice(3)]).unify_dictionaries(), flaws
