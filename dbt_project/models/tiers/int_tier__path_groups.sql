-- One row per partner and group of gates it lacks for the next tier: how the group can be had, by
-- the
-- score, by all criteria or metrics, by closing a gap outside the rubric.
{% set gates_of_score = ["weighted_score", "every_criterion", "every_metric"] %}

with
    gates as (select * from {{ ref("int_tier__missing_gates") }}),

    moves as (select * from {{ ref("int_tier__path_moves") }}),

    final as (
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
    )

select *
from final
