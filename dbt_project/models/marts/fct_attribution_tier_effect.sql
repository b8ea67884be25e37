-- One row per partner scored at the latest completed quarter and split model.
{% set by = ["partner_id", "model"] %}
with
    credited as (select * from {{ ref("int_split__arr") }}),

    published as (
        select scores.partner_id, scores.qualified_tier
        from {{ ref("fct_tier_score") }} as scores
        inner join
            (select distinct period_start from credited) as latest
            on scores.period_start = latest.period_start
        where scores.period_kind = 'quarter'
    ),

    metric_periods as (
        select metrics.*
        from {{ ref("int_metric_periods") }} as metrics
        inner join
            (select distinct period_start from credited) as latest
            on metrics.period_start = latest.period_start
        where metrics.period_kind = 'quarter'
    ),

    rubric_bands as (select * from {{ ref("rubric_bands") }}),

    bands as ({{ bands_in_force("metric_periods", "rubric_bands") }}),

    partner_metrics as (
        select * from {{ ref("fct_partner_metric") }} where period_kind = 'quarter'
    ),

    -- The partner's metrics as each model has them: one of them by the model's credit, where it is
    -- measured at all, the others as published.
    metrics as (
        select
            credited.partner_id,
            credited.model,
            partner_metrics.metric_key,
            metric_periods.criterion,
            metric_periods.metric_weight,
            partner_metrics.status,
            partner_metrics.rubric_score as published_score,
            case
                when
                    partner_metrics.metric_key = credited.metric_key
                    and partner_metrics.status = 'measured'
                then credited.credited_arr
                else partner_metrics.value
            end as value,
            partner_metrics.metric_key = credited.metric_key
            and partner_metrics.status = 'measured' as is_replaced
        from credited
        inner join
            partner_metrics
            on credited.partner_id = partner_metrics.partner_id
            and credited.period_start = partner_metrics.period_start
        inner join metric_periods on partner_metrics.metric_key = metric_periods.metric_key
    ),

    rescored as (
        select
            metrics.*,
            case
                when metrics.is_replaced
                then {{ score_in_band("metrics.value", "bands") }}
                else metrics.published_score
            end as rubric_score
        from metrics
        left join
            bands
            on metrics.is_replaced
            and metrics.metric_key = bands.metric_key
            and {{ is_in_band("metrics.value", "bands") }}
    ),

    changes as (
        select
            partner_id,
            model,
            criterion,
            cast(
                sum(
                    cast(coalesce(rubric_score, 0) - coalesce(published_score, 0) as decimal(13, 9))
                    * cast(metric_weight as decimal(16, 9))
                ) as decimal(28, 9)
            ) as points
        from rescored
        where is_replaced
        group by partner_id, model, criterion
    ),

    criteria as (
        select
            credited.partner_id,
            credited.model,
            points.weight,
            points.measured_weight,
            cast(points.points + coalesce(changes.points, 0) as decimal(28, 9)) as points
        from credited
        inner join
            {{ ref("int_criterion_points") }} as points
            on credited.partner_id = points.partner_id
            and credited.period_start = points.period_start
            and points.period_kind = 'quarter'
            and points.measured_weight > 0
        left join
            changes
            on credited.partner_id = changes.partner_id
            and credited.model = changes.model
            and points.criterion = changes.criterion
    ),

    weights as (
        select partner_id, model, cast(sum(weight) as decimal(28, 9)) as weight
        from criteria
        group by partner_id, model
    ),

    scores as (
        select
            criteria.partner_id,
            criteria.model,
            cast(
                sum(
                    {{
                        fine_quotient(
                            "criteria.weight",
                            "criteria.points",
                            "weights.weight",
                            "criteria.measured_weight",
                        )
                    }}
                ) as decimal(28, 9)
            ) as weighted_score,
            min(
                {{ decimal_ratio("criteria.points", "criteria.measured_weight") }}
            ) as lowest_criterion
        from criteria
        inner join
            weights on criteria.partner_id = weights.partner_id and criteria.model = weights.model
        group by criteria.partner_id, criteria.model
    ),

    lowest as (
        select
            partner_id,
            model,
            min(rubric_score) as rubric_score,
            bool_or(status in ('no_events', 'too_few', 'source_missing')) as is_incomplete
        from rescored
        where criterion is not null
        group by partner_id, model
    ),

    figures as (
        select
            credited.partner_id,
            credited.model,
            gates.tier,
            gates.gate_group,
            gates.comparison,
            gates.required,
            case
                when gates.gate = 'weighted_score'
                then scores.weighted_score
                when gates.gate = 'every_criterion'
                then scores.lowest_criterion
                when gates.gate = 'every_metric'
                then
                    {{
                        judged_lowest(
                            "lowest.rubric_score",
                            "lowest.is_incomplete",
                            "gates.comparison",
                            "gates.required",
                        )
                    }}
                when rescored.is_replaced
                then rescored.value
                else gates.actual
            end as actual
        from credited
        inner join
            {{ ref("fct_tier_gate") }} as gates
            on credited.partner_id = gates.partner_id
            and credited.period_start = gates.period_start
            and gates.period_kind = 'quarter'
        left join
            scores on credited.partner_id = scores.partner_id and credited.model = scores.model
        left join
            lowest on credited.partner_id = lowest.partner_id and credited.model = lowest.model
        left join
            rescored
            on credited.partner_id = rescored.partner_id
            and credited.model = rescored.model
            and gates.gate = rescored.metric_key
    ),

    gates as (
        select
            partner_id,
            model,
            tier,
            gate_group,
            {{ keeps_gate("actual", "comparison", "required") }} as is_met
        from figures
    ),

    standing as ({{ tiers_standing("gates", by) }}),

    tiers as (
        select tiers.tier, tiers.rank
        from {{ ref("tiers") }} as tiers
        inner join
            (
                select distinct {{ date_plus_days("period_end", -1) }} as last_day from credited
            ) as latest
            on {{ is_in_force("tiers", "latest.last_day") }}
    ),

    qualified as (
        select standing.partner_id, standing.model, max_by(standing.tier, tiers.rank) as tier
        from standing
        inner join tiers on standing.tier = tiers.tier
        where standing.is_held
        group by standing.partner_id, standing.model
    ),

    compared as (
        select
            partner_id,
            count(distinct tier) > 1
            or count(*) not in (0, {{ split_models() | length }}) as is_decisive
        from qualified
        group by partner_id
    ),

    final as (
        select
            credited.partner_id,
            {{ date_plus_days("credited.period_end", -1) }} as quarter_end,
            credited.model,
            credited.credited_arr_cents,
            qualified.tier as qualified_tier,
            published.qualified_tier as published_qualified_tier,
            coalesce(compared.is_decisive, false) as is_decisive
        from credited
        left join
            qualified
            on credited.partner_id = qualified.partner_id
            and credited.model = qualified.model
        left join compared on credited.partner_id = compared.partner_id
        left join published on credited.partner_id = published.partner_id
    )

select *
from final
