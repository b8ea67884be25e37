-- One row per partner and step of its cheapest path to the next tier.
with
    paths as (select * from {{ ref("int_tier__shortest_paths") }} where path_length > 0),

    gates as (select * from {{ ref("int_tier__missing_gates") }}),

    moves as (select * from {{ ref("int_tier__path_moves") }}),

    metrics as (select * from {{ ref("metrics") }}),

    ends as (select distinct partner_id, tier, last_day from gates),

    -- What the path takes of each scored metric.
    taken as (
        select
            paths.partner_id,
            moves.metric_key,
            {{ digit_of("paths.code", "moves.digit") }} as steps,
            {{ digit_of("paths.closures", "moves.digit") }} as closed_group
        from paths
        inner join
            moves
            on paths.partner_id = moves.partner_id
            and moves.steps = 0
            and moves.closed_group = 0
    ),

    climbed as (
        select
            moves.*,
            lag(moves.bound) over ladder as from_bound,
            lag(moves.score) over ladder as from_score,
            taken.steps as steps_taken
        from taken
        inner join
            moves
            on taken.partner_id = moves.partner_id
            and taken.metric_key = moves.metric_key
            and taken.closed_group = moves.closed_group
        window ladder as (partition by moves.partner_id, moves.metric_key order by moves.steps)
    ),

    outside as (
        select gates.*
        from gates
        inner join
            paths on gates.partner_id = paths.partner_id and (paths.remaining & gates.group_bit) > 0
        left join taken on gates.partner_id = taken.partner_id and gates.gate = taken.metric_key
        where gates.is_judged and not gates.is_of_score and taken.metric_key is null
        qualify
            row_number() over (
                partition by gates.partner_id, gates.gate_group order by gates.gap_share, gates.gate
            )
            = 1
    ),

    closed as (
        select partner_id, gate, comparison, actual, required
        from outside
        union all
        select gates.partner_id, gates.gate, gates.comparison, gates.actual, gates.required
        from gates
        inner join
            taken
            on gates.partner_id = taken.partner_id
            and gates.gate = taken.metric_key
            and gates.group_number = taken.closed_group
    ),

    steps as (
        select
            partner_id,
            'gate_gap' as kind,
            gate as key,
            1 as step_of_key,
            comparison,
            actual as from_value,
            required as to_value,
            comparison <> 'above' as to_is_inclusive,
            cast(null as decimal(28, 9)) as from_score,
            cast(null as decimal(28, 9)) as to_score
        from closed
        union all
        select
            partner_id,
            'rubric_step',
            metric_key,
            steps,
            null,
            from_bound,
            bound,
            is_inclusive,
            from_score,
            score
        from climbed
        where steps between 1 and steps_taken
    ),

    final as (
        select
            steps.*,
            ends.tier,
            ends.last_day as quarter_end,
            metrics.label,
            metrics.unit,
            metrics.direction,
            cast(
                case
                    steps.comparison
                    when 'above'
                    then
                        floor(
                            (steps.to_value - steps.from_value) * {{ shown_parts("metrics.unit") }}
                        )
                        + 1
                    else
                        ceil(
                            abs(steps.to_value - steps.from_value)
                            * {{ shown_parts("metrics.unit") }}
                        )
                end as bigint
            ) as gap_parts,
            cast(
                row_number() over (
                    partition by steps.partner_id order by steps.kind, steps.key, steps.step_of_key
                ) as integer
            ) as step_number
        from steps
        inner join ends on steps.partner_id = ends.partner_id
        inner join
            metrics
            on steps.key = metrics.metric_key
            and {{ is_in_force("metrics", "ends.last_day") }}
    )

select *
from final
