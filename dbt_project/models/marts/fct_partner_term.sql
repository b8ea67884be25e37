-- One row per certificate, contract, security assessment and access grant of a partner, as of the
-- run.
with
    run as (
        select as_of_end, cast(as_of_end as date) as end_day from {{ source("quality", "run") }}
    ),

    partners as (select partner_id from {{ ref("dim_partner") }}),

    certificates as (
        select
            partner_id,
            'certificate' as kind,
            certification_id as item_id,
            certification_type as subject,
            person_id as holder_id,
            issued_on as from_on,
            expires_on as until_on,
            false as is_renewing,
            cast(null as boolean) as is_excess
        from {{ ref("fct_certification") }}
        where state <> 'failed'
    ),

    contracts as (
        select
            contracts.partner_id,
            'contract' as kind,
            contracts.contract_id as item_id,
            contracts.contract_type as subject,
            cast(null as {{ dbt.type_string() }}) as holder_id,
            contracts.starts_on as from_on,
            {{ date_plus_days("contracts.ends_on", 1) }} as until_on,
            coalesce(contracts.auto_renews, false) as is_renewing,
            cast(null as boolean) as is_excess
        from {{ ref("stg_crm__contracts") }} as contracts
        inner join run on contracts.starts_on < run.end_day
    ),

    assessments as (
        select
            assessments.partner_id,
            'assessment' as kind,
            assessments.assessment_id as item_id,
            cast(null as {{ dbt.type_string() }}) as subject,
            cast(null as {{ dbt.type_string() }}) as holder_id,
            assessments.assessed_on as from_on,
            assessments.expires_on as until_on,
            false as is_renewing,
            cast(null as boolean) as is_excess
        from {{ ref("stg_crm__security_assessments") }} as assessments
        inner join run on assessments.assessed_on < run.end_day
        qualify
            row_number() over (
                partition by assessments.partner_id
                order by assessments.assessed_on desc, assessments.assessment_id desc
            )
            = 1
    ),

    judged as (
        select grants.entity_id, grants.numerator
        from {{ ref("int_evidence__grants") }} as grants
        inner join
            run
            on grants.from_at < run.as_of_end
            and (grants.until_at is null or run.as_of_end <= grants.until_at)
        qualify
            row_number() over (partition by grants.entity_id order by grants.rules_from desc) = 1
    ),

    grants as (
        select
            grants.partner_id,
            'grant' as kind,
            grants.grant_id as item_id,
            grants.scope as subject,
            grants.account_id as holder_id,
            cast(grants.granted_at as date) as from_on,
            cast(least(grants.revoked_at, grants.expires_at) as date) as until_on,
            false as is_renewing,
            judged.numerator = 1 as is_excess
        from {{ ref("stg_telemetry__access_grants") }} as grants
        inner join judged on grants.grant_id = judged.entity_id
    ),

    terms as (
        select *
        from certificates
        union all
        select *
        from contracts
        union all
        select *
        from assessments
        union all
        select *
        from grants
    ),

    final as (
        select
            terms.partner_id,
            terms.kind,
            terms.item_id,
            terms.subject,
            terms.holder_id,
            terms.from_on,
            terms.until_on,
            terms.is_renewing,
            terms.is_renewing
            or terms.until_on is null
            or run.end_day <= terms.until_on as is_current,
            terms.is_excess
        from terms
        inner join partners on terms.partner_id = partners.partner_id
        cross join run
    )

select *
from final
