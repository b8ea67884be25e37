-- One row per integration.
with
    source as (
        {{
            latest_per_key(
                source("raw", "telemetry__integrations"),
                "integration_id",
                updated_at="updated_at",
            )
        }}
    ),

    renamed as (
        select
            -- ids
            integration_id,
            partner_id,

            -- texts
            integration_name,
            certification_status,

            -- numerics
            quota_per_minute,

            -- timestamps
            certified_on,
            certification_expires_on,
            updated_at
        from source
    )

select *
from renamed
