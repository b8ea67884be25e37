-- One row per month and partner type, direct and unknown included.
{% set costs = margin_costs() %}
{% set sums = (
    ["gross", "refunds_credits", "net"]
    + costs
    + ["allocated", "contribution_margin"]
    + mrr_movements()
) %}

with
    margin as (select * from {{ ref("fct_partner_margin_monthly") }}),

    summed as (
        select
            month,
            partner_type,
            {% for column in sums %}
                cast(sum({{ column }}_cents) as bigint) as {{ column }}_cents
                {% if not loop.last %}, {% endif %}
            {% endfor %}
        from margin
        group by month, partner_type
    ),

    final as (
        select
            month,
            partner_type,
            gross_cents,
            refunds_credits_cents,
            net_cents,
            {% for cost in costs %} {{ cost }}_cents, {% endfor %}
            allocated_cents,
            contribution_margin_cents,
            {{ margin_rate() }} as margin_rate,
            {% for move in mrr_movements() %}
                {{ move }}_cents {% if not loop.last %}, {% endif %}
            {% endfor %}
        from summed
    )

select *
from final
