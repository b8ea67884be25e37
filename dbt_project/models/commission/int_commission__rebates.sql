-- One row per partner and closed fiscal year whose purchases reach a rebate.
with
    run as (select as_of from {{ source("quality", "run") }}),

    rules as (select * from {{ ref("int_scoring_rules") }}),

    calendar as ({{ fiscal_calendar() }}),

    reporting as (select * from {{ ref("int_currency__reporting") }}),

    -- A purchase has one buyer: who sourced the deal, and never who influenced it.
    deals as (select * from {{ ref("int_commission__deals") }} where is_sourced),

    settings as (select * from {{ ref("settings") }} where setting = 'close_payment_days'),

    rebates as (
        select
            rebates.*,
            {{ bound_cents("rebates.lower_bound") }} as lower_cents,
            {{ bound_cents("rebates.upper_bound") }} as upper_cents
        from {{ ref("volume_rebates") }} as rebates
        cross join reporting
    ),

    purchased as (
        select
            deals.partner_id,
            deals.partner_type,
            {{ fiscal_year_end("deals.closed_on", "calendar.fiscal_shift") }} as fiscal_year_end,
            deals.amount_reporting_cents
        from deals
        cross join calendar
    ),

    volumes as (
        select
            purchased.partner_id,
            purchased.partner_type,
            purchased.fiscal_year_end,
            cast(sum(purchased.amount_reporting_cents) as bigint) as volume_cents
        from purchased
        cross join run
        where purchased.fiscal_year_end <= run.as_of
        group by purchased.partner_id, purchased.partner_type, purchased.fiscal_year_end
    ),

    final as (
        select
            volumes.partner_id,
            volumes.partner_type,
            volumes.fiscal_year_end,
            reporting.reporting_currency as currency,
            volumes.volume_cents,
            rebates.rate,
            {{ rated_cents("volumes.volume_cents", "rebates.rate") }} as earned_cents,
            {{
                date_plus_days(
                    "volumes.fiscal_year_end",
                    "cast(settings.value as integer)",
                )
            }} as payable_on
        from volumes
        cross join reporting
        inner join
            rebates
            on volumes.partner_type = rebates.partner_type
            and rebates.lower_cents <= volumes.volume_cents
            and (rebates.upper_cents is null or volumes.volume_cents < rebates.upper_cents)
            and {{ is_in_force("rebates", "volumes.fiscal_year_end") }}
        inner join settings on {{ is_in_force("settings", "volumes.fiscal_year_end") }}
    )

select *
from final
