-- One row per partner, period and criterion, with the points and weights of its metrics.
{{ config(tags=["rescored"]) }}

with
    partner_periods as (select * from {{ ref("int_partner__periods") }}),

    criterion_weights as (select * from {{ ref("criterion_weights") }}),

    metrics as (select * from {{ ref("fct_partner_metric") }}),

    policy as (select * from {{ ref("int_metric_periods") }}),

    -- A rare metric without events leaves coverage alone.
    points as (
        select
            metrics.partner_id,
            metrics.period_kind,
            metrics.period_start,
            policy.criterion,
            sum(
                cast(metrics.rubric_score as decimal(13, 9))
                * cast(policy.metric_weight as decimal(16, 9))
            ) as points,
            sum(
                case when metrics.rubric_score is not null then policy.metric_weight end
            ) as measured_weight,
            sum(
                case
                    when
                        metrics.status = 'not_applicable'
                        or (policy.is_rare and metrics.status = 'no_events')
                    then 0
                    else policy.metric_weight
                end
            ) as applicable_weight
        from metrics
        inner join
            policy
            on metrics.metric_key = policy.metric_key
            and metrics.period_kind = policy.period_kind
            and metrics.period_start = policy.period_start
        group by metrics.partner_id, metrics.period_kind, metrics.period_start, policy.criterion
    ),

    final as (
        select
            partner_periods.partner_id,
            partner_periods.period_kind,
            partner_periods.period_start,
            partner_periods.period_end,
            criterion_weights.criterion,
            criterion_weights.weight,
            cast(points.points as decimal(28, 9)) as points,
            cast(points.measured_weight as decimal(28, 9)) as measured_weight,
            cast(points.applicable_weight as decimal(28, 9)) as applicable_weight
        from partner_periods
        inner join
            criterion_weights
            on partner_periods.archetype = criterion_weights.archetype
            and {{ is_in_force("criterion_weights", "partner_periods.last_day") }}
        left join
            points
            on partner_periods.partner_id = points.partner_id
            and partner_periods.period_kind = points.period_kind
            and partner_periods.period_start = points.period_start
            and criterion_weights.criterion = points.criterion
    )

select *
from final
