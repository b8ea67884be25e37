-- One row per integration and hour with calls.
with
    source as (select * from {{ source("raw", "telemetry__api_usage_hourly") }}),

    -- Raw holds a row per file: calls of one hour may have come in several.
    summed as (
        select
            -- ids
            integration_id,

            -- numerics
            cast(sum(calls) as bigint) as calls,
            cast(sum(server_errors) as bigint) as server_errors,
            cast(sum(client_errors) as bigint) as client_errors,
            cast(sum(throttled) as bigint) as throttled,
            cast(sum(response_bytes) as bigint) as response_bytes,
            cast(sum(units) as decimal(28, 9)) as units,

            -- timestamps
            hour_at
        from source
        group by integration_id, hour_at
    )

select *
from summed
