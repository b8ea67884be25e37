-- One row per account.
with
    source as (
        {{ latest_per_key(source("raw", "crm__accounts"), "account_id", updated_at="updated_at") }}
    ),

    renamed as (
        select
            -- ids
            account_id,
            parent_account_id,

            -- texts
            account_name,
            segment,
            region,
            industry,
            domain,

            -- timestamps
            created_at,
            first_direct_touch_at,
            updated_at
        from source
    )

select *
from renamed
