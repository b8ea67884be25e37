-- One row per payout and part of it that is still out: beyond what was accrued, clawed back
-- since, or
-- neither.
with
    payouts as (
        select
            *,
            coalesce(
                settlement_id,
                concat(
                    partner_id, '|', coalesce(opportunity_id, payout_id), '|', kind, '|', currency
                )
            ) as account_key
        from {{ ref("fct_payout") }}
    ),

    settlements as (select * from {{ ref("int_commission__settlements") }}),

    taken_back as (
        select account_key, cast(sum(- amount_cents) as bigint) as taken_back_cents
        from payouts
        where amount_cents < 0
        group by account_key
    ),

    -- Latest first: what was taken back, paid too much or clawed back is of the latest payouts.
    stacked as (
        select
            payouts.payout_id,
            payouts.account_key,
            payouts.settlement_id,
            payouts.amount_cents,
            payouts.amount_reporting_cents,
            cast(
                sum(payouts.amount_cents) over (
                    partition by payouts.account_key
                    order by payouts.paid_on desc, payouts.payout_id desc
                    rows between unbounded preceding and current row
                ) as bigint
            ) as reached_cents
        from payouts
        where payouts.amount_cents > 0
    ),

    bounds as (
        select
            stacked.*,
            stacked.reached_cents - stacked.amount_cents as from_cents,
            coalesce(taken_back.taken_back_cents, 0) as taken_back_cents,
            coalesce(settlements.overpaid_cents, 0) as overpaid_cents,
            coalesce(settlements.clawback_outstanding_cents, 0) as clawback_cents
        from stacked
        left join taken_back on stacked.account_key = taken_back.account_key
        left join settlements on stacked.settlement_id = settlements.settlement_id
    ),

    segments as (
        {% for part, begins, ends in [
            ("taken_back", "0", "taken_back_cents"),
            ("overpaid", "taken_back_cents", "taken_back_cents + overpaid_cents"),
            (
                "clawed_back",
                "taken_back_cents + overpaid_cents",
                "taken_back_cents + overpaid_cents + clawback_cents",
            ),
            (
                "accrued",
                "taken_back_cents + overpaid_cents + clawback_cents",
                "reached_cents",
            ),
        ] %}
            select
                payout_id,
                settlement_id,
                amount_cents,
                amount_reporting_cents,
                '{{ part }}' as part,
                least(greatest({{ begins }}, from_cents), reached_cents) - from_cents as begins,
                least(greatest({{ ends }}, from_cents), reached_cents) - from_cents as ends
            from bounds
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}
    ),

    -- Converted cumulatively, so that the parts of a payout add up to it.
    final as (
        select
            payout_id,
            settlement_id,
            part,
            ends - begins as part_cents,
            cast(
                {{
                    divide_half_away(
                        "cast(amount_reporting_cents as " ~ wide_integer() ~ ") * ends",
                        "amount_cents",
                    )
                }}
                - {{
                    divide_half_away(
                        "cast(amount_reporting_cents as " ~ wide_integer() ~ ") * begins",
                        "amount_cents",
                    )
                }} as bigint
            ) as part_reporting_cents
        from segments
        where part <> 'taken_back' and begins < ends
    )

select *
from final
