-- One row per partner and period.
with
    partner_periods as (select * from {{ ref("int_partner__periods") }}),

    criteria as (select * from {{ ref("fct_criterion_score") }}),

    points as (select * from {{ ref("int_criterion_points") }}),

    tier_spans as (select * from {{ ref("int_partner__tier_spans") }}),

    policy_versions as (select * from {{ ref("int_policy_versions") }}),

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

    final as (
        select
            partner_periods.partner_id,
            partner_periods.period_kind,
            partner_periods.period_start,
            partner_periods.period_end,
            scores.weighted_score,
            coverages.coverage,
            tier_spans.tier as current_tier,
            cast(null as {{ dbt.type_string() }}) as qualified_tier,
            policy_versions.policy_version
        from partner_periods
        inner join
            policy_versions
            on partner_periods.period_kind = policy_versions.period_kind
            and partner_periods.period_start = policy_versions.period_start
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
            tier_spans
            on partner_periods.partner_id = tier_spans.partner_id
            and tier_spans.from_at < partner_periods.period_end
            and (tier_spans.until_at is null or partner_periods.period_end <= tier_spans.until_at)
    )

select *
from final
