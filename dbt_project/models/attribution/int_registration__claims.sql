-- One row per registration submitted before the end of the as-of date.
with
    run as (select as_of_end from {{ source("quality", "run") }}),

    partners as (select partner_id from {{ ref("stg_crm__partners") }}),

    registrations as (
        select registrations.*, cast(registrations.submitted_at as date) as submitted_on
        from {{ ref("stg_crm__deal_registrations") }} as registrations
        cross join run
        where registrations.submitted_at < run.as_of_end
    ),

    dates as (select distinct submitted_on from registrations),

    -- A claim keeps the rules it was submitted under.
    rules as (
        select
            dates.submitted_on,
            {{ setting_value("expiry_days", "integer") }} as expiry_days,
            {{ setting_value("renewal_days", "integer") }} as renewal_days,
            {{ setting_value("reopening_days", "integer") }} as reopening_days,
            {{ setting_value("inactivity_days", "integer") }} as inactivity_days,
            {{ setting_value("response_target_hours", "integer") }} as response_target_hours,
            {{ setting_value("reopening_role", "string") }} as reopening_role
        from dates
        inner join
            {{ ref("registration_rules") }} as settings
            on {{ is_in_force("settings", "dates.submitted_on") }}
        group by dates.submitted_on
    ),

    -- An answer is known from its date on; one without a date proves nothing and leaves the claim
    -- pending.
    answered as (
        select
            registrations.*,
            registrations.decision in ('approved', 'rejected')
            and registrations.responded_at < run.as_of_end as is_answered
        from registrations
        cross join run
    ),

    final as (
        select
            answered.registration_id,
            answered.partner_id as named_partner_id,
            {{ known_partner() }} as partner_id,
            answered.account_id,
            answered.opportunity_id,
            case when answered.is_answered then answered.decision else 'pending' end as decision,
            rules.expiry_days,
            rules.renewal_days,
            rules.reopening_days,
            rules.inactivity_days,
            rules.response_target_hours,
            rules.reopening_role,
            answered.submitted_at,
            case when answered.is_answered then answered.responded_at end as responded_at
        from answered
        left join partners on answered.partner_id = partners.partner_id
        left join rules on answered.submitted_on = rules.submitted_on
    )

select *
from final
