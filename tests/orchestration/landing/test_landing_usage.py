"""API calls are rolled up by file as they land, whatever the file's format."""

import pytest

HEADER = "integration_id,account_id,occurred_at,meter,status_code,latency_ms,response_bytes,units\n"
CALLS = HEADER + (
    "i1,a1,2026-01-01T10:00:00Z,read,200,5,100,1.5\n"
    "i1,a1,2026-01-01T10:59:59Z,read,500,5.1,100,\n"
    "i1,a2,2026-01-01T11:00:00Z,write,429,31000,,2\n"
    "i1,a2,2026-01-02T00:30:00+01:00,write,404,20,25230.0,0.25\n"
    "i2,a1,2026-01-01T10:00:00Z,,503,,0,\n"
)
PARQUET = """
    select * from (values
        ('i1', 'a1', timestamp '2026-01-01 10:00:00', 'read', 200, 5::double, 100, 1.5::double),
        ('i1', 'a1', timestamp '2026-01-01 10:59:59', 'read', 500, 5.1, 100, null),
        ('i1', 'a2', timestamp '2026-01-01 11:00:00', 'write', 429, 31000, null, 2),
        ('i1', 'a2', timestamp '2026-01-01 23:30:00', 'write', 404, 20, 25230, 0.25),
        ('i2', 'a1', timestamp '2026-01-01 10:00:00', null, 503, null, 0, null)
    ) as t(integration_id, account_id, occurred_at, meter, status_code, latency_ms,
        response_bytes, units)
"""
BAD_CALL = """
    union all by name select 'i1' as integration_id, ' ' as account_id,
        timestamp '2026-01-01 10:00:00' as occurred_at, 99 as status_code
"""


@pytest.fixture(params=["text", "parquet", "parquet with a bad row"])
def query(request, desk):
    if request.param == "text":
        desk.write("telemetry/api_usage.csv", CALLS)
    else:
        desk.write_parquet(
            "telemetry/api_usage.parquet", PARQUET + (BAD_CALL if "bad" in request.param else "")
        )
    return desk.build()


def test_calls_are_counted_by_integration_and_hour(query):
    assert query(
        "select integration_id, hour_at::varchar, calls, server_errors, client_errors, throttled, "
        "response_bytes, units::varchar from raw.telemetry__api_usage_hourly order by 1, 2"
    ) == [
        ("i1", "2026-01-01 10:00:00", 2, 1, 0, 0, 200, "1.500000000"),
        ("i1", "2026-01-01 11:00:00", 1, 0, 0, 1, None, "2.000000000"),
        ("i1", "2026-01-01 23:00:00", 1, 0, 1, 0, 25230, "0.250000000"),
        ("i2", "2026-01-01 10:00:00", 1, 1, 0, 0, 0, None),
    ]


def test_calls_are_counted_by_integration_account_meter_and_day(query):
    assert query(
        "select integration_id, account_id, meter, usage_on::varchar, calls, units::varchar "
        "from raw.telemetry__api_usage_daily order by 1, 2"
    ) == [
        ("i1", "a1", "read", "2026-01-01", 2, "1.500000000"),
        ("i1", "a2", "write", "2026-01-01", 2, "2.250000000"),
        ("i2", "a1", None, "2026-01-01", 1, None),
    ]


def test_latency_is_kept_in_fixed_buckets_and_the_slowest_has_no_bound(query):
    assert query(
        "select integration_id, upper_bound_ms, calls from raw.telemetry__api_usage_latency "
        "order by 1, 2 nulls last"
    ) == [("i1", 5, 1), ("i1", 10, 1), ("i1", 20, 1), ("i1", None, 1)]


def test_no_row_of_a_call_is_kept(query):
    assert query(
        "select count(*) from duckdb_views() where view_name = 'telemetry__api_usage'"
    ) == [(1,)]  # that of the quarantine
    assert query(
        "select distinct schema_name from duckdb_views() where view_name = 'telemetry__api_usage'"
    ) == [("quarantine",)]


def test_a_bad_call_is_quarantined_as_any_row(desk):
    desk.write_parquet("telemetry/api_usage.parquet", PARQUET + BAD_CALL)
    query = desk.build()
    assert query("select _record, reasons from quarantine.telemetry__api_usage") == [
        (6, "account_id is missing; status_code is below 100")
    ]
    assert query(
        "select rows_in, rows_accepted, rows_refused from quality.entities "
        "where entity = 'api_usage'"
    ) == [(6, 5, 1)]


def test_files_whose_time_ranges_overlap_are_reported(desk):
    row = "i1,a1,{},read,200,5,100,1\n"
    spans = {
        "1": ("2026-01-01T00:00:00", "2026-01-01T23:59:59"),
        "2": ("2026-01-02T00:00:00", "2026-01-02T23:59:59"),
        "3": ("2026-01-02T12:00:00", "2026-01-03T12:00:00"),
    }
    for name, times in spans.items():
        calls = "".join(row.format(at) for at in times)
        desk.write(f"telemetry/api_usage/{name}.csv", HEADER + calls)
    assert desk.build()(
        "select entity, path, other_path, from_at::varchar, until_at::varchar from quality.overlaps"
    ) == [
        (
            "api_usage",
            "telemetry/api_usage/2.csv",
            "telemetry/api_usage/3.csv",
            "2026-01-02 12:00:00",
            "2026-01-02 23:59:59",
        )
    ]


def test_calls_of_unknown_integrations_are_counted_as_orphans(desk):
    desk.write("telemetry/api_usage.csv", CALLS)
    desk.write("telemetry/integrations.csv", "integration_id,partner_id\ni1,p1\n")
    desk.write("crm/accounts.csv", "account_id\na1\n")
    assert desk.build()(
        "select rows_orphaned, newest_at::varchar from quality.entities where entity = 'api_usage'"
    ) == [(3, "2026-01-01 23:00:00")]
