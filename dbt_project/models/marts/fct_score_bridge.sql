-- One row per partner and criterion: what moved the weighted score of the latest week since 13
-- weeks before.
with
    points as (select * from {{ ref("int_criterion_points") }} where period_kind = 'week'),

    rescored as (select * from {{ ref("int_tier__rescored_points") }}),

    latest as (
        select max(period_start) as period_start
        from {{ ref("int_periods") }}
        where period_kind = 'week'
    ),

    weeks as (
        select
            present.partner_id,
            present.period_start,
            present.period_end,
            past.period_start as then_start
        from {{ ref("int_partner__periods") }} as present
        inner join latest on present.period_start = latest.period_start
        inner join
            {{ ref("int_partner__periods") }} as past
            on present.partner_id = past.partner_id
            and {{ date_plus_days("present.period_start", -91) }} = past.period_start
        where present.period_kind = 'week' and past.period_kind = 'week'
    ),

    -- A criterion without a score counts 0 at weight 0.
    measured as (
        select
            *,
            cast(
                sum(weight) over (partition by partner_id, period_start) as decimal(28, 9)
            ) as measured_criteria_weight
        from points
        where measured_weight > 0
    ),

    criteria as (
        select distinct
            weeks.partner_id,
            weeks.period_end,
            weeks.period_start,
            weeks.then_start,
            points.criterion
        from weeks
        inner join
            points
            on weeks.partner_id = points.partner_id
            and points.period_start in (weeks.period_start, weeks.then_start)
    ),

    -- What the criterion adds to the score, at then's weight: by then's rules, by today's rules,
    -- with today's values; and today.
    fine as (
        select
            criteria.partner_id,
            criteria.period_end,
            criteria.criterion,
            {% for contribution, weighed, scored in [
                ("published_then", "past", "past"),
                ("then_rescored", "past", "rescored"),
                ("now_at_weight_then", "past", "present"),
                ("published_now", "present", "present"),
            ] %}
                coalesce(
                    {{
                        fine_quotient(
                            weighed ~ ".weight",
                            scored ~ ".points",
                            weighed ~ ".measured_criteria_weight",
                            scored ~ ".measured_weight",
                        )
                    }},
                    0
                ) as {{ contribution }}
                {% if not loop.last %}, {% endif %}
            {% endfor %}
        from criteria
        left join
            measured as past
            on criteria.partner_id = past.partner_id
            and criteria.then_start = past.period_start
            and criteria.criterion = past.criterion
        left join
            rescored
            on criteria.partner_id = rescored.partner_id
            and criteria.criterion = rescored.criterion
        left join
            measured as present
            on criteria.partner_id = present.partner_id
            and criteria.period_start = present.period_start
            and criteria.criterion = present.criterion
    ),

    parts as (
        select
            *,
            now_at_weight_then - then_rescored as performance,
            then_rescored - published_then as rules,
            published_now - now_at_weight_then as weight
        from fine
    ),

    -- From the score then, one part after the other, to the score now.
    walked as (
        select
            *,
            cast(
                sum(published_then) over (partition by partner_id)
                + sum(published_now - published_then) over (
                    partition by partner_id
                    order by criterion
                    rows between unbounded preceding and current row
                ) as decimal(28, 15)
            ) as walked_to
        from parts
    ),

    final as (
        select
            partner_id,
            period_end,
            criterion,
            {{ rounded_part("performance", "(walked_to - weight - rules)") }} as performance,
            {{ rounded_part("rules", "(walked_to - weight)") }} as rules,
            {{ rounded_part("weight", "walked_to") }} as weight
        from walked
    )

select *
from final
