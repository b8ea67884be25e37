-- One row per action against a partner's integration.
with
    source as ({{ latest_per_key(source("raw", "telemetry__enforcement_actions"), "action_id") }}),

    renamed as (
        select
            -- ids
            action_id,
            partner_id,
            integration_id,

            -- texts
            action,
            acted_by,
            reason,

            -- timestamps
            acted_at
        from source
    )

select *
from renamed
