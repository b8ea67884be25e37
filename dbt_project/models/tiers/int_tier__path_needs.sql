-- One row per partner that lacks something for the next tier: its groups of gates as masks, by how
-- they can be had, and the lines the score is to reach.
{% set gates_of_score = ["weighted_score", "every_criterion", "every_metric"] %}

with
    groups as (select * from {{ ref("int_tier__path_groups") }}),

    final as (
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
    )

select *
from final
