-- One row per activity of a partner's people in portal and training.
with
    source as ({{ latest_per_key(source("raw", "crm__enablement_activity"), "activity_id") }}),

    renamed as (
        select
            -- ids
            activity_id,
            partner_id,
            person_id,

            -- texts
            activity_type,

            -- timestamps
            occurred_at
        from source
    )

select *
from renamed
