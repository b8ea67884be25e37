-- One row per partner, month and currency: what was earned and payable against what was paid.
with
    run as (select as_of from {{ source("quality", "run") }}),

    accruals as (select * from {{ ref("fct_commission_accrual") }} where settlement_id is not null),

    payouts as (select * from {{ ref("fct_payout") }} where settlement_id is not null),

    settlements as (select * from {{ ref("int_commission__settlements") }}),

    -- The day a payout was due on: the last one before it, the first one where it came early.
    timed as (
        select
            payouts.payout_id,
            max(payouts.paid_on) as paid_on,
            coalesce(
                max(case when accruals.payable_on <= payouts.paid_on then accruals.payable_on end),
                min(accruals.payable_on)
            ) as payable_on
        from payouts
        inner join accruals on payouts.settlement_id = accruals.settlement_id
        where payouts.amount_cents > 0 and accruals.kind <> 'clawback'
        group by payouts.payout_id
    ),

    -- What a payout was worth when it was paid, less what as much was worth when it was earned.
    exchanged as (
        select
            payouts.payout_id,
            payouts.amount_reporting_cents - cast(
                {{
                    divide_half_away(
                        "cast(payouts.amount_cents as "
                        ~ wide_integer()
                        ~ ") * settlements.accrued_reporting_cents",
                        "settlements.accrued_cents",
                    )
                }} as bigint
            ) as exchange_difference_cents
        from payouts
        inner join settlements on payouts.settlement_id = settlements.settlement_id
    ),

    entries as (
        select
            accruals.partner_id,
            {{ month_start("accruals.payable_on") }} as month,
            accruals.currency,
            accruals.amount_cents as accrued_cents,
            case
                when accruals.payable_on <= run.as_of then accruals.amount_cents
            end as payable_cents,
            accruals.amount_reporting_cents as accrued_reporting_cents,
            {% for column in [
                "paid_cents",
                "underpaid_cents",
                "overpaid_cents",
                "paid_without_accrual_cents",
                "disputed_cents",
                "paid_reporting_cents",
                "exchange_difference_cents",
                "days_to_pay",
            ] %}
                cast(null as bigint) as {{ column }}{% if not loop.last %},{% endif %}
            {% endfor %}
        from accruals
        cross join run

        union all

        select
            payouts.partner_id,
            {{ month_start("payouts.paid_on") }},
            payouts.currency,
            null,
            null,
            null,
            payouts.amount_cents,
            null,
            null,
            null,
            case when payouts.is_disputed then payouts.amount_cents end,
            payouts.amount_reporting_cents,
            exchanged.exchange_difference_cents,
            {{ days_between("timed.payable_on", "timed.paid_on") }}
        from payouts
        left join exchanged on payouts.payout_id = exchanged.payout_id
        left join timed on payouts.payout_id = timed.payout_id

        union all

        select
            partner_id,
            {{ month_start("last_payable_on") }},
            currency,
            null,
            null,
            null,
            null,
            underpaid_cents,
            null,
            null,
            null,
            null,
            null,
            null
        from settlements
        where underpaid_cents > 0

        union all

        select
            partner_id,
            {{ month_start("last_paid_on") }},
            currency,
            null,
            null,
            null,
            null,
            null,
            case when has_accrual then overpaid_cents end,
            case when not has_accrual then overpaid_cents end,
            null,
            null,
            null,
            null
        from settlements
        where overpaid_cents > 0
    ),

    final as (
        select
            partner_id,
            month,
            currency,
            {% for column in [
                "accrued_cents",
                "payable_cents",
                "paid_cents",
                "underpaid_cents",
                "overpaid_cents",
                "paid_without_accrual_cents",
                "disputed_cents",
            ] %}
                {{ sum_cents(column) }} as {{ column }},
            {% endfor %}
            {{ decimal_ratio("cast(sum(days_to_pay) as bigint)", "count(days_to_pay)") }}
            as days_to_pay,
            {{ sum_cents("accrued_reporting_cents") }} as accrued_reporting_cents,
            {{ sum_cents("paid_reporting_cents") }} as paid_reporting_cents,
            {{ sum_cents("exchange_difference_cents") }} as exchange_difference_cents
        from entries
        group by partner_id, month, currency
    )

select *
from final
