-- One row per scored partner and quarter: how many ways to shift the criterion weights leave it in
-- the tier it qualifies for.
{% set criteria = [1, 2, 3, 4] %}

with
    scores as (
        select *
        from {{ ref("fct_tier_score") }}
        where period_kind = 'quarter' and weighted_score is not null
    ),

    gates as (select * from {{ ref("fct_tier_gate") }} where period_kind = 'quarter'),

    periods as (select * from {{ ref("int_periods") }} where period_kind = 'quarter'),

    rules as (select * from {{ ref("int_scoring_rules") }}),

    points as (
        select
            *,
            row_number() over (partition by partner_id, period_start order by criterion) as number
        from {{ ref("int_criterion_points") }}
        where period_kind = 'quarter' and measured_weight > 0
    ),

    tiers as (
        select periods.period_start, tiers.tier, tiers.rank
        from {{ ref("tiers") }} as tiers
        inner join periods on {{ is_in_force("tiers", "periods.last_day") }}
    ),

    -- Each weight down, as it is, or up: three to the power of four sets.
    sets as (
        select
            set_number
            {% for criterion in criteria %}
                , {{ whole_quotient("set_number", 3**loop.index0) }} % 3 - 1 as way_{{ criterion }}
            {% endfor %}
        from (select {{ each_integer(0, 80) }} as set_number) as numbers
    ),

    -- A score to nine places reaches what is required from half a billionth below it on.
    groups as (
        select
            partner_id,
            period_start,
            tier,
            bool_or(gate <> 'weighted_score' and coalesce(is_met, false)) as holds_anyway,
            bool_or(gate = 'weighted_score') as is_weighed,
            max(
                case
                    when gate = 'weighted_score' and comparison <> 'at_most'
                    then
                        {{ scaled_integer("required") }} * 1000000
                        + case comparison when 'above' then 500000 else -500000 end
                end
            ) as score_from,
            min(
                case
                    when gate = 'weighted_score' and comparison = 'at_most'
                    then {{ scaled_integer("required") }} * 1000000 + 500000
                end
            ) as score_below
        from gates
        group by partner_id, period_start, tier, gate_group
    ),

    -- Tiers that all but the weighted score leave open.
    open_tiers as (
        select
            partner_id,
            period_start,
            tier,
            max(case when not holds_anyway then score_from end) as score_from,
            min(case when not holds_anyway then score_below end) as score_below
        from groups
        group by partner_id, period_start, tier
        having bool_and(holds_anyway or is_weighed)
    ),

    -- The tier qualified for must hold, and none above it.
    decisive as (
        select
            scores.partner_id,
            scores.period_start,
            open_tiers.score_from,
            open_tiers.score_below,
            tiers.tier = coalesce(scores.qualified_tier, '') as is_qualified
        from scores
        inner join
            open_tiers
            on scores.partner_id = open_tiers.partner_id
            and scores.period_start = open_tiers.period_start
        inner join
            tiers on open_tiers.period_start = tiers.period_start and open_tiers.tier = tiers.tier
        left join
            tiers as qualified
            on scores.period_start = qualified.period_start
            and scores.qualified_tier = qualified.tier
        where
            (qualified.rank is null or tiers.rank >= qualified.rank)
            and (open_tiers.score_from is not null or open_tiers.score_below is not null)
    ),

    -- Scores to 15 places, as the published one is made of; weights scaled down and up.
    weighed as (
        select
            points.partner_id,
            points.period_start,
            points.number,
            {{
                divide_half_away(
                    scaled_integer("points.points") ~ " * 1000000000000000",
                    scaled_integer("points.measured_weight"),
                )
            }} as score,
            {{ scaled_integer("points.weight") }} * 1000000000 as weight,
            {{ scaled_integer("points.weight") }}
            * {{ scaled_integer("rules.weight_swing") }} as swing
        from points
        inner join periods on points.period_start = periods.period_start
        inner join rules on periods.rules_from = rules.rules_from
    ),

    in_one_row as (
        select
            partner_id,
            period_start
            {% for criterion in criteria %}
                {% for column in ["score", "weight", "swing"] %}
                    ,
                    coalesce(
                        max(case when number = {{ criterion }} then {{ column }} end), 0
                    ) as {{ column }}_{{ criterion }}
                {% endfor %}
            {% endfor %}
        from weighed
        group by partner_id, period_start
    ),

    tried as (
        select
            decisive.*,
            sets.set_number,
            {% for criterion in criteria %}
                (weight_{{ criterion }} + way_{{ criterion }} * swing_{{ criterion }})
                {% if not loop.last %} + {% endif %}
            {% endfor %} as weights,
            {% for criterion in criteria %}
                (weight_{{ criterion }} + way_{{ criterion }} * swing_{{ criterion }})
                * score_{{ criterion }}
                {% if not loop.last %} + {% endif %}
            {% endfor %} as weighted
        from decisive
        inner join
            in_one_row
            on decisive.partner_id = in_one_row.partner_id
            and decisive.period_start = in_one_row.period_start
        cross join sets
    ),

    moved as (
        select partner_id, period_start, count(distinct set_number) as weight_sets
        from tried
        where
            is_qualified <> (
                coalesce(weighted >= score_from * weights, true)
                and coalesce(weighted < score_below * weights, true)
            )
        group by partner_id, period_start
    ),

    counted as (
        select
            scores.partner_id,
            scores.period_end,
            cast((select count(*) from sets) as integer) as weight_sets,
            cast(coalesce(moved.weight_sets, 0) as integer) as weight_sets_moved
        from scores
        left join
            moved
            on scores.partner_id = moved.partner_id
            and scores.period_start = moved.period_start
    ),

    final as (
        select
            partner_id,
            {{ date_plus_days("period_end", -1) }} as quarter_end,
            weight_sets,
            weight_sets - weight_sets_moved as weight_sets_kept,
            {{ decimal_ratio("weight_sets - weight_sets_moved", "weight_sets") }} as robustness
        from counted
    )

select *
from final
