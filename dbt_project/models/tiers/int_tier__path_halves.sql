-- One row per partner, half of its criteria and outcome of moves of their metrics.
with
    needs as (select * from {{ ref("int_tier__path_needs") }}),

    criteria as (select * from {{ ref("int_tier__path_criteria") }}),

    -- A half without criteria adds nothing; a partner without any has no score.
    final as (
        {{ merged_states("criteria", ["partner_id"]) }}
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
            (select distinct partner_id, slot from criteria) as held
            on needs.partner_id = held.partner_id
            and slots.slot = {{ whole_quotient("held.slot", 2) }}
        where held.partner_id is null
    )

select *
from final
