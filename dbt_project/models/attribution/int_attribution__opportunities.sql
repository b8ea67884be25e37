-- One row per opportunity created before the end of the as-of date.
with
    run as (select as_of_end from {{ source("quality", "run") }}),

    opportunities as (
        select opportunities.*, cast(opportunities.created_at as date) as created_on
        from {{ ref("stg_crm__opportunities") }} as opportunities
        cross join run
        where opportunities.created_at < run.as_of_end
    ),

    accounts as (select account_id, first_direct_touch_at from {{ ref("stg_crm__accounts") }}),

    dates as (select distinct created_on from opportunities),

    -- A deal keeps the rules it was created under.
    rules as (
        select
            dates.created_on,
            {{ setting_value("registration_grace_days", "integer") }} as registration_grace_days,
            {{ setting_value("require_evidence", "boolean") }} as requires_evidence,
            {{ setting_value("sourced_credit_share", "decimal(10, 9)") }} as sourced_credit_share,
            {{ setting_value("influenced_credit_share", "decimal(10, 9)") }}
            as influenced_credit_share,
            {{ setting_value("position_first_share", "decimal(28, 9)") }} as position_first_share,
            {{ setting_value("position_last_share", "decimal(28, 9)") }} as position_last_share,
            {{ setting_value("half_life_days", "decimal(28, 9)") }} as half_life_days,
            {{ setting_value("collapse_repeats", "boolean") }} as collapses_repeats,
            {{ setting_value("lookback_days", "integer") }} as lookback_days
        from dates
        inner join
            {{ ref("attribution_settings") }} as settings
            on {{ is_in_force("settings", "dates.created_on") }}
        group by dates.created_on
    ),

    final as (
        select
            opportunities.opportunity_id,
            opportunities.account_id,
            opportunities.opportunity_type,
            opportunities.amount_reporting_cents,
            rules.registration_grace_days,
            rules.sourced_credit_share,
            rules.influenced_credit_share,
            rules.requires_evidence,
            rules.position_first_share,
            rules.position_last_share,
            rules.half_life_days,
            rules.collapses_repeats,
            rules.lookback_days,
            opportunities.is_closed,
            opportunities.is_won,
            opportunities.created_at,
            opportunities.closed_at,
            accounts.first_direct_touch_at
        from opportunities
        left join accounts on opportunities.account_id = accounts.account_id
        left join rules on opportunities.created_on = rules.created_on
    )

select *
from final
