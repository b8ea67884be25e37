-- One row per project.
with
    implementations as (select * from {{ ref("stg_crm__implementations") }}),

    partners as (select partner_id from {{ ref("stg_crm__partners") }}),

    run as (select as_of, as_of_end from {{ source("quality", "run") }}),

    rules as (select * from {{ ref("int_scoring_rules") }}),

    -- The source tells no day of a cancellation: one that is cancelled is so in every period.
    final as (
        select
            implementations.project_id,
            {{ known_partner() }} as partner_id,
            implementations.account_id,
            implementations.kicked_off_on,
            implementations.planned_go_live_on,
            implementations.went_live_on,
            implementations.first_value_on,
            implementations.status,
            coalesce(
                {{
                    has_word(
                        "rules.cancelled_project_statuses", "lower(trim(implementations.status))"
                    )
                }},
                false
            ) as is_cancelled,
            implementations.total_hours,
            implementations.rework_hours,
            implementations.qa_gate_passed,
            implementations.milestones_met,
            implementations.milestones_planned,
            implementations.blocker_days
        from implementations
        cross join run
        inner join
            rules
            on rules.rules_from <= run.as_of
            and (rules.rules_until is null or run.as_of < rules.rules_until)
        left join partners on implementations.partner_id = partners.partner_id
    )

select *
from final
