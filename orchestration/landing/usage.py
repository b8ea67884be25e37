"""API usage is rolled up by file as it lands (design, decision 8): no typed row is ever kept.

hourly   integration × hour
daily    integration × account × meter × day
latency  integration × day × bucket: a p95 does not add up over files, buckets do
"""

from orchestration.landing.types import literal

LATENCY_BOUNDS_MS = (
    5, 10, 20, 35, 50, 75, 100, 150, 200, 300, 500, 750, 1000, 1500, 2000, 3000, 5000, 10000, 30000,
)  # fmt: skip
"""Upper bounds of the buckets, inclusive; slower calls have the bound null."""

ROLLUPS = {
    "hourly": {
        "integration_id": "VARCHAR",
        "hour_at": "TIMESTAMP",
        "calls": "BIGINT",
        "server_errors": "BIGINT",
        "client_errors": "BIGINT",
        "throttled": "BIGINT",
        "response_bytes": "BIGINT",
        "units": "DECIMAL(28,9)",
        "_file": "VARCHAR",
    },
    "daily": {
        "integration_id": "VARCHAR",
        "account_id": "VARCHAR",
        "meter": "VARCHAR",
        "usage_on": "DATE",
        "calls": "BIGINT",
        "server_errors": "BIGINT",
        "client_errors": "BIGINT",
        "throttled": "BIGINT",
        "units": "DECIMAL(28,9)",
        "_file": "VARCHAR",
    },
    "latency": {
        "integration_id": "VARCHAR",
        "usage_on": "DATE",
        "upper_bound_ms": "INTEGER",
        "calls": "BIGINT",
        "_file": "VARCHAR",
    },
}
"""DuckDB type by column of each `raw.telemetry__api_usage_<rollup>`."""

ANSWERS = """
    count(*) as calls,
    count(*) filter (status_code >= 500) as server_errors,
    count(*) filter (status_code between 400 and 499 and status_code <> 429) as client_errors,
    count(*) filter (status_code = 429) as throttled
"""


def rollup_queries(relation: str, file: str | None = None) -> dict[str, str]:
    """The SQL of each rollup over `relation`, which has the contract's columns, typed.

    `file` becomes the column `_file`; without it the rollups have none. Counts are of calls,
    units are null where no call has any.
    """
    mark = f", {literal(file)} as _file" if file is not None else ""
    buckets = " ".join(f"when latency_ms <= {bound} then {bound}" for bound in LATENCY_BOUNDS_MS)
    return {
        "hourly": f"""
            select
                integration_id, date_trunc('hour', occurred_at) as hour_at, {ANSWERS},
                sum(response_bytes)::bigint as response_bytes,
                sum(units)::decimal(28,9) as units {mark}
            from {relation}
            group by integration_id, hour_at
        """,
        "daily": f"""
            select
                integration_id, account_id, meter, occurred_at::date as usage_on, {ANSWERS},
                sum(units)::decimal(28,9) as units {mark}
            from {relation}
            group by integration_id, account_id, meter, usage_on
        """,
        "latency": f"""
            select
                integration_id, occurred_at::date as usage_on,
                (case {buckets} end)::integer as upper_bound_ms, count(*) as calls {mark}
            from {relation}
            where latency_ms is not null
            group by integration_id, usage_on, upper_bound_ms
        """,
    }
