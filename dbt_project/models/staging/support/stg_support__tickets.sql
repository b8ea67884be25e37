-- One row per ticket that is not deleted.
with
    source as (
        {{
            latest_per_key(
                source("raw", "support__tickets"), "ticket_id", updated_at="updated_at"
            )
        }}
    ),

    renamed as (
        select
            -- ids
            ticket_id,
            account_id,
            partner_id,
            integration_id,
            project_id,

            -- texts
            coalesce(raised_by, 'customer') as raised_by,
            priority,
            status,
            satisfaction,

            -- numerics
            reopened_count,
            handling_minutes,

            -- booleans
            is_escalated,

            -- timestamps
            opened_at,
            first_response_at,
            solved_at,
            updated_at
        from source
        where is_deleted is not true
    )

select *
from renamed
