-- One row per partner and period the metric applies to: current certificates ÷ all, of the latest
-- per person and type.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'certification_currency' and is_applicable
    ),

    certificates as (
        select
            partner_id,
            issued_on,
            expires_on,
            lead(issued_on) over (
                partition by partner_id, person_id, certification_type
                order by issued_on, certification_id
            ) as next_issued_on
        from {{ ref("stg_crm__certifications") }}
        where issued_on is not null and passed is not false
    ),

    spans as (
        select
            partner_id,
            cast(issued_on as timestamp) as from_at,
            cast(next_issued_on as timestamp) as until_at,
            1 as certificates,
            0 as current_ones
        from certificates
        union all
        select
            partner_id,
            cast(issued_on as timestamp),
            cast(least(next_issued_on, expires_on) as timestamp),
            0,
            1
        from certificates
    ),

    events as ({{ changes_of("spans", ["certificates", "current_ones"]) }}),

    totals as ({{ trailing_totals("events", "windows", ["current_ones", "certificates"]) }}),

    metric_certification_currency as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'certification_currency' as metric_key,
            current_ones as numerator,
            certificates as denominator,
            cast(certificates as bigint) as sample_size,
            {{ decimal_ratio("current_ones", "certificates") }} as value
        from totals
    )

select *
from metric_certification_currency
