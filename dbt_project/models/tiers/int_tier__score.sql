-- One row per partner and period: its score, how much of it is measured, and the tier it has.
{{ config(tags=["rescored"]) }}

with
    partner_periods as (select * from {{ ref("int_partner__periods") }}),

    criteria as (select * from {{ ref("fct_criterion_score") }}),

    points as (select * from {{ ref("int_criterion_points") }}),

    tier_spans as (select * from {{ ref("int_partner__tier_spans") }}),

    scores as (
        select
            partner_id,
            period_kind,
            period_start,
            cast(sum(contribution) as decimal(28, 9)) as weighted_score
        from criteria
        group by partner_id, period_kind, period_start
    ),

    -- Criteria without an applicable metric stay out of coverage.
    applicable as (
        select partner_id, period_kind, period_start, cast(sum(weight) as decimal(28, 9)) as weight
        from points
        where applicable_weight > 0
        group by partner_id, period_kind, period_start
    ),

    covered as (
        select
            points.partner_id,
            points.period_kind,
            points.period_start,
            {{
                fine_quotient(
                    "points.weight",
                    "coalesce(points.measured_weight, 0)",
                    "applicable.weight",
                    "points.applicable_weight",
                )
            }} as fine_coverage
        from points
        inner join
            applicable
            on points.applicable_weight > 0
            and points.partner_id = applicable.partner_id
            and points.period_kind = applicable.period_kind
            and points.period_start = applicable.period_start
    ),

    coverages as (
        select
            partner_id,
            period_kind,
            period_start,
            cast(sum(fine_coverage) as decimal(28, 9)) as coverage
        from covered
        group by partner_id, period_kind, period_start
    ),

    -- Since when a tier is held, also where a decision confirmed it in between.
    changes as (
        select
            *,
            case
                when tier = lag(tier) over (partition by partner_id order by from_at) then 0 else 1
            end as is_change
        from tier_spans
    ),

    held as (
        select
            partner_id,
            tier,
            from_at,
            until_at,
            max(case when is_change = 1 then from_at end) over (
                partition by partner_id
                order by from_at
                rows between unbounded preceding and current row
            ) as held_since_at
        from changes
    ),

    final as (
        select
            partner_periods.partner_id,
            partner_periods.period_kind,
            partner_periods.period_start,
            partner_periods.period_end,
            scores.weighted_score,
            coverages.coverage,
            held.tier as current_tier,
            held.held_since_at
        from partner_periods
        left join
            scores
            on partner_periods.partner_id = scores.partner_id
            and partner_periods.period_kind = scores.period_kind
            and partner_periods.period_start = scores.period_start
        left join
            coverages
            on partner_periods.partner_id = coverages.partner_id
            and partner_periods.period_kind = coverages.period_kind
            and partner_periods.period_start = coverages.period_start
        left join
            held
            on partner_periods.partner_id = held.partner_id
            and held.from_at < partner_periods.period_end
            and (held.until_at is null or partner_periods.period_end <= held.until_at)
    )

select *
from final
