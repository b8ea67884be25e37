-- One row per partner and account that ever held one of its subscriptions by the as-of date.
with
    run as (select as_of from {{ source("quality", "run") }}),

    subscriptions as (select * from {{ ref("stg_billing__subscriptions") }}),

    partners as (select partner_id from {{ ref("stg_crm__partners") }}),

    rules as (select * from {{ ref("int_scoring_rules") }}),

    calendar as ({{ fiscal_calendar() }}),

    firsts as (
        select
            subscriptions.partner_id,
            subscriptions.account_id,
            min(subscriptions.started_on) as first_started_on
        from subscriptions
        cross join run
        inner join partners on subscriptions.partner_id = partners.partner_id
        where subscriptions.started_on <= run.as_of
        group by subscriptions.partner_id, subscriptions.account_id
    ),

    final as (
        select
            firsts.*,
            {{ fiscal_quarter_start("firsts.first_started_on", "calendar.fiscal_shift") }}
            as cohort_quarter
        from firsts
        cross join calendar
    )

select *
from final
