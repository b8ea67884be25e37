-- One row per person of a partner and type of certificate taken: the latest certificate, else the
-- latest attempt that failed.
with
    run as (select as_of, as_of_end from {{ source("quality", "run") }}),

    partners as (select partner_id from {{ ref("stg_crm__partners") }}),

    incidents as (select * from {{ ref("stg_support__incidents") }}),

    rules as (
        select
            {{ setting_value("certification_expiring_days", "integer") }} as expiring_days,
            {{ setting_value("recertification_months", "integer") }} as recertification_months
        from {{ ref("settings") }} as settings
        cross join run
        where {{ is_in_force("settings", "run.as_of") }}
    ),

    -- What is dated after the run has not happened yet.
    seen as (
        select
            certificates.*,
            coalesce(
                certificates.passed is not false and certificates.issued_on <= run.as_of, false
            ) as is_certificate
        from {{ ref("stg_crm__certifications") }} as certificates
        cross join run
        where coalesce(certificates.attempted_on, certificates.issued_on) <= run.as_of
    ),

    counted as (
        select
            *,
            count(*) over by_person as attempts,
            count(case when is_certificate or passed then 1 end) over by_person as passes
        from seen
        window by_person as (partition by partner_id, person_id, certification_type)
    ),

    latest as (
        select *
        from counted
        where is_certificate or passed is false
        qualify
            row_number() over (
                partition by partner_id, person_id, certification_type
                order by
                    case when is_certificate then 0 else 1 end,
                    case when is_certificate then issued_on else attempted_on end desc nulls last,
                    certification_id desc
            )
            = 1
    ),

    -- The first grave incident of the partner's own making since a certificate was issued.
    shaken as (
        select latest.certification_id, min(cast(incidents.started_at as date)) as sev1_on
        from latest
        cross join run
        inner join
            incidents
            on latest.partner_id = incidents.partner_id
            and incidents.severity = 'sev1'
            and incidents.caused_by = 'partner'
            and incidents.started_at < run.as_of_end
            and latest.issued_on < cast(incidents.started_at as date)
        where latest.is_certificate
        group by latest.certification_id
    ),

    judged as (
        select
            latest.*,
            {{ known_partner() }} as known_partner_id,
            run.as_of,
            rules.expiring_days,
            case
                when latest.is_certificate then {{ days_between("run.as_of", "latest.expires_on") }}
            end as days_to_expiry,
            case
                when latest.is_certificate
                then {{ date_plus_months("latest.issued_on", "rules.recertification_months") }}
            end as year_on,
            shaken.sev1_on
        from latest
        cross join run
        cross join rules
        left join partners on latest.partner_id = partners.partner_id
        left join shaken on latest.certification_id = shaken.certification_id
    ),

    final as (
        select
            certification_id,
            known_partner_id as partner_id,
            person_id,
            certification_type,
            case when is_certificate then issued_on end as issued_on,
            case when is_certificate then expires_on end as expires_on,
            case
                when not is_certificate
                then 'failed'
                when days_to_expiry <= 0
                then 'expired'
                when days_to_expiry <= expiring_days
                then 'expiring'
                else 'current'
            end as state,
            cast(days_to_expiry as integer) as days_to_expiry,
            attempts,
            passes,
            least(year_on, sev1_on) as recertification_due_on,
            case
                when sev1_on <= year_on then 'sev1' when year_on is not null then 'annual'
            end as recertification_reason
        from judged
    )

select *
from final
