-- One row per partner, period and criterion.
with
    points as (select * from {{ ref("int_criterion_points") }}),

    weighed as (
        select
            *,
            cast(
                sum(case when measured_weight > 0 then weight end) over (
                    partition by partner_id, period_kind, period_start
                ) as decimal(28, 9)
            ) as spread_over
        from points
    ),

    fine as (
        select
            *,
            case
                when measured_weight > 0
                then {{ fine_quotient("weight", "1", "spread_over", "1") }}
                else 0
            end as fine_weight,
            case
                when measured_weight > 0
                then {{ fine_quotient("weight", "points", "spread_over", "measured_weight") }}
                else 0
            end as fine_contribution
        from weighed
    ),

    final as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            criterion,
            {{ decimal_ratio("points", "measured_weight") }} as score,
            weight,
            {{
                from_billionths(
                    billionths_by_largest_remainder(
                        "fine_weight", "partner_id, period_kind, period_start", "criterion"
                    )
                )
            }} as effective_weight,
            {{ decimal_ratio("coalesce(measured_weight, 0)", "applicable_weight") }} as coverage,
            case
                when measured_weight > 0
                then
                    {{
                        from_billionths(
                            billionths_by_largest_remainder(
                                "fine_contribution",
                                "partner_id, period_kind, period_start",
                                "criterion",
                            )
                        )
                    }}
            end as contribution
        from fine
    )

select *
from final
