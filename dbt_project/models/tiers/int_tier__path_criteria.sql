-- One row per partner, criterion and outcome of moves of its metrics.
with
    gates as (select * from {{ ref("int_tier__missing_gates") }}),

    moves as (select * from {{ ref("int_tier__path_moves") }}),

    needs as (select * from {{ ref("int_tier__path_needs") }}),

    points as (
        select *
        from {{ ref("int_criterion_points") }}
        where
            period_kind = 'quarter'
            and period_start in (select period_start from gates)
            and measured_weight > 0
    ),

    weights as (
        select partner_id, cast(sum(weight) as decimal(28, 9)) as weight
        from points
        group by partner_id
    ),

    of_metrics as (
        select
            moves.partner_id,
            moves.criterion,
            cast(
                dense_rank() over (
                    partition by moves.partner_id, moves.criterion order by moves.metric_key
                )
                - 1 as integer
            ) as slot,
            moves.steps + case when moves.closed_group > 0 then 1 else 0 end as moves,
            cast(
                cast(moves.score as decimal(13, 9))
                * cast(moves.metric_weight as decimal(16, 9)) as decimal(28, 9)
            ) as points,
            true as has_all_criteria,
            coalesce(moves.score >= needs.every_metric_from, true) as has_all_metrics,
            needs.must_have_all_metrics,
            moves.group_bits,
            moves.closed_bit as closed_bits,
            moves.closed_group * moves.place as closures,
            moves.gap_share,
            moves.steps * moves.place as code
        from moves
        inner join needs on moves.partner_id = needs.partner_id
    ),

    -- What falls short of a line that must be reached is of no use, unless nothing reaches it.
    merged_0 as (
        select *
        from of_metrics
        qualify
            has_all_metrics
            or not must_have_all_metrics
            or not bool_or(has_all_metrics) over (partition by partner_id, criterion, slot)
    ),

    -- Up to 16 metrics of a criterion.
    {% for round in range(1, 5) %}
        merged_{{ round }} as (
            {{ merged_states("merged_" ~ (round - 1), ["partner_id", "criterion"]) }}
        ),
    {% endfor %}

    of_criteria as (
        select
            states.partner_id,
            cast(
                dense_rank() over (partition by states.partner_id order by states.criterion)
                - 1 as integer
            ) as slot,
            states.moves,
            coalesce(
                {{
                    fine_quotient(
                        "points.weight",
                        "states.points",
                        "weights.weight",
                        "points.measured_weight",
                    )
                }},
                0
            ) as points,
            coalesce(
                {{ decimal_ratio("states.points", "points.measured_weight") }}
                >= needs.every_criterion_from,
                true
            ) as has_all_criteria,
            needs.must_have_all_criteria,
            states.has_all_metrics,
            states.group_bits,
            states.closed_bits,
            states.closures,
            states.gap_share,
            states.code
        from merged_4 as states
        inner join needs on states.partner_id = needs.partner_id
        inner join weights on states.partner_id = weights.partner_id
        inner join
            points on states.partner_id = points.partner_id and states.criterion = points.criterion
    ),

    final as (
        select *
        from of_criteria
        qualify
            has_all_criteria
            or not must_have_all_criteria
            or not bool_or(has_all_criteria) over (partition by partner_id, slot)
    )

select *
from final
