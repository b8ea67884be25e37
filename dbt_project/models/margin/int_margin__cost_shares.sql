-- One row per month, partner, role and cost line, with what nobody booked shared out.
with
    costs as (select * from {{ ref("int_margin__costs") }} where amount_cents <> 0),

    -- What costs are shared out by.
    earners as (
        select month, partner_id, partner_role, gross_cents + refunds_credits_cents as net_cents
        from {{ ref("int_margin__revenue") }}
        where gross_cents + refunds_credits_cents > 0
    ),

    -- Where nothing was earned, direct business carries what is nobody's, and no role of a
    -- partner what is its.
    nobodys as (
        select
            costs.month,
            costs.cost_line,
            costs.amount_cents,
            coalesce(earners.partner_id, 'direct') as partner_id,
            coalesce(earners.partner_role, 'none') as partner_role,
            coalesce(earners.net_cents, 1) as weight
        from costs
        left join earners on costs.month = earners.month
        where costs.partner_id is null
    ),

    of_no_role as (
        select
            costs.month,
            costs.cost_line,
            costs.amount_cents,
            costs.partner_id,
            coalesce(earners.partner_role, 'none') as partner_role,
            coalesce(earners.net_cents, 1) as weight
        from costs
        left join earners on costs.month = earners.month and costs.partner_id = earners.partner_id
        where costs.partner_id is not null and costs.partner_role is null
    ),

    allocated as (
        {{
            split_by_weight(
                "nobodys",
                "month, cost_line",
                "amount_cents",
                "weight",
                "partner_id, partner_role",
            )
        }}
    ),

    spread as (
        {{
            split_by_weight(
                "of_no_role",
                "month, cost_line, partner_id",
                "amount_cents",
                "weight",
                "partner_role",
            )
        }}
    ),

    parts as (
        select month, partner_id, partner_role, cost_line, amount_cents, 0 as allocated_cents
        from costs
        where partner_role is not null
        union all
        select month, partner_id, partner_role, cost_line, part_cents, 0
        from spread
        union all
        select month, partner_id, partner_role, cost_line, part_cents, part_cents
        from allocated
    ),

    final as (
        select
            month,
            partner_id,
            partner_role,
            cost_line,
            cast(sum(amount_cents) as bigint) as amount_cents,
            cast(sum(allocated_cents) as bigint) as allocated_cents
        from parts
        group by month, partner_id, partner_role, cost_line
    )

select *
from final
