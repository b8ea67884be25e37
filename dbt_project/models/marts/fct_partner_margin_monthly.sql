-- One row per month, partner and role with revenue, a cost or a change of monthly revenue.
{% set costs = margin_costs() %}
{% set moves = mrr_movements() %}
{% set money = ["gross", "refunds_credits"] + costs + ["allocated"] + moves %}

with
    run as (select as_of from {{ source("quality", "run") }}),

    revenue as (select * from {{ ref("int_margin__revenue") }}),

    shares as (select * from {{ ref("int_margin__cost_shares") }}),

    mrr as (select * from {{ ref("int_margin__mrr") }}),

    partners as (select * from {{ ref("stg_crm__partners") }}),

    cost_lines as (
        select
            month,
            partner_id,
            partner_role,
            {% for cost in costs %}
                sum(
                    case when cost_line = '{{ cost }}' then amount_cents else 0 end
                ) as {{ cost }}_cents,
            {% endfor %}
            sum(allocated_cents) as allocated_cents
        from shares
        group by month, partner_id, partner_role
    ),

    -- Of bills that reach into months to come, those months are not yet told.
    months as (
        select month, partner_id, partner_role
        from revenue
        cross join run
        where month <= run.as_of
        union
        select month, partner_id, partner_role
        from cost_lines
        union
        select month, partner_id, partner_role
        from mrr
    ),

    joined as (
        select
            months.month,
            months.partner_id,
            months.partner_role,
            coalesce(partners.partner_type, months.partner_id) as partner_type,
            coalesce(partners.is_subsidised, false) as is_subsidised,
            {% for column in money %}
                cast(coalesce({{ column }}_cents, 0) as bigint) as {{ column }}_cents
                {% if not loop.last %}, {% endif %}
            {% endfor %}
        from months
        left join revenue using (month, partner_id, partner_role)
        left join cost_lines using (month, partner_id, partner_role)
        left join mrr using (month, partner_id, partner_role)
        left join partners on months.partner_id = partners.partner_id
    ),

    summed as (
        select
            *,
            gross_cents + refunds_credits_cents as net_cents,
            gross_cents + refunds_credits_cents
            {% for cost in costs %} - {{ cost }}_cents {% endfor %} as contribution_margin_cents
        from joined
        where
            {% for column in money %}
                {{ column }}_cents <> 0 {% if not loop.last %} or {% endif %}
            {% endfor %}
    ),

    final as (
        select
            month,
            partner_id,
            partner_type,
            partner_role,
            is_subsidised,
            gross_cents,
            refunds_credits_cents,
            net_cents,
            {% for cost in costs %} {{ cost }}_cents, {% endfor %}
            allocated_cents,
            contribution_margin_cents,
            {{ margin_rate() }} as margin_rate,
            {% for move in moves %}
                {{ move }}_cents {% if not loop.last %}, {% endif %}
            {% endfor %}
        from summed
    )

select *
from final
