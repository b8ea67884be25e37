-- One row per opportunity created before the end of the as-of date, as last known.
with
    run as (select as_of_end from {{ source("quality", "run") }}),

    opportunities as (select * from {{ ref("stg_crm__opportunities") }}),

    -- A close after the as-of date has not happened yet.
    closing as (
        select
            opportunities.*,
            opportunities.closed_at is null
            or opportunities.closed_at < run.as_of_end as has_come_to_pass
        from opportunities
        cross join run
        where opportunities.created_at < run.as_of_end
    ),

    final as (
        select
            opportunity_id,
            opportunity_name,
            account_id,
            opportunity_type,
            stage,
            phase,
            currency,
            amount_cents,
            amount_reporting_cents,
            list_amount_cents,
            conversion_status,
            created_at,
            case when has_come_to_pass then closed_at end as closed_at,
            case when has_come_to_pass then cast(closed_at as date) end as closed_on,
            is_closed and has_come_to_pass as is_closed,
            is_won and has_come_to_pass as is_won
        from closing
    )

select *
from final
