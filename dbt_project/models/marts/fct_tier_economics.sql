-- One row per completed quarter and tier: what its partners brought, and what they cost.
with
    quarters as (
        select period_start, period_end, last_day
        from {{ ref("int_periods") }}
        where period_kind = 'quarter'
    ),

    tier_spans as (select * from {{ ref("int_partner__tier_spans") }}),

    signed as (
        select partner_id, last_day
        from {{ ref("int_partner__periods") }}
        where period_kind = 'quarter'
    ),

    margins as (select * from {{ ref("fct_partner_margin_monthly") }}),

    held as (
        select
            tier_spans.partner_id,
            tier_spans.tier,
            quarters.period_start,
            quarters.period_end,
            quarters.last_day,
            signed.partner_id is not null as is_signed
        from quarters
        inner join
            tier_spans
            on tier_spans.from_at < cast(quarters.period_end as timestamp)
            and (
                tier_spans.until_at is null
                or cast(quarters.period_end as timestamp) <= tier_spans.until_at
            )
        left join
            signed
            on tier_spans.partner_id = signed.partner_id
            and quarters.last_day = signed.last_day
    ),

    counted as (
        select last_day, tier, cast(count(case when is_signed then 1 end) as integer) as partners
        from held
        group by last_day, tier
    ),

    summed as (
        select
            held.last_day,
            held.tier,
            {{ sum_cents("margins.net_cents") }} as net_cents,
            {{ sum_cents("margins.contribution_margin_cents") }} as contribution_margin_cents,
            {{
                sum_cents(
                    "margins.support_cents + margins.partner_team_cents"
                    ~ " + margins.onboarding_cents + margins.tooling_cents"
                )
            }} as cost_to_serve_cents,
            {{ sum_cents("margins.commissions_cents + margins.mdf_cents") }} as programme_cost_cents
        from held
        inner join
            margins
            on held.partner_id = margins.partner_id
            and margins.month >= held.period_start
            and margins.month < held.period_end
        group by held.last_day, held.tier
    ),

    final as (
        select
            counted.last_day as quarter_end,
            counted.tier,
            counted.partners,
            {% for column in [
                "net_cents",
                "contribution_margin_cents",
                "cost_to_serve_cents",
                "programme_cost_cents",
            ] %}
                coalesce(summed.{{ column }}, 0) as {{ column }},
            {% endfor %}
            {{
                decimal_ratio(
                    "summed.contribution_margin_cents",
                    "summed.cost_to_serve_cents + summed.programme_cost_cents",
                )
            }} as roi
        from counted
        left join summed on counted.last_day = summed.last_day and counted.tier = summed.tier
    )

select *
from final
