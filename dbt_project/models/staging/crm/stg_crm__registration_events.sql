-- One row per event on a registration.
with
    source as ({{ latest_per_key(source("raw", "crm__registration_events"), "event_id") }}),

    renamed as (
        select
            -- ids
            event_id,
            registration_id,

            -- texts
            event,
            proof,
            by_role,

            -- timestamps
            occurred_at
        from source
    )

select *
from renamed
