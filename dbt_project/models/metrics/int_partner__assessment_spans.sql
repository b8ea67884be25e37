-- One row per security assessment, over the time in which it is the partner's latest and has not
-- expired.
with
    assessments as (select * from {{ ref("stg_crm__security_assessments") }}),

    ordered as (
        select
            *,
            lead(assessed_on) over (
                partition by partner_id order by assessed_on, assessment_id
            ) as next_assessed_on
        from assessments
    ),

    final as (
        select
            assessment_id,
            partner_id,
            questionnaire_score,
            cast(mfa_enforced as integer) as mfa_enforced,
            critical_findings_open,
            cast(assessed_on as timestamp) as from_at,
            cast(least(next_assessed_on, expires_on) as timestamp) as until_at
        from ordered
    )

select *
from final
