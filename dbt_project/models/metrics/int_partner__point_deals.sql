-- One row per set of scoring rules, won deal and partner that earns points by it.
{{ config(materialized="view") }}

with
    closed_deals as (select * from {{ ref("int_partner__closed_deals") }} where is_won),

    opportunities as (select * from {{ ref("stg_crm__opportunities") }}),

    accounts as (select * from {{ ref("stg_crm__accounts") }}),

    subscriptions as (select * from {{ ref("stg_billing__subscriptions") }}),

    rates as (
        select rules.rules_from, rates.basis, rates.region, rates.points, rates.per_amount
        from {{ ref("int_scoring_rules") }} as rules
        inner join
            {{ ref("point_rates") }} as rates on {{ is_in_force("rates", "rules.rules_from") }}
        where rules.rules_from in (select rules_from from {{ ref("int_periods") }})
    ),

    managed_deals as (
        select distinct opportunities.opportunity_id, subscriptions.partner_id
        from opportunities
        inner join
            subscriptions
            on opportunities.account_id = subscriptions.account_id
            and cast(subscriptions.started_on as timestamp) <= opportunities.closed_at
            and (
                subscriptions.ended_on is null
                or opportunities.closed_at < cast(subscriptions.ended_on as timestamp)
            )
        left join
            closed_deals
            on opportunities.opportunity_id = closed_deals.opportunity_id
            and subscriptions.partner_id = closed_deals.partner_id
        where
            opportunities.is_won
            and subscriptions.partner_id is not null
            and closed_deals.partner_id is null
            and exists (select 1 from rates where basis = 'managed')
    ),

    parts as (
        select opportunity_id, partner_id, outcome as basis
        from closed_deals
        where {{ is_new_business("opportunity_type") }}
        union all
        select opportunity_id, partner_id, 'managed'
        from managed_deals
    ),

    rated as (
        select
            rates.rules_from,
            parts.opportunity_id,
            parts.partner_id,
            parts.basis,
            opportunities.closed_at,
            opportunities.amount_reporting_cents,
            rates.points,
            rates.per_amount
        from parts
        inner join opportunities on parts.opportunity_id = opportunities.opportunity_id
        left join accounts on opportunities.account_id = accounts.account_id
        inner join rates on parts.basis = rates.basis and rates.region in ('any', accounts.region)
        -- A region's own rate goes before that of any.
        qualify
            row_number() over (
                partition by rates.rules_from, parts.opportunity_id, parts.partner_id
                order by case when rates.region = 'any' then 1 else 0 end
            )
            = 1
    ),

    final as (
        select
            rated.rules_from,
            rated.opportunity_id,
            rated.partner_id,
            rated.basis,
            rated.closed_at,
            rated.amount_reporting_cents,
            coalesce(
                {{
                    decimal_ratio(
                        "cast("
                        ~ in_reporting_units("rated.amount_reporting_cents")
                        ~ " as decimal(20, 4)) * cast(rated.points as decimal(16, 9))",
                        "rated.per_amount",
                    )
                }},
                0
            ) as points
        from rated
        cross join {{ ref("int_currency__reporting") }} as reporting
    )

select *
from final
