-- One row per undisputed settlement at a contract's rate of which something was paid: whether
-- that is
-- the rate on any run of what accrued.
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

    met as (
        select distinct settlements.settlement_id
        from settlements
        cross join settings
        inner join running on settlements.settlement_id = running.settlement_id
        where
            abs(settlements.paid_cents - running.net_cents) <= settings.tolerance_cents
            or abs(settlements.paid_cents - running.gross_cents) <= settings.tolerance_cents
    ),

    final as (
        select
            settlements.settlement_id,
            settlements.base_cents,
            settlements.rate,
            settlements.paid_cents,
            settlements.currency,
            met.settlement_id is null as is_mismatch
        from settlements
        left join met on settlements.settlement_id = met.settlement_id
    )

select *
from final
