-- One row per set of scoring rules and activity by which a partner earns points.
{{ config(materialized="view") }}

with
    rates as (
        select rules.rules_from, rates.activity, rates.points
        from {{ ref("int_scoring_rules") }} as rules
        inner join
            {{ ref("activity_points") }} as rates on {{ is_in_force("rates", "rules.rules_from") }}
        where rules.rules_from in (select rules_from from {{ ref("int_periods") }})
    ),

    activities as (
        select
            'crm.enablement_activity' as entity,
            activity_id as entity_id,
            partner_id,
            activity_type as activity,
            occurred_at as happened_at
        from {{ ref("stg_crm__enablement_activity") }}
        union all
        select
            'crm.certifications',
            certification_id,
            partner_id,
            'certificate_issued',
            cast(issued_on as timestamp)
        from {{ ref("stg_crm__certifications") }}
        where issued_on is not null and passed is not false
        union all
        select
            'crm.deal_registrations',
            registration_id,
            partner_id,
            'registration_submitted',
            submitted_at
        from {{ ref("stg_crm__deal_registrations") }}
    ),

    final as (
        select
            rates.rules_from,
            activities.entity,
            activities.entity_id,
            activities.partner_id,
            activities.activity,
            activities.happened_at,
            rates.points
        from activities
        inner join rates on activities.activity = rates.activity
    )

select *
from final
