-- One row per settlement and day on which something of it is payable and not yet paid, to come
-- included.
with
    run as (select as_of from {{ source("quality", "run") }}),

    accruals as (select * from {{ ref("fct_commission_accrual") }} where settlement_id is not null),

    settlements as (select * from {{ ref("int_commission__settlements") }} where not is_unknown),

    -- What was taken back lowers what it was taken of.
    nets as (
        select
            accruals.settlement_id,
            coalesce(reversed.payable_on, accruals.payable_on) as payable_on,
            accruals.amount_cents
        from accruals
        left join accruals as reversed on accruals.reverses = reversed.accrual_id
    ),

    dues as (
        select settlement_id, payable_on, {{ sum_cents("amount_cents") }} as due_cents
        from nets
        group by settlement_id, payable_on
    ),

    running as (
        select
            dues.settlement_id,
            settlements.partner_id,
            settlements.opportunity_id,
            settlements.family,
            settlements.currency,
            dues.payable_on,
            dues.due_cents,
            greatest(settlements.paid_cents, 0) as paid_cents,
            cast(
                sum(dues.due_cents) over (
                    partition by dues.settlement_id
                    order by dues.payable_on
                    rows between unbounded preceding and current row
                ) as bigint
            ) as due_so_far_cents
        from dues
        inner join settlements on dues.settlement_id = settlements.settlement_id
    ),

    -- What was paid settles what was payable first.
    outstanding as (
        select
            *,
            greatest(due_so_far_cents - paid_cents, 0)
            - greatest(due_so_far_cents - due_cents - paid_cents, 0) as outstanding_cents
        from running
    ),

    dated as (
        select
            outstanding.*,
            outstanding.payable_on <= run.as_of as is_overdue,
            least(outstanding.payable_on, run.as_of) as converted_on
        from outstanding
        cross join run
        where outstanding.outstanding_cents <> 0
    ),

    final as (
        select
            dated.settlement_id,
            dated.partner_id,
            dated.opportunity_id,
            dated.family as kind,
            dated.currency,
            dated.payable_on,
            dated.due_cents,
            dated.due_cents - dated.outstanding_cents as paid_cents,
            dated.outstanding_cents,
            {{ converted_cents("dated", "outstanding_cents") }} as outstanding_reporting_cents,
            {{ conversion_status("dated", "outstanding_cents") }} as conversion_status,
            dated.is_overdue
        from dated {{ conversion_joins("dated", "dated.converted_on") }}
    )

select *
from final
