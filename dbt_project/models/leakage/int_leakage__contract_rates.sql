-- One row per undisputed settlement at a contract's rate of which something was paid: whether that
-- is the rate on any run of what accrued, and the payout since which it is not.
with
    settlements as (
        select *
        from {{ ref("int_commission__settlements") }}
        where rate_source = 'contract' and paid_cents <> 0 and disputed_cents = 0 and not is_unknown
    ),

    accruals as (
        select settlement_id, accrual_id, kind, accrued_on, amount_cents
        from {{ ref("fct_commission_accrual") }}
        where settlement_id is not null and not is_memo and amount_cents is not null
    ),

    settings as (select * from {{ ref("int_leakage__settings") }}),

    -- Whoever is paid month by month has been paid some of the months: with what was clawed back in
    -- between, or before it was.
    running as (
        select
            settlement_id,
            sum(amount_cents) over (
                partition by settlement_id
                order by accrued_on, accrual_id
                rows between unbounded preceding and current row
            ) as net_cents,
            sum(case when kind = 'clawback' then 0 else amount_cents end) over (
                partition by settlement_id
                order by accrued_on, accrual_id
                rows between unbounded preceding and current row
            ) as gross_cents
        from accruals
    ),

    paid as (
        select
            payouts.settlement_id,
            payouts.payout_id,
            payouts.amount_cents,
            payouts.paid_on,
            sum(payouts.amount_cents) over (
                partition by payouts.settlement_id
                order by payouts.paid_on, payouts.payout_id
                rows between unbounded preceding and current row
            ) as paid_cents
        from {{ ref("fct_payout") }} as payouts
        inner join settlements on payouts.settlement_id = settlements.settlement_id
    ),

    compared as (
        select
            paid.settlement_id,
            paid.payout_id,
            paid.amount_cents,
            paid.paid_on,
            bool_or(
                abs(paid.paid_cents - coalesce(running.net_cents, 0)) <= settings.tolerance_cents
                or abs(paid.paid_cents - coalesce(running.gross_cents, 0))
                <= settings.tolerance_cents
            ) as is_met
        from paid
        cross join settings
        left join running on paid.settlement_id = running.settlement_id
        group by paid.settlement_id, paid.payout_id, paid.amount_cents, paid.paid_on
    ),

    -- How often what was paid so far will still be the rate on a run: 0 since it last was.
    counted as (
        select
            compared.*,
            sum(case when is_met then 1 else 0 end) over (
                partition by settlement_id
                order by paid_on desc, payout_id desc
                rows between unbounded preceding and current row
            ) as times_met
        from compared
    ),

    -- The payout with which it went off keeps the finding, whatever was paid right since.
    off as (
        select settlement_id, payout_id
        from counted
        where amount_cents > 0
        qualify
            row_number() over (
                partition by settlement_id
                order by
                    case when times_met = 0 then 0 else 1 end,
                    case when times_met = 0 then paid_on end,
                    case when times_met = 0 then payout_id end,
                    paid_on desc,
                    payout_id desc
            )
            = 1
    ),

    met as (select settlement_id, min(times_met) > 0 as is_met from counted group by settlement_id),

    final as (
        select
            settlements.settlement_id,
            settlements.base_cents,
            settlements.rate,
            settlements.paid_cents,
            settlements.currency,
            not met.is_met as is_mismatch,
            case when not met.is_met then off.payout_id end as payout_id
        from settlements
        inner join met on settlements.settlement_id = met.settlement_id
        left join off on settlements.settlement_id = off.settlement_id
    )

select *
from final
