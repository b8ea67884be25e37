-- One row per grant.
with
    source as (
        {{
            latest_per_key(
                source("raw", "telemetry__access_grants"), "grant_id", updated_at="updated_at"
            )
        }}
    ),

    renamed as (
        select
            -- ids
            grant_id,
            partner_id,
            integration_id,
            account_id,

            -- texts
            scope,

            -- timestamps
            granted_at,
            last_used_at,
            expires_at,
            revoked_at,
            updated_at
        from source
    )

select *
from renamed
