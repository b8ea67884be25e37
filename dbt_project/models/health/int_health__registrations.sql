-- One row per partner and period, with the deals it registered in the last weeks.
with
    rules as (select * from {{ ref("int_scoring_rules") }}),

    windows as (
        select
            partner_periods.partner_id,
            partner_periods.period_kind,
            partner_periods.period_start,
            partner_periods.period_end,
            {{
                timestamp_plus_days(
                    "cast(partner_periods.period_end as timestamp)", "-7 * rules.health_weeks"
                )
            }} as window_start_at,
            cast(partner_periods.period_end as timestamp) as window_end_at
        from {{ ref("int_partner__periods") }} as partner_periods
        inner join rules on partner_periods.rules_from = rules.rules_from
    ),

    events as (
        select partner_id, submitted_at as happened_at, 1 as registrations
        from {{ ref("stg_crm__deal_registrations") }}
    ),

    final as ({{ trailing_totals("events", "windows", ["registrations"]) }})

select *
from final
