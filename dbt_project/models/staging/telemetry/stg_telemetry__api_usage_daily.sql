-- One row per integration, account, meter and day with calls.
with
    source as (select * from {{ source("raw", "telemetry__api_usage_daily") }}),

    -- Raw holds a row per file: calls of one day may have come in several.
    summed as (
        select
            -- ids
            integration_id,
            account_id,

            -- texts
            meter,

            -- numerics
            cast(sum(calls) as bigint) as calls,
            cast(sum(server_errors) as bigint) as server_errors,
            cast(sum(client_errors) as bigint) as client_errors,
            cast(sum(throttled) as bigint) as throttled,
            cast(sum(units) as decimal(28, 9)) as units,

            -- timestamps
            usage_on
        from source
        group by integration_id, account_id, meter, usage_on
    )

select *
from summed
