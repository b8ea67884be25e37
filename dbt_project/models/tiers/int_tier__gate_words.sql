-- One row per partner, quarter, tier and group of gates: what it asks for and what there is, in
-- words.
with
    gates as (select * from {{ ref("fct_tier_gate") }} where period_kind = 'quarter'),

    -- Where gates decide; nobody asks which ones hold of who is in place.
    movement as (
        select *
        from {{ ref("int_tier__movement") }}
        where
            reason in ('qualified_twice', 'misses', 'first_miss', 'provisional')
            or (reason = 'in_place' and coalesce(qualified_rank, 0) < current_rank)
    ),

    metrics as (select * from {{ ref("metrics") }}),

    reporting as (select * from {{ ref("int_currency__reporting") }}),

    -- The tier a recommendation speaks of.
    spoken_of as (
        select
            gates.partner_id,
            gates.period_start,
            gates.tier,
            gates.gate_group,
            gates.gate,
            gates.comparison,
            gates.required,
            gates.actual,
            gates.is_met,
            gates.status,
            coalesce(metrics.unit, 'score') as unit,
            {{ gate_label("gates.gate", "metrics.label") }} as label,
            case
                gates.gate
                when 'weighted_score'
                then '1'
                when 'every_criterion'
                then '2'
                when 'every_metric'
                then '3'
                else '4 ' || gates.gate
            end as place
        from gates
        inner join
            movement
            on gates.partner_id = movement.partner_id
            and gates.period_start = movement.period_start
            and gates.tier = case
                when movement.action = 'promote'
                then movement.recommended_tier
                else movement.current_tier
            end
        left join
            metrics
            on gates.gate = metrics.metric_key
            and {{ is_in_force("metrics", "movement.quarter_end") }}
    ),

    -- Cut off, never rounded across the line: what is met shows as met, what is short as short.
    cut as (
        select
            *,
            cast(
                case
                    when comparison = 'at_most'
                    then ceil(actual * {{ shown_parts("unit") }})
                    else floor(actual * {{ shown_parts("unit") }})
                end as bigint
            ) as actual_parts,
            cast(
                case
                    when (comparison = 'at_most') = is_met
                    then ceil(required * {{ shown_parts("unit") }})
                    else floor(required * {{ shown_parts("unit") }})
                end as bigint
            ) as required_parts
        from spoken_of
    ),

    worded as (
        select
            cut.*,
            case
                when cut.is_met is null
                then
                    cut.label || case
                        cut.status
                        when 'source_missing'
                        then ' (no source)'
                        when 'too_few'
                        then ' (too few cases)'
                        when 'not_applicable'
                        then ' (does not apply)'
                        else ' (nothing to measure)'
                    end
                when cut.unit = 'flag'
                then case when cut.is_met then cut.label else 'no ' || cut.label end
                else
                    cut.label
                    || ' '
                    || {{ shown_value("cut.actual_parts", "cut.unit") }}
                    || ' against '
                    || case
                        cut.comparison
                        when 'at_most'
                        then 'at most '
                        when 'above'
                        then 'more than '
                        else ''
                    end
                    || {{ shown_value("cut.required_parts", "cut.unit") }}
                    || case
                        when cut.is_met or cut.actual_parts = cut.required_parts
                        then ''
                        when cut.comparison = 'at_most'
                        then
                            ', over by '
                            ||
                            {{ shown_value("(cut.actual_parts - cut.required_parts)", "cut.unit") }}
                        else
                            ', short by '
                            ||
                            {{ shown_value("(cut.required_parts - cut.actual_parts)", "cut.unit") }}
                    end
            end as words
        from cut
        cross join reporting
    ),

    final as (
        select
            partner_id,
            period_start,
            tier,
            gate_group,
            min(place) as place,
            case
                when bool_or(is_met) then true when count(*) = count(is_met) then false
            end as is_met,
            {{ join_in_order("case when is_met then words end", "place", " and ") }} as met,
            {{ join_in_order("case when not is_met then words end", "place", ", or ") }} as missed,
            {{ join_in_order("case when is_met is null then words end", "place", " and ") }}
            as unjudged
        from worded
        group by partner_id, period_start, tier, gate_group
    )

select *
from final
