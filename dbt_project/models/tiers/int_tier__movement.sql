-- One row per partner and quarter: which way its tier should move, and why.
{{ config(tags=["rescored"]) }}

with
    quarters as (
        select *, dense_rank() over (order by period_start) as quarter_number
        from {{ ref("int_partner__periods") }}
        where period_kind = 'quarter'
    ),

    scores as (select * from {{ ref("int_tier__score") }} where period_kind = 'quarter'),

    qualified as (select * from {{ ref("int_tier__qualified") }} where period_kind = 'quarter'),

    activity as (select * from {{ ref("int_tier__activity") }}),

    exceptions as (select * from {{ ref("int_tier__exceptions") }}),

    rules as (select * from {{ ref("int_scoring_rules") }}),

    movement as (select * from {{ ref("tier_movement") }}),

    partners as (select partner_id, signed_on from {{ ref("dim_partner") }}),

    tiers as (
        select periods.period_start, tiers.tier, tiers.rank
        from {{ ref("int_periods") }} as periods
        inner join {{ ref("tiers") }} as tiers on {{ is_in_force("tiers", "periods.last_day") }}
        where periods.period_kind = 'quarter'
    ),

    ladder as (
        select *, lag(tier) over (partition by period_start order by rank, tier) as tier_below
        from tiers
    ),

    gates as (
        select distinct periods.period_start, tier_gates.gate
        from {{ ref("int_periods") }} as periods
        inner join
            {{ ref("tier_gates") }} as tier_gates
            on {{ is_in_force("tier_gates", "periods.last_day") }}
        where periods.period_kind = 'quarter'
    ),

    metrics as (
        select metrics.*
        from {{ ref("fct_partner_metric") }} as metrics
        inner join
            {{ ref("int_metric_periods") }} as policy
            on metrics.metric_key = policy.metric_key
            and metrics.period_kind = policy.period_kind
            and metrics.period_start = policy.period_start
        left join
            gates on metrics.period_start = gates.period_start and metrics.metric_key = gates.gate
        where
            metrics.period_kind = 'quarter'
            and (policy.criterion is not null or gates.gate is not null)
    ),

    -- What the programme scores by or asks for, as far as it applies to the partner.
    sources as (
        select
            partner_id,
            period_start,
            bool_or(status = 'source_missing') as is_source_missing,
            bool_or(is_stale) as is_stale,
            bool_or(
                metric_key = 'active_contract'
                and status = 'measured'
                and not is_stale
                and value = 0
            ) as is_without_contract
        from metrics
        group by partner_id, period_start
    ),

    judged as (
        select
            quarters.partner_id,
            quarters.period_start,
            quarters.period_end,
            quarters.last_day,
            quarters.quarter_number,
            partners.signed_on,
            scores.current_tier,
            scores.held_since_at,
            scores.coverage,
            rules.coverage_floor,
            coalesce(scores.coverage, 0) >= rules.coverage_floor as is_covered,
            qualified.qualified_tier,
            qualified.qualified_rank,
            qualified.current_rank,
            ladder.tier_below,
            movement.quarters_to_promote,
            movement.misses_to_demote,
            movement.exit_months,
            movement.provisional_months,
            coalesce(
                quarters.last_day
                < {{ date_plus_months("partners.signed_on", "movement.provisional_months") }},
                false
            ) as is_provisional,
            -- Nobody can fall below the lowest tier, and what cannot be judged is no miss.
            coalesce(
                coalesce(qualified.qualified_rank, 0) < qualified.current_rank
                and qualified.is_current_failed
                and ladder.tier_below is not null,
                false
            ) as is_miss
        from quarters
        inner join partners on quarters.partner_id = partners.partner_id
        inner join rules on quarters.rules_from = rules.rules_from
        inner join
            scores
            on quarters.partner_id = scores.partner_id
            and quarters.period_start = scores.period_start
        left join
            qualified
            on quarters.partner_id = qualified.partner_id
            and quarters.period_start = qualified.period_start
        left join
            ladder
            on quarters.period_start = ladder.period_start
            and scores.current_tier = ladder.tier
        left join
            movement
            on scores.current_tier = movement.tier
            and {{ is_in_force("movement", "quarters.last_day") }}
    ),

    -- Quarters that neither count nor reset are not looked at; another tier begins anew.
    since_hit as (
        select
            *,
            sum(case when is_miss then 0 else 1 end) over (
                partition by partner_id, held_since_at
                order by quarter_number
                rows between unbounded preceding and current row
            ) as hits
        from judged
        where is_covered and not is_provisional
    ),

    streaks as (
        select
            partner_id,
            period_start,
            sum(case when is_miss then 1 else 0 end) over (
                partition by partner_id, held_since_at, hits
                order by quarter_number
                rows between unbounded preceding and current row
            ) as misses
        from since_hit
    ),

    -- Above its tier at this quarter end and those just before: up to the lowest of them.
    rising as (
        select judged.partner_id, judged.period_start, min(past.qualified_rank) as rank
        from judged
        inner join
            judged as past
            on judged.partner_id = past.partner_id
            and past.quarter_number <= judged.quarter_number
            and past.quarter_number > judged.quarter_number - judged.quarters_to_promote
            and past.is_covered
            and past.qualified_rank > judged.current_rank
        group by judged.partner_id, judged.period_start, judged.quarters_to_promote
        having count(*) = judged.quarters_to_promote
    ),

    weighed as (
        select
            judged.*,
            before.qualified_tier as previous_qualified_tier,
            cast(coalesce(streaks.misses, 0) as integer) as misses,
            tiers.tier as tier_above,
            activity.last_active_at,
            coalesce(sources.is_source_missing, false) as is_source_missing,
            coalesce(sources.is_stale, false) as is_stale,
            coalesce(sources.is_without_contract, false) as is_without_contract,
            exceptions.partner_id is not null as is_excepted,
            coalesce(
                activity.is_known
                and (
                    judged.signed_on is null
                    or judged.signed_on
                    < {{ date_plus_months("judged.period_end", "-judged.exit_months") }}
                )
                and coalesce(
                    activity.last_active_at
                    < {{ date_plus_months("judged.period_end", "-judged.exit_months") }},
                    judged.exit_months is not null
                ),
                false
            ) as is_inactive
        from judged
        left join
            judged as before
            on judged.partner_id = before.partner_id
            and judged.quarter_number = before.quarter_number + 1
        left join
            streaks
            on judged.partner_id = streaks.partner_id
            and judged.period_start = streaks.period_start
        left join
            rising
            on judged.partner_id = rising.partner_id
            and judged.period_start = rising.period_start
        left join tiers on judged.period_start = tiers.period_start and rising.rank = tiers.rank
        left join
            activity
            on judged.partner_id = activity.partner_id
            and judged.period_start = activity.period_start
        left join
            sources
            on judged.partner_id = sources.partner_id
            and judged.period_start = sources.period_start
        left join
            exceptions
            on judged.partner_id = exceptions.partner_id
            and judged.period_start = exceptions.period_start
    ),

    -- The first that applies.
    reasoned as (
        select
            *,
            case
                when is_without_contract
                then 'no_active_contract'
                when is_inactive
                then 'inactive'
                when is_source_missing
                then 'source_missing'
                when is_stale
                then 'stale'
                when not is_covered
                then 'coverage'
                when is_excepted
                then 'exception'
                when tier_above is not null
                then 'qualified_twice'
                when is_miss and is_provisional
                then 'provisional'
                when misses >= misses_to_demote
                then 'misses'
                when misses > 0
                then 'first_miss'
                else 'in_place'
            end as reason
        from weighed
    ),

    acted as (
        select
            *,
            case
                reason
                when 'no_active_contract'
                then 'pause'
                when 'inactive'
                then 'exit'
                when 'qualified_twice'
                then 'promote'
                when 'misses'
                then 'demote'
                when 'first_miss'
                then 'warn'
                else 'hold'
            end as action
        from reasoned
    ),

    final as (
        select
            partner_id,
            period_start,
            period_end,
            last_day as quarter_end,
            action,
            reason,
            current_tier,
            qualified_tier,
            previous_qualified_tier,
            case
                action
                when 'promote'
                then tier_above
                when 'demote'
                then tier_below
                when 'warn'
                then current_tier
                when 'hold'
                then current_tier
            end as recommended_tier,
            tier_below,
            qualified_rank,
            current_rank,
            is_miss,
            coverage,
            coverage_floor,
            misses,
            misses_to_demote,
            quarters_to_promote,
            exit_months,
            provisional_months,
            signed_on,
            last_active_at
        from acted
    )

select *
from final
