-- One row per partner for which there are moves that qualify it for the next tier: the fewest, as a
-- code of what it takes of each metric.
{% set gates_of_score = ["weighted_score", "every_criterion", "every_metric"] %}
{% set holding = ["has_all_criteria", "has_all_metrics", "group_bits", "closed_bits"] %}

with
    gates as (select * from {{ ref("int_tier__missing_gates") }}),

    moves as (select * from {{ ref("int_tier__path_moves") }}),

    points as (
        select *
        from {{ ref("int_criterion_points") }}
        where
            period_kind = 'quarter'
            and period_start in (select period_start from gates)
            and measured_weight > 0
    ),

    -- How a group can be had: by the score, by all criteria or metrics, by closing a gap outside
    -- the rubric.
    groups as (
        select
            gates.partner_id,
            gates.group_bit,
            min(
                case
                    when gates.is_judged and not gates.is_of_score and moves.metric_key is null
                    then gates.gap_share
                end
            ) as gap_share,
            bool_and(gates.is_of_score) as is_of_score
            {% for gate in gates_of_score %}
                ,
                max(
                    case
                        when gates.gate = '{{ gate }}' and gates.comparison <> 'at_most'
                        then
                            gates.required
                            + case gates.comparison when 'above' then 0.000000001 else 0 end
                    end
                ) as {{ gate }}_from
            {% endfor %}
        from gates
        left join
            moves
            on gates.partner_id = moves.partner_id
            and gates.gate = moves.metric_key
            and moves.steps = 0
            and moves.closed_group = 0
        group by gates.partner_id, gates.group_bit
    ),

    needs as (
        select
            partner_id,
            bit_or(group_bit) as lacking,
            bit_or(case when gap_share is null then 0 else group_bit end) as by_gap,
            bool_or(
                is_of_score and weighted_score_from is null and every_metric_from is null
            ) as must_have_all_criteria,
            bool_or(
                is_of_score and weighted_score_from is null and every_criterion_from is null
            ) as must_have_all_metrics
            {% for gate in gates_of_score %}
                ,
                bit_or(
                    case when {{ gate }}_from is null then 0 else group_bit end
                ) as by_{{ gate }},
                max({{ gate }}_from) as {{ gate }}_from
            {% endfor %}
        from groups
        group by partner_id
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

    bearing as (
        select *
        from of_criteria
        qualify
            has_all_criteria
            or not must_have_all_criteria
            or not bool_or(has_all_criteria) over (partition by partner_id, slot)
    ),

    -- A half without criteria adds nothing; a partner without any has no score.
    halves as (
        {{ merged_states("bearing", ["partner_id"]) }}
        union all
        select
            needs.partner_id,
            slots.slot,
            0,
            case slots.slot when 1 then 0 end,
            slots.slot = 1,
            slots.slot = 1,
            0,
            0,
            0,
            0,
            0
        from needs
        cross join (select {{ each_integer(0, 1) }} as slot) as slots
        left join
            (select distinct partner_id, slot from of_criteria) as held
            on needs.partner_id = held.partner_id
            and slots.slot = {{ whole_quotient("held.slot", 2) }}
        where held.partner_id is null
    ),

    -- With the best score for as many moves: enough to know how many it takes.
    best_halves as (
        select
            partner_id,
            slot,
            moves,
            {% for column in holding %} {{ column }}, {% endfor %}
            max(points) as points
        from halves
        group by partner_id, slot, moves {% for column in holding %}, {{ column }} {% endfor %}
    ),

    lengths as (
        select partner_id, by_gap, min(path_length) as shortest
        from ({{ completed_paths("best_halves", "best_halves", "needs") }}) as paths
        group by partner_id, by_gap
    ),

    known as (
        select needs.*, lengths.shortest, lengths.shortest - bit_count(lengths.by_gap) as fewest
        from needs
        inner join lengths on needs.partner_id = lengths.partner_id
    ),

    -- Of two halves alike but for score and code, one that is worse in both is of no use.
    useful as (
        select
            halves.*,
            row_number() over (
                partition by halves.partner_id
                order by halves.slot, halves.moves, halves.code, halves.points, halves.closures
            ) as half_number
        from halves
        inner join
            lengths on halves.partner_id = lengths.partner_id and halves.moves <= lengths.shortest
        qualify
            coalesce(
                halves.code > max(halves.code) over (
                    partition by
                        halves.partner_id,
                        halves.slot,
                        halves.moves,
                        halves.closures
                        {% for column in holding %}, halves.{{ column }} {% endfor %}
                    order by halves.points desc, halves.code desc
                    rows between unbounded preceding and 1 preceding
                ),
                true
            )
    ),

    -- First halves that the best second half completes in time.
    completable as (
        select distinct partner_id, half_number
        from
            (
                {{
                    completed_paths(
                        "useful", "best_halves", "known", kept=["half_number"], among=true
                    )
                }}
            ) as paths
        where path_length = shortest
    ),

    firsts as (
        select useful.*
        from useful
        inner join
            completable
            on useful.partner_id = completable.partner_id
            and useful.half_number = completable.half_number
    ),

    shortest_ones as (
        select *
        from
            (
                {{
                    completed_paths(
                        "firsts",
                        "useful",
                        "known",
                        added=["closed_bits", "closures", "gap_share", "code"],
                        among=true,
                    )
                }}
            ) as paths
        where path_length = shortest
    ),

    outside as (
        select remaining.partner_id, remaining.remaining, sum(groups.gap_share) as gap_share
        from (select distinct partner_id, remaining from shortest_ones) as remaining
        inner join
            groups
            on remaining.partner_id = groups.partner_id
            and (remaining.remaining & groups.group_bit) > 0
        group by remaining.partner_id, remaining.remaining
    ),

    final as (
        select
            paths.partner_id,
            cast(paths.path_length as integer) as path_length,
            paths.code,
            paths.closures,
            paths.remaining
        from shortest_ones as paths
        left join
            outside on paths.partner_id = outside.partner_id and paths.remaining = outside.remaining
        qualify
            row_number() over (
                partition by paths.partner_id
                order by
                    bit_count(paths.closed_bits) + bit_count(paths.remaining) desc,
                    paths.gap_share + coalesce(outside.gap_share, 0),
                    paths.code desc,
                    paths.closures desc
            )
            = 1
    )

select *
from final
