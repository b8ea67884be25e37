-- One row per won opportunity, with the rules its credit is split by.
with
    run as (select as_of_end from {{ source("quality", "run") }}),

    opportunities as (select * from {{ ref("int_attribution__opportunities") }} where is_won),

    -- Numbers instead of names: millions of credits are sorted by them.
    final as (
        select
            row_number() over (order by opportunities.opportunity_id) as deal_number,
            opportunities.opportunity_id,
            opportunities.amount_reporting_cents as amount_cents,
            opportunities.position_first_share,
            opportunities.position_last_share,
            opportunities.half_life_days,
            cast(opportunities.created_at as date) as created_on,
            cast(opportunities.closed_at as date) as closed_on
        from opportunities
        cross join run
        where opportunities.closed_at is null or opportunities.closed_at < run.as_of_end
    )

select *
from final
