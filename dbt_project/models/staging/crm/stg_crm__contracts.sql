-- One row per contract.
with
    source as (
        {{
            latest_per_key(
                source("raw", "crm__contracts"), "contract_id", updated_at="updated_at"
            )
        }}
    ),

    renamed as (
        select
            -- ids
            contract_id,
            partner_id,

            -- texts
            contract_type,
            template_version,
            data_role,
            granted_scopes,
            exception_reason,
            compensating_control,

            -- numerics
            notice_days,
            revenue_share_rate,
            reseller_discount_rate,
            incident_notice_hours,
            non_standard_clauses,

            -- booleans
            auto_renews,
            requires_mfa,
            has_exit_plan,

            -- timestamps
            signed_on,
            starts_on,
            ends_on,
            exception_expires_on,
            updated_at
        from source
    )

select *
from renamed
