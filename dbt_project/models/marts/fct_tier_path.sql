-- One row per partner and step of its cheapest path to the next tier, at the latest quarter's end.
with
    steps as (select * from {{ ref("int_tier__path_steps") }}),

    reporting as (select * from {{ ref("int_currency__reporting") }}),

    final as (
        select
            steps.partner_id,
            steps.quarter_end,
            steps.tier,
            steps.step_number,
            steps.kind,
            steps.key,
            steps.from_value,
            steps.to_value,
            steps.from_score,
            steps.to_score,
            case
                steps.kind
                when 'gate_gap'
                then {{ gate_gap_sentence("steps") }}
                else {{ rubric_steps_sentence("steps", "1") }}
            end as sentence
        from steps
        cross join reporting
    )

select *
from final
