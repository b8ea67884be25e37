-- A row is a partner whose bridge does not add up, to the last place, to the change of its
-- published score over 13 weeks, or that has a bridge and no score at both ends, or scores and no
-- bridge.
with
    latest as (
        select max(period_start) as period_start
        from {{ ref("int_periods") }}
        where period_kind = 'week'
    ),

    changes as (
        select
            present.partner_id,
            coalesce(present.weighted_score, 0) - coalesce(past.weighted_score, 0) as change
        from {{ ref("fct_tier_score") }} as present
        inner join latest on present.period_start = latest.period_start
        inner join
            {{ ref("fct_tier_score") }} as past
            on present.partner_id = past.partner_id
            and {{ date_plus_days("present.period_start", -91) }} = past.period_start
        where present.period_kind = 'week' and past.period_kind = 'week'
    ),

    bridges as (
        select partner_id, sum(performance + rules + weight) as change
        from {{ ref("fct_score_bridge") }}
        group by partner_id
    )

select partner_id, changes.change as published, bridges.change as explained
from changes
full outer join bridges using (partner_id)
where changes.change is distinct from bridges.change
