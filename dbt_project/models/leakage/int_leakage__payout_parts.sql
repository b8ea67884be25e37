-- One row per payout and part of it that is still out: beyond what had accrued, clawed back since,
-- or neither.
{% set in_order %}
partition by events.settlement_id order by events.on_date, events.position, events.payout_id
{% endset %}

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

    accruals as (
        select settlement_id, accrued_on, cast(sum(amount_cents) as bigint) as accrued_cents
        from {{ ref("fct_commission_accrual") }}
        where settlement_id is not null and kind <> 'clawback'
        group by settlement_id, accrued_on
    ),

    -- What accrued on a day stands before what was paid on it.
    events as (
        select
            settlement_id,
            accrued_on as on_date,
            1 as position,
            '' as payout_id,
            accrued_cents,
            0 as amount_cents
        from accruals
        union all
        select settlement_id, paid_on, 2, payout_id, 0, amount_cents
        from payouts
        where settlement_id is not null
    ),

    summed as (
        select
            events.*,
            settlements.overpaid_cents,
            sum(events.amount_cents) over (
                {{ in_order }} rows between unbounded preceding and current row
            ) as paid_cents,
            sum(events.accrued_cents) over (
                {{ in_order }} rows between unbounded preceding and current row
            ) as accrued_until_cents,
            sum(greatest(events.amount_cents, 0)) over (
                {{ in_order }} rows between unbounded preceding and current row
            ) as handed_out_cents
        from events
        inner join settlements on events.settlement_id = settlements.settlement_id
        where settlements.overpaid_cents > 0
    ),

    -- What was too much with a payout and no longer was with a later one is healed; what is too
    -- much now and was not with the last payout is of that one.
    unhealed as (
        select
            events.*,
            case
                when
                    row_number() over (
                        partition by events.settlement_id
                        order by events.on_date desc, events.payout_id desc
                    )
                    = 1
                then events.overpaid_cents
                else
                    least(
                        events.overpaid_cents,
                        min(
                            greatest(events.paid_cents - greatest(events.accrued_until_cents, 0), 0)
                        ) over ({{ in_order }} rows between current row and unbounded following)
                    )
            end as unhealed_cents
        from summed as events
        where events.position = 2
    ),

    -- Beyond its own amount a payout hands on to the ones before it: an accrual had shrunk.
    carried as (
        select
            events.settlement_id,
            events.on_date,
            events.position,
            events.payout_id,
            events.handed_out_cents + max(events.unhealed_cents - events.handed_out_cents) over (
                {{ in_order }} rows between current row and unbounded following
            ) as carried_cents
        from unhealed as events
    ),

    excesses as (
        select
            events.payout_id,
            cast(
                events.carried_cents
                - coalesce(lag(events.carried_cents) over ({{ in_order }}), 0) as bigint
            ) as overpaid_cents
        from carried as events
    ),

    positive as (
        select
            payouts.*,
            coalesce(excesses.overpaid_cents, 0) as overpaid_cents,
            payouts.amount_cents - coalesce(excesses.overpaid_cents, 0) as other_cents
        from payouts
        left join excesses on payouts.payout_id = excesses.payout_id
        where payouts.amount_cents > 0
    ),

    -- Latest first: what was taken back or clawed back is of the latest payouts.
    stacked as (
        select
            positive.*,
            cast(
                sum(other_cents) over (
                    partition by account_key
                    order by paid_on desc, payout_id desc
                    rows between unbounded preceding and current row
                ) as bigint
            ) as reached_cents
        from positive
    ),

    bounds as (
        select
            stacked.*,
            stacked.reached_cents - stacked.other_cents as from_cents,
            coalesce(taken_back.taken_back_cents, 0) as taken_back_cents,
            coalesce(settlements.clawback_outstanding_cents, 0) as clawback_cents
        from stacked
        left join taken_back on stacked.account_key = taken_back.account_key
        left join settlements on stacked.settlement_id = settlements.settlement_id
    ),

    segments as (
        select
            payout_id,
            settlement_id,
            amount_cents,
            amount_reporting_cents,
            'overpaid' as part,
            0 as begins,
            overpaid_cents as ends
        from bounds
        {% for part, begins, ends in [
                ("clawed_back", "taken_back_cents", "taken_back_cents + clawback_cents"),
                ("accrued", "taken_back_cents + clawback_cents", "reached_cents"),
            ] %}
            union all
            select
                payout_id,
                settlement_id,
                amount_cents,
                amount_reporting_cents,
                '{{ part }}',
                overpaid_cents
                + least(greatest({{ begins }}, from_cents), reached_cents)
                - from_cents,
                overpaid_cents + least(greatest({{ ends }}, from_cents), reached_cents) - from_cents
            from bounds
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
        where begins < ends
    )

select *
from final
