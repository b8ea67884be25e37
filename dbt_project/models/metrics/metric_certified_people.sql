-- One row per partner and period the metric applies to: people with a current certificate.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'certified_people' and is_applicable
    ),

    certificates as (
        select
            partner_id,
            person_id,
            cast(issued_on as timestamp) as from_at,
            coalesce(cast(expires_on as timestamp), {{ end_of_time() }}) as until_at
        from {{ ref("stg_crm__certifications") }}
        where
            issued_on is not null
            and passed is not false
            and (expires_on is null or issued_on < expires_on)
    ),

    begun as (
        select
            *,
            case
                when
                    from_at <= max(until_at) over (
                        partition by partner_id, person_id
                        order by from_at, until_at
                        rows between unbounded preceding and 1 preceding
                    )
                then 0
                else 1
            end as is_begun
        from certificates
    ),

    numbered as (
        select
            *,
            sum(is_begun) over (
                partition by partner_id, person_id
                order by from_at, until_at
                rows between unbounded preceding and current row
            ) as island
        from begun
    ),

    -- Certificates of one person that overlap or touch make one certified person.
    spans as (
        select
            partner_id,
            min(from_at) as from_at,
            nullif(max(until_at), {{ end_of_time() }}) as until_at,
            1 as people
        from numbered
        group by partner_id, person_id, island
    ),

    events as ({{ changes_of("spans", ["people"]) }}),

    totals as ({{ trailing_totals("events", "windows", ["people"]) }}),

    metric_certified_people as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'certified_people' as metric_key,
            people as numerator,
            cast(null as decimal(28, 9)) as denominator,
            cast(people as bigint) as sample_size,
            people as value
        from totals
    )

select *
from metric_certified_people
