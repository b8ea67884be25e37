-- One row per partner and criterion, with the points of its metrics of 13 weeks before the latest
-- week under the rubric of the latest week.
with
    latest as (
        select max(period_start) as period_start
        from {{ ref("int_periods") }}
        where period_kind = 'week'
    ),

    partners as (
        select partner_periods.partner_id, partner_periods.archetype
        from {{ ref("int_partner__periods") }} as partner_periods
        inner join latest on partner_periods.period_start = latest.period_start
        where partner_periods.period_kind = 'week'
    ),

    policy as (
        select metrics.*
        from {{ ref("int_metric_periods") }} as metrics
        inner join latest on metrics.period_start = latest.period_start
        where metrics.period_kind = 'week'
    ),

    rubric_bands as (select * from {{ ref("rubric_bands") }}),

    bands as ({{ bands_in_force("policy", "rubric_bands") }}),

    past as (
        select metrics.partner_id, metrics.metric_key, metrics.value
        from {{ ref("fct_partner_metric") }} as metrics
        cross join latest
        where
            metrics.period_kind = 'week'
            and metrics.period_start = {{ date_plus_days("latest.period_start", -91) }}
            and metrics.status = 'measured'
    ),

    rescored as (
        select
            past.partner_id,
            policy.criterion,
            policy.metric_weight,
            {{ score_in_band("past.value", "bands") }} as rubric_score
        from past
        inner join partners on past.partner_id = partners.partner_id
        inner join
            policy
            on past.metric_key = policy.metric_key
            and {{ has_word("policy.archetypes", "partners.archetype") }}
        inner join
            bands on past.metric_key = bands.metric_key and {{ is_in_band("past.value", "bands") }}
        where policy.criterion is not null
    ),

    final as (
        select
            partner_id,
            criterion,
            cast(
                sum(
                    cast(rubric_score as decimal(13, 9)) * cast(metric_weight as decimal(16, 9))
                ) as decimal(28, 9)
            ) as points,
            cast(sum(metric_weight) as decimal(28, 9)) as measured_weight
        from rescored
        group by partner_id, criterion
    )

select *
from final
