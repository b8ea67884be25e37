-- One row per business review.
with
    source as (
        {{
            latest_per_key(
                source("raw", "crm__business_reviews"), "review_id", updated_at="updated_at"
            )
        }}
    ),

    renamed as (
        select
            -- ids
            review_id,
            partner_id,

            -- texts
            attendees,

            -- timestamps
            scheduled_at,
            held_at,
            pre_read_sent_at,
            updated_at
        from source
    )

select *
from renamed
