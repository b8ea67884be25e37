-- One row per partner.
with
    source as (
        {{ latest_per_key(source("raw", "crm__partners"), "partner_id", updated_at="updated_at") }}
    ),

    renamed as (
        select
            -- ids
            partner_id,
            parent_partner_id,

            -- texts
            partner_name,
            partner_type,
            status,
            initial_tier,
            partner_manager,
            partner_manager_email,
            executive_sponsor,
            region,
            country,
            strategic_fit,
            domain,

            -- booleans
            is_strategic,
            is_subsidised,

            -- timestamps
            signed_on,
            tier_since,
            updated_at
        from source
    )

select *
from renamed
