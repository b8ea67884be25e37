-- One row per project.
with
    source as (
        {{
            latest_per_key(
                source("raw", "crm__implementations"), "project_id", updated_at="updated_at"
            )
        }}
    ),

    renamed as (
        select
            -- ids
            source.project_id,
            source.partner_id,
            source.account_id,

            -- texts
            source.status,
            {{ money_currency("source.currency") }} as currency,

            -- numerics
            source.total_hours,
            source.rework_hours,
            source.milestones_met,
            source.milestones_planned,
            source.blocker_days,
            {{ money_cents("source.services_amount") }} as services_cents,

            -- booleans
            source.qa_gate_passed,

            -- timestamps
            source.kicked_off_on,
            source.planned_go_live_on,
            source.went_live_on,
            source.first_value_on,
            source.updated_at
        from source {{ money_joins("source.currency") }}
    )

select *
from renamed
