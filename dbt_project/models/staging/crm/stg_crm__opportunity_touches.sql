-- One row per touch.
with
    source as ({{ latest_per_key(source("raw", "crm__opportunity_touches"), "touch_id") }}),

    renamed as (
        select
            -- ids
            touch_id,
            opportunity_id,
            partner_id,

            -- texts
            touch_type,
            role,
            evidence,

            -- timestamps
            touched_at
        from source
    )

select *
from renamed
