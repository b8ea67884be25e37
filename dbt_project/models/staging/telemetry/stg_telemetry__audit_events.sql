-- One row per event in the audit log.
with
    source as ({{ latest_per_key(source("raw", "telemetry__audit_events"), "event_id") }}),

    renamed as (
        select
            -- ids
            event_id,
            partner_id,
            integration_id,
            tenant_id,

            -- texts
            actor,
            action,

            -- timestamps
            occurred_at
        from source
    )

select *
from renamed
