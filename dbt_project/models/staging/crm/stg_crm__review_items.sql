-- One row per item of a business review.
with
    source as (
        {{ latest_per_key(source("raw", "crm__review_items"), "item_id", updated_at="updated_at") }}
    ),

    renamed as (
        select
            -- ids
            item_id,
            review_id,

            -- texts
            kind,
            text,
            owner_side,
            status,

            -- timestamps
            due_on,
            updated_at
        from source
    )

select *
from renamed
