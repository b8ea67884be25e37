-- One row per month, cost line and whom it was booked to: a partner in a role, a partner, or
-- nobody.
with
    run as (select as_of from {{ source("quality", "run") }}),

    costs as (
        select
            {{ month_start("costs.month") }} as month,
            costs.cost_type,
            case when costs.partner_id is not null then {{ known_partner() }} end as partner_id,
            costs.amount_reporting_cents as amount_cents
        from {{ ref("stg_billing__costs") }} as costs
        cross join run
        left join
            {{ ref("stg_crm__partners") }} as partners on costs.partner_id = partners.partner_id
        where costs.month <= run.as_of
    ),

    support as (select * from {{ ref("int_margin__support") }}),

    accruals as (select * from {{ ref("fct_commission_accrual") }} where not is_memo),

    requests as (
        select
            {{ month_start("coalesce(requests.claimed_on, requests.requested_on)") }} as month,
            {{ known_partner() }} as partner_id,
            requests.spent_reporting_cents as amount_cents
        from {{ ref("stg_crm__mdf_requests") }} as requests
        cross join run
        left join
            {{ ref("stg_crm__partners") }} as partners on requests.partner_id = partners.partner_id
        where coalesce(requests.claimed_on, requests.requested_on) <= run.as_of
    ),

    subscriptions as (select * from {{ ref("stg_billing__subscriptions") }}),

    -- What was booked to support beyond the cost of its minutes, whomever it names.
    months_of_support as (
        select month, amount_cents as booked_cents, 0 as minutes_cents
        from costs
        where cost_type = 'support'
        union all
        select month, 0, cost_cents
        from support
    ),

    support_beyond as (
        select month, cast(sum(booked_cents) - sum(minutes_cents) as bigint) as amount_cents
        from months_of_support
        group by month
        having sum(booked_cents) > sum(minutes_cents)
    ),

    booked as (
        select month, partner_id, null as partner_role, cost_type as cost_line, amount_cents
        from costs
        where cost_type in ('cogs', 'partner_team', 'onboarding', 'tooling')
        union all
        select month, partner_id, null, 'support', cost_cents
        from support
        union all
        select month, null, null, 'support', amount_cents
        from support_beyond
        union all
        select
            {{ month_start("accruals.accrued_on") }},
            accruals.partner_id,
            case
                when subscriptions.partner_id = accruals.partner_id then subscriptions.partner_role
            end,
            'commissions',
            accruals.amount_reporting_cents
        from accruals
        cross join run
        left join subscriptions on accruals.subscription_id = subscriptions.subscription_id
        where accruals.accrued_on <= run.as_of
        union all
        select month, partner_id, null, 'mdf', amount_cents
        from requests
    ),

    final as (
        select
            month,
            partner_id,
            cast(partner_role as {{ dbt.type_string() }}) as partner_role,
            cost_line,
            cast(sum(amount_cents) as bigint) as amount_cents
        from booked
        where amount_cents is not null
        group by month, partner_id, partner_role, cost_line
    )

select *
from final
