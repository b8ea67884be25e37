-- One row per partner and period the metric applies to: people with a current certificate.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'certified_people' and is_applicable
    ),

    spans as (
        select partner_id, from_at, until_at, numerator as people
        from {{ ref("int_evidence__certificates") }}
        where metric_key = 'certified_people'
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
