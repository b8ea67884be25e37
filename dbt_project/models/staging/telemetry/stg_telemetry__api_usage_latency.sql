-- One row per integration, day and latency bucket with calls.
with
    source as (select * from {{ source("raw", "telemetry__api_usage_latency") }}),

    -- Raw holds a row per file: calls of one day may have come in several.
    summed as (
        select
            -- ids
            integration_id,

            -- numerics
            upper_bound_ms,
            cast(sum(calls) as bigint) as calls,

            -- timestamps
            usage_on
        from source
        group by integration_id, upper_bound_ms, usage_on
    )

select *
from summed
