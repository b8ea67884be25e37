-- One row per install.
with
    source as (
        {{
            latest_per_key(
                source("raw", "telemetry__installs"), "install_id", updated_at="updated_at"
            )
        }}
    ),

    renamed as (
        select
            -- ids
            install_id,
            integration_id,
            account_id,

            -- timestamps
            installed_at,
            activated_at,
            uninstalled_at,
            updated_at
        from source
    )

select *
from renamed
