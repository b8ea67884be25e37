-- One row per assessment.
with
    source as (
        {{
            latest_per_key(
                source("raw", "crm__security_assessments"),
                "assessment_id",
                updated_at="updated_at",
            )
        }}
    ),

    renamed as (
        select
            -- ids
            assessment_id,
            partner_id,

            -- texts
            data_scope,
            criticality,
            geography,

            -- numerics
            questionnaire_score,
            critical_findings_open,
            high_findings_open,

            -- booleans
            mfa_enforced,

            -- timestamps
            assessed_on,
            expires_on,
            updated_at
        from source
    )

select *
from renamed
