-- One row per partner with a cheapest path to the next tier: the path in words.
with
    steps as (select * from {{ ref("int_tier__path_steps") }}),

    reporting as (select * from {{ ref("int_currency__reporting") }}),

    -- Several steps of one metric are told as one.
    ranked as (
        select
            *,
            cast(count(*) over (partition by partner_id, kind, key) as integer) as steps_of_key,
            row_number() over (
                partition by partner_id, kind, key order by step_of_key
            ) as from_first,
            row_number() over (
                partition by partner_id, kind, key order by step_of_key desc
            ) as from_last
        from steps
    ),

    told as (
        select
            partner_id,
            quarter_end,
            tier,
            kind,
            key,
            label,
            unit,
            direction,
            steps_of_key,
            max(comparison) as comparison,
            max(gap_parts) as gap_parts,
            max(case when from_first = 1 then from_value end) as from_value,
            max(case when from_last = 1 then to_value end) as to_value,
            bool_or(from_last = 1 and to_is_inclusive) as to_is_inclusive
        from ranked
        group by partner_id, quarter_end, tier, kind, key, label, unit, direction, steps_of_key
    ),

    worded as (
        select
            told.partner_id,
            told.quarter_end,
            told.tier,
            told.steps_of_key,
            told.kind || ' ' || told.key as place,
            case
                told.kind
                when 'gate_gap'
                then {{ gate_gap_sentence("told") }}
                else {{ rubric_steps_sentence("told", "told.steps_of_key") }}
            end as sentence
        from told
        cross join reporting
    ),

    final as (
        select
            partner_id,
            quarter_end,
            cast(sum(steps_of_key) as integer) as path_length,
            {{ as_name("tier") }}
            || ' in '
            || {{ number_word("cast(sum(steps_of_key) as integer)") }}
            || case when sum(steps_of_key) = 1 then ' step. ' else ' steps. ' end
            || {{ join_in_order("sentence", "place", ". ") }}
            || '.' as cheapest_path
        from worded
        group by partner_id, quarter_end, tier
    )

select *
from final
