-- One row per metric, certificate and span in which it counts.
with
    certificates as (
        select
            certification_id,
            partner_id,
            person_id,
            certification_type,
            cast(issued_on as timestamp) as issued_at,
            cast(expires_on as timestamp) as expires_at
        from {{ ref("stg_crm__certifications") }}
        where issued_on is not null and passed is not false
    ),

    -- The latest of each person and type is current until it expires, and no longer.
    followed as (
        select
            *,
            lead(issued_at) over (
                partition by partner_id, person_id, certification_type
                order by issued_at, certification_id
            ) as next_issued_at
        from certificates
    ),

    -- One more certificate of a person certifies it from where the earlier ones leave off.
    preceded as (
        select
            *,
            max(coalesce(expires_at, {{ end_of_time() }})) over (
                partition by partner_id, person_id
                order by issued_at, certification_id
                rows between unbounded preceding and 1 preceding
            ) as certified_until_at
        from certificates
        where expires_at is null or issued_at < expires_at
    ),

    spans as (
        select
            'certification_currency' as metric_key,
            partner_id,
            cast(null as date) as rules_from,
            'crm.certifications' as entity,
            certification_id as entity_id,
            false as is_event,
            issued_at as happened_at,
            issued_at as from_at,
            least(next_issued_at, expires_at) as until_at,
            1 as numerator,
            1 as denominator,
            cast(null as bigint) as amount_cents
        from followed
        union all
        select
            'certification_currency',
            partner_id,
            cast(null as date),
            'crm.certifications',
            certification_id,
            false,
            issued_at,
            greatest(issued_at, expires_at),
            next_issued_at,
            0,
            1,
            cast(null as bigint)
        from followed
        where expires_at is not null
        union all
        select
            'certified_people',
            partner_id,
            cast(null as date),
            'crm.certifications',
            certification_id,
            false,
            issued_at,
            greatest(issued_at, certified_until_at),
            expires_at,
            1,
            cast(null as integer),
            cast(null as bigint)
        from preceded
    ),

    final as (select * from spans where until_at is null or from_at < until_at)

select *
from final
