-- One row per accrual and loss that takes some of it back.
with
    earned as (
        select *
        from {{ ref("int_commission__earned") }}
        where not is_memo and opportunity_id is not null and amount_cents <> 0
    ),

    losses as (select * from {{ ref("int_commission__losses") }}),

    -- A share of revenue follows the cash: a downgrade has lowered it already, and an end takes
    -- back
    -- what was shared of that subscription.
    met as (
        select
            earned.accrual_id,
            earned.opportunity_id,
            earned.partner_id,
            earned.kind,
            earned.currency,
            earned.amount_cents,
            earned.accrued_on,
            losses.subscription_id,
            losses.reason,
            losses.happened_on,
            losses.share_parts,
            losses.share_whole,
            case when earned.kind = 'revenue_share' then 1 else losses.lost_parts end as lost_parts,
            case when earned.kind = 'revenue_share' then 1 else losses.lost_whole end as lost_whole
        from earned
        inner join
            losses
            on earned.opportunity_id = losses.opportunity_id
            and (
                earned.kind <> 'revenue_share'
                or (
                    earned.subscription_id = losses.subscription_id and losses.reason <> 'downgrade'
                )
            )
    ),

    running as (
        select
            *,
            cast(
                sum(amount_cents) over (
                    partition by
                        opportunity_id,
                        partner_id,
                        kind,
                        currency,
                        subscription_id,
                        reason,
                        happened_on
                    order by accrued_on, accrual_id
                    rows between unbounded preceding and current row
                ) as {{ wide_integer() }}
            ) as accrued_so_far_cents
        from met
    ),

    -- Where refunds have left nothing earned, nothing goes back.
    standing as (
        select
            *,
            greatest(accrued_so_far_cents, 0) as standing_cents,
            greatest(accrued_so_far_cents - amount_cents, 0) as stood_cents
        from running
    ),

    -- Rounded as a running total, so that what is taken back adds up to the share of all that
    -- accrued.
    taken as (
        select
            *,
            {{
                divide_half_away(
                    "standing_cents * share_parts * lost_parts", "share_whole * lost_whole"
                )
            }}
            - {{
                divide_half_away(
                    "stood_cents * share_parts * lost_parts",
                    "share_whole * lost_whole",
                )
            }} as taken_cents
        from standing
    ),

    -- Several losses together never take more than there was.
    summed as (
        select
            *,
            sum(abs(taken_cents)) over (
                partition by accrual_id
                order by happened_on, reason, subscription_id
                rows between unbounded preceding and current row
            ) as taken_so_far_cents
        from taken
    ),

    limited as (
        select
            *,
            least(taken_so_far_cents, abs(amount_cents))
            - least(taken_so_far_cents - abs(taken_cents), abs(amount_cents)) as limited_cents
        from summed
    ),

    final as (
        select
            accrual_id
            || '|clawback|'
            || subscription_id
            || '|'
            || reason
            || '|'
            || cast(happened_on as {{ dbt.type_string() }}) as clawback_id,
            accrual_id,
            subscription_id,
            reason,
            happened_on,
            - cast(
                cast(
                    {{
                        divide_half_away(
                            "share_parts * lost_parts * 1000000000", "share_whole * lost_whole"
                        )
                    }} as decimal(18, 0)
                )
                * cast(0.000000001 as decimal(10, 9)) as decimal(28, 9)
            ) as rate,
            cast(
                case when amount_cents < 0 then limited_cents else - limited_cents end as bigint
            ) as amount_cents
        from limited
        where limited_cents > 0
    )

select *
from final
