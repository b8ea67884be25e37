-- One row per partner, period and criterion.
{{ config(tags=["rescored"]) }}

with
    points as (select * from {{ ref("int_criterion_points") }}),

    -- What the weights of the measured criteria add up to is the whole they are spread over. Where
    -- that is 0, nothing that counts was measured.
    measured as (
        select partner_id, period_kind, period_start, cast(sum(weight) as decimal(28, 9)) as weight
        from points
        where measured_weight > 0
        group by partner_id, period_kind, period_start
        having sum(weight) > 0
    ),

    fine as (
        select
            points.*,
            measured.weight is not null as is_counted,
            coalesce(
                {{ fine_quotient("points.weight", "1", "measured.weight", "1") }}, 0
            ) as fine_weight,
            coalesce(
                {{
                    fine_quotient(
                        "points.weight",
                        "points.points",
                        "measured.weight",
                        "points.measured_weight",
                    )
                }},
                0
            ) as fine_contribution
        from points
        left join
            measured
            on points.measured_weight > 0
            and points.partner_id = measured.partner_id
            and points.period_kind = measured.period_kind
            and points.period_start = measured.period_start
    ),

    running as (
        select
            *,
            cast(sum(fine_weight) over so_far as decimal(28, 15)) as fine_weight_so_far,
            cast(sum(fine_contribution) over so_far as decimal(28, 15)) as fine_contribution_so_far
        from fine
        window
            so_far as (
                partition by partner_id, period_kind, period_start
                order by criterion
                rows between unbounded preceding and current row
            )
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
            {{ rounded_part("fine_weight", "fine_weight_so_far") }} as effective_weight,
            {{ decimal_ratio("coalesce(measured_weight, 0)", "applicable_weight") }} as coverage,
            case
                when is_counted
                then {{ rounded_part("fine_contribution", "fine_contribution_so_far") }}
            end as contribution
        from running
    )

select *
from final
