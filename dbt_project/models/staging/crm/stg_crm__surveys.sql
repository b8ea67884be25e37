-- One row per answer.
with
    source as ({{ latest_per_key(source("raw", "crm__surveys"), "response_id") }}),

    renamed as (
        select
            -- ids
            response_id,
            partner_id,
            account_id,
            project_id,

            -- texts
            subject,

            -- numerics
            score,

            -- timestamps
            responded_at
        from source
    )

select *
from renamed
