-- One row per partner and gate of a group it lacks for the tier above its own, at the latest
-- quarter's end.
with
    scores as (
        select scores.*, periods.last_day
        from {{ ref("fct_tier_score") }} as scores
        inner join
            {{ ref("int_periods") }} as periods
            on scores.period_kind = periods.period_kind
            and scores.period_start = periods.period_start
        where scores.period_kind = 'quarter'
        qualify periods.period_end = max(periods.period_end) over ()
    ),

    tiers as (select * from {{ ref("tiers") }}),

    gates as (select * from {{ ref("fct_tier_gate") }} where period_kind = 'quarter'),

    above as (
        select
            scores.partner_id,
            scores.period_start,
            scores.period_end,
            scores.last_day,
            scores.qualified_tier,
            tiers.tier,
            tiers.rank
        from scores
        inner join
            tiers as held
            on scores.current_tier = held.tier
            and {{ is_in_force("held", "scores.last_day") }}
        inner join tiers on tiers.rank > held.rank and {{ is_in_force("tiers", "scores.last_day") }}
        qualify row_number() over (partition by scores.partner_id order by tiers.rank) = 1
    ),

    -- Nobody needs a path to where it is qualified already.
    wanted as (
        select above.*
        from above
        left join
            tiers
            on above.qualified_tier = tiers.tier
            and {{ is_in_force("tiers", "above.last_day") }}
        where tiers.rank is null or tiers.rank < above.rank
    ),

    lacking as (
        select
            wanted.partner_id,
            wanted.period_start,
            wanted.period_end,
            wanted.last_day,
            wanted.tier,
            gates.gate,
            gates.gate_group,
            gates.comparison,
            gates.required,
            gates.actual,
            gates.gate in ('weighted_score', 'every_criterion', 'every_metric') as is_of_score,
            gates.is_met is not null as is_judged
        from wanted
        inner join
            gates
            on wanted.partner_id = gates.partner_id
            and wanted.period_start = gates.period_start
            and wanted.tier = gates.tier
        qualify
            not bool_or(coalesce(gates.is_met, false)) over (
                partition by wanted.partner_id, gates.gate_group
            )
    ),

    numbered as (
        select *, dense_rank() over (partition by partner_id order by gate_group) as group_number
        from lacking
    ),

    final as (
        select
            *,
            case
                group_number
                {% for bit in range(9) %} when {{ bit + 1 }} then {{ 2**bit }} {% endfor %}
            end as group_bit,
            -- How far it is, in shares of what is required; all of it where nothing is.
            coalesce({{ decimal_ratio("abs(required - actual)", "abs(required)") }}, 1) as gap_share
        from numbered
    )

select *
from final
