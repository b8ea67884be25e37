-- One row per partner and quarter.
with
    sourced_arr as (select * from {{ ref("int_portfolio__sourced_arr") }}),

    partners as (select * from {{ ref("stg_crm__partners") }}),

    scores as (select * from {{ ref("fct_tier_score") }} where period_kind = 'quarter'),

    tiers as (select * from {{ ref("tiers") }}),

    segments as (select * from {{ ref("segments") }}),

    budgets as (
        select
            budgets.*,
            {{ to_minor_units("budgets.quarterly_maximum", "reporting.minor_unit_digits") }}
            as quarter_maximum_cents
        from {{ ref("mdf_budgets") }} as budgets
        cross join {{ ref("int_currency__reporting") }} as reporting
    ),

    -- The top is a share of those that sourced anything, counted up; of equals the first by key.
    ranked as (
        select
            sourced_arr.partner_id,
            sourced_arr.period_start,
            row_number() over (
                partition by sourced_arr.period_start
                order by sourced_arr.sourced_arr desc, sourced_arr.partner_id
            ) as position,
            ceil(
                cast(count(*) over (partition by sourced_arr.period_start) as decimal(9, 0))
                * cast(segments.top_share as decimal(10, 9))
            ) as top_positions
        from sourced_arr
        inner join
            segments
            on segments.segment = 'strategic'
            and {{ is_in_force("segments", "sourced_arr.last_day") }}
        where sourced_arr.sourced_arr > 0
    ),

    qualified_above as (
        select scores.partner_id, scores.period_start
        from scores
        inner join sourced_arr using (partner_id, period_start)
        inner join
            tiers as present
            on scores.current_tier = present.tier
            and {{ is_in_force("present", "sourced_arr.last_day") }}
        inner join
            tiers as qualified
            on scores.qualified_tier = qualified.tier
            and {{ is_in_force("qualified", "sourced_arr.last_day") }}
        where qualified.rank > present.rank
    ),

    -- Something after nothing is growth, though by no rate.
    judged as (
        select
            sourced_arr.*,
            coalesce(partners.is_strategic, false) as is_named,
            ranked.position <= ranked.top_positions
            and sourced_arr.sourced_arr > sourced_arr.sourced_arr_year_before as is_top_and_growing,
            sourced_arr.growth >= segments.minimum_growth
            or (
                sourced_arr.sourced_arr > 0 and sourced_arr.sourced_arr_year_before = 0
            ) as is_grown,
            qualified_above.partner_id is not null as is_qualified_above
        from sourced_arr
        inner join partners on sourced_arr.partner_id = partners.partner_id
        inner join
            segments
            on segments.segment = 'growth'
            and {{ is_in_force("segments", "sourced_arr.last_day") }}
        left join
            ranked
            on sourced_arr.partner_id = ranked.partner_id
            and sourced_arr.period_start = ranked.period_start
        left join
            qualified_above
            on sourced_arr.partner_id = qualified_above.partner_id
            and sourced_arr.period_start = qualified_above.period_start
    ),

    reasoned as (
        select
            *,
            case
                when is_named
                then 'named_strategic'
                when is_top_and_growing
                then 'top_and_growing'
                when is_grown
                then 'grew'
                when is_qualified_above
                then 'qualified_above'
                when sourced_arr is null
                then 'sourced_arr_missing'
                when sourced_arr > 0 and sourced_arr_year_before is null
                then 'year_before_unknown'
                else 'no_growth'
            end as reason
        from judged
    ),

    placed as (
        select
            *,
            case
                when reason in ('named_strategic', 'top_and_growing')
                then 'strategic'
                when reason in ('grew', 'qualified_above')
                then 'growth'
                else 'long_tail'
            end as segment
        from reasoned
    ),

    -- Before the policy's first day nobody ruled on funds: then they are not known, and not 0.
    ruled as (
        select distinct placed.last_day
        from placed
        inner join budgets on {{ is_in_force("budgets", "placed.last_day") }}
    ),

    -- A segment's funds come out of those of the partner's tier, which has the last word.
    final as (
        select
            placed.partner_id,
            placed.last_day as quarter_end,
            placed.segment,
            placed.reason,
            placed.sourced_arr,
            placed.sourced_arr_year_before,
            placed.growth,
            case
                when ruled.last_day is not null
                then least(segments.mdf_cents, coalesce(budgets.quarter_maximum_cents, 0))
            end as mdf_cents,
            segments.co_build_days,
            segments.roadmap_votes,
            segments.review_cadence
        from placed
        inner join
            segments
            on placed.segment = segments.segment
            and {{ is_in_force("segments", "placed.last_day") }}
        left join
            scores
            on placed.partner_id = scores.partner_id
            and placed.period_start = scores.period_start
        left join ruled on placed.last_day = ruled.last_day
        left join
            budgets
            on scores.current_tier = budgets.tier
            and {{ is_in_force("budgets", "placed.last_day") }}
    )

select *
from final
