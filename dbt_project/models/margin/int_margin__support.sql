-- One row per month and partner that owned tickets opened in it, with what their handling cost.
with
    run as (select as_of, as_of_end from {{ source("quality", "run") }}),

    tickets as (select * from {{ ref("stg_support__tickets") }}),

    partners as (select partner_id from {{ ref("stg_crm__partners") }}),

    handled as (
        select
            {{ month_start("tickets.opened_at") }} as month,
            case
                when tickets.partner_id is null then 'direct' else {{ known_partner() }}
            end as partner_id,
            sum(tickets.handling_minutes) as minutes
        from tickets
        cross join run
        left join partners on tickets.partner_id = partners.partner_id
        where tickets.opened_at < run.as_of_end and tickets.handling_minutes is not null
        group by 1, 2
    ),

    -- The cost of a minute is that of the month's last day.
    rules as (
        select
            months.month, {{ setting_value("support_cost_per_minute", "decimal(28, 9)") }} as cost
        from (select distinct month from handled) as months
        cross join run
        inner join
            {{ ref("settings") }} as settings
            on {{
                is_in_force(
                    "settings",
                    "least("
                    ~ date_plus_days(date_plus_months("months.month", 1), -1)
                    ~ ", run.as_of)",
                )
            }}
        group by months.month
    ),

    final as (
        select
            handled.month,
            handled.partner_id,
            {{ cost_of_minutes("handled.minutes", "rules.cost") }} as cost_cents
        from handled
        inner join rules on handled.month = rules.month
        cross join {{ ref("int_currency__reporting") }} as reporting
    )

select *
from final
