-- One row per run of the certification suite against an integration.
with
    source as ({{ latest_per_key(source("raw", "telemetry__certification_runs"), "run_id") }}),

    renamed as (
        select
            -- ids
            run_id,
            integration_id,
            public_key_id,

            -- texts
            suite_version,
            attestation,

            -- numerics
            checks_total,
            checks_passed,

            -- timestamps
            ran_at
        from source
    )

select *
from renamed
