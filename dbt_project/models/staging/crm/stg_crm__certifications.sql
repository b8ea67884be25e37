-- One row per attempt at a certificate.
with
    source as (
        {{
            latest_per_key(
                source("raw", "crm__certifications"), "certification_id", updated_at="updated_at"
            )
        }}
    ),

    renamed as (
        select
            -- ids
            certification_id,
            partner_id,
            person_id,

            -- texts
            certification_type,

            -- booleans
            passed,

            -- timestamps
            attempted_on,
            issued_on,
            expires_on,
            updated_at
        from source
    )

select *
from renamed
