-- One row per month, partner and role with new, grown, shrunk or lost monthly revenue.
with
    moves as (select * from {{ ref("int_margin__mrr_moves") }}),

    -- An account's migrations of a day are told as one.
    netted as (
        select on_date, step, partner_id, partner_role, sum(delta_cents) as delta_cents
        from moves
        group by
            on_date,
            step,
            partner_id,
            partner_role,
            case when step = 'moved' then account_id else subscription_id end
    ),

    final as (
        select
            {{ month_start("on_date") }} as month,
            partner_id,
            partner_role,
            cast(
                coalesce(sum(case when step = 'new' then delta_cents end), 0) as bigint
            ) as new_mrr_cents,
            cast(
                coalesce(
                    sum(
                        case
                            when step in ('changed', 'moved') and delta_cents > 0 then delta_cents
                        end
                    ),
                    0
                ) as bigint
            ) as expansion_mrr_cents,
            cast(
                coalesce(
                    sum(
                        case
                            when step in ('changed', 'moved') and delta_cents < 0 then - delta_cents
                        end
                    ),
                    0
                ) as bigint
            ) as contraction_mrr_cents,
            cast(
                coalesce(sum(case when step = 'churned' then - delta_cents end), 0) as bigint
            ) as churned_mrr_cents
        from netted
        group by 1, 2, 3
    )

select *
from final
