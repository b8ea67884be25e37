-- One row per incident.
with
    source as (
        {{
            latest_per_key(
                source("raw", "support__incidents"), "incident_id", updated_at="updated_at"
            )
        }}
    ),

    renamed as (
        select
            -- ids
            incident_id,
            partner_id,
            integration_id,
            project_id,

            -- texts
            severity,
            kind,
            caused_by,

            -- timestamps
            started_at,
            detected_at,
            partner_notified_at,
            resolved_at,
            updated_at
        from source
    )

select *
from renamed
