-- One row per won deal with a day of close: whose it is, counted once, sourced before influenced.
with
    opportunities as (
        select * from {{ ref("dim_opportunity") }} where is_won and closed_on is not null
    ),

    outcomes as (
        select opportunity_id, bool_or(outcome = 'sourced') as is_sourced
        from {{ ref("fct_attribution_outcome") }}
        where outcome in ('sourced', 'influenced')
        group by opportunity_id
    ),

    final as (
        select
            opportunities.opportunity_id,
            opportunities.account_id,
            opportunities.closed_on,
            {{ is_new_business("opportunities.opportunity_type") }} as is_new_business,
            {{ in_reporting_units("coalesce(opportunities.amount_reporting_cents, 0)") }} as amount,
            coalesce(outcomes.is_sourced, false) as is_sourced,
            outcomes.is_sourced is not null and not outcomes.is_sourced as is_influenced
        from opportunities
        cross join {{ ref("int_currency__reporting") }} as reporting
        left join outcomes on opportunities.opportunity_id = outcomes.opportunity_id
    )

select *
from final
