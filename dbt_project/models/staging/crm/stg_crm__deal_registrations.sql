-- One row per registration.
with
    source as (
        {{
            latest_per_key(
                source("raw", "crm__deal_registrations"),
                "registration_id",
                updated_at="updated_at",
            )
        }}
    ),

    renamed as (
        select
            -- ids
            registration_id,
            partner_id,
            account_id,
            opportunity_id,

            -- texts
            decision,
            renewal_proof,
            reopened_by_role,

            -- timestamps
            submitted_at,
            responded_at,
            renewed_at,
            last_activity_at,
            reopened_at,
            updated_at
        from source
    )

select *
from renamed
