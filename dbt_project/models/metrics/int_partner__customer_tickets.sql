-- One row per ticket a customer raised and a partner owns.
{{ config(materialized="view") }}

with
    tickets as (select * from {{ ref("stg_support__tickets") }}),

    final as (
        select
            ticket_id,
            partner_id,
            priority,
            satisfaction,
            reopened_count,
            opened_at,
            first_response_at,
            solved_at
        from tickets
        where raised_by = 'customer' and partner_id is not null
    )

select *
from final
