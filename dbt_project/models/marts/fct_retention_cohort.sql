-- One row per partner, quarter of its accounts' first subscriptions, and anniversary of them.
with
    run as (select as_of from {{ source("quality", "run") }}),

    customers as (select * from {{ ref("int_portfolio__customers") }}),

    subscriptions as (select * from {{ ref("stg_billing__subscriptions") }}),

    anniversaries as (
        select anniversaries.months
        from {{ ref("cohort_anniversaries") }} as anniversaries
        cross join run
        where {{ is_in_force("anniversaries", "run.as_of") }}
    ),

    -- Without word of where subscriptions end, nobody knows who is still there.
    sources as (
        select coalesce(bool_or(sources.is_missing), false) as is_missing
        from {{ ref("int_metric_sources") }} as sources
        inner join
            {{ ref("scorecard_figures") }} as figures
            on sources.subject = figures.figure
            and sources.valid_from = figures.valid_from
        cross join run
        where sources.subject = 'retention_cohorts' and {{ is_in_force("figures", "run.as_of") }}
    ),

    due as (
        select
            customers.*,
            anniversaries.months,
            {{ date_plus_months("customers.first_started_on", "anniversaries.months") }}
            as anniversary_on
        from customers
        cross join anniversaries
    ),

    held as (
        select distinct due.partner_id, due.account_id, due.months
        from due
        inner join
            subscriptions
            on due.partner_id = subscriptions.partner_id
            and due.account_id = subscriptions.account_id
            and subscriptions.started_on <= due.anniversary_on
            and (subscriptions.ended_on is null or due.anniversary_on < subscriptions.ended_on)
    ),

    -- Due as a whole, once even its last possible account has had the anniversary.
    cohorts as (
        select
            due.partner_id,
            due.cohort_quarter,
            due.months,
            cast(count(*) as bigint) as accounts,
            cast(count(held.account_id) as bigint) as active_accounts,
            {{
                date_plus_months(
                    date_plus_days(date_plus_months("due.cohort_quarter", 3), -1), "due.months"
                )
            }} as due_on
        from due
        left join
            held
            on due.partner_id = held.partner_id
            and due.account_id = held.account_id
            and due.months = held.months
        group by due.partner_id, due.cohort_quarter, due.months
    ),

    judged as (
        select
            cohorts.*,
            case
                when cohorts.due_on <= run.as_of and not sources.is_missing
                then cohorts.active_accounts
            end as known_active_accounts
        from cohorts
        cross join run
        cross join sources
    ),

    final as (
        select
            partner_id,
            cohort_quarter,
            months,
            accounts,
            known_active_accounts as active_accounts,
            {{ decimal_ratio("known_active_accounts", "accounts") }} as active_share,
            due_on
        from judged
    )

select *
from final
