-- One row per partner that is or was being taken on.
with
    source as (
        {{
            latest_per_key(
                source("raw", "crm__onboardings"), "partner_id", updated_at="updated_at"
            )
        }}
    ),

    renamed as (
        select
            -- ids
            partner_id,

            -- timestamps
            intake_on,
            security_cleared_on,
            sandbox_ready_on,
            certified_on,
            first_success_on,
            updated_at
        from source
    )

select *
from renamed
