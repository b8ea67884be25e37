-- One row per partner and quarter.
with
    quarters as (select * from {{ ref("int_partner__periods") }} where period_kind = 'quarter'),

    partners as (select * from {{ ref("stg_crm__partners") }}),

    days as (select distinct last_day from quarters),

    rules as (
        select
            days.last_day,
            {% for setting in [
                "value_fit_weight",
                "value_delivery_weight",
                "value_security_weight",
                "value_strong_fit",
                "value_moderate_fit",
                "value_weak_fit",
                "strategic_value_line",
                "revenue_value_line",
            ] %}
                {{ setting_value(setting, "decimal(13, 9)") }} as {{ setting }}
                {% if not loop.last %}, {% endif %}
            {% endfor %}
        from days
        inner join
            {{ ref("settings") }} as settings on {{ is_in_force("settings", "days.last_day") }}
        group by days.last_day
    ),

    scores as (
        select
            partner_id,
            period_start,
            max(case when criterion = 'revenue_influence' then score end) as revenue,
            max(case when criterion = 'delivery_quality' then score end) as delivery,
            max(case when criterion = 'security_posture' then score end) as security
        from {{ ref("fct_criterion_score") }}
        where period_kind = 'quarter'
        group by partner_id, period_start
    ),

    components as (
        select
            quarters.partner_id,
            quarters.last_day,
            scores.revenue,
            case
                partners.strategic_fit
                when 'strong'
                then rules.value_strong_fit
                when 'moderate'
                then rules.value_moderate_fit
                when 'weak'
                then rules.value_weak_fit
            end as fit,
            cast(scores.delivery as decimal(13, 9)) as delivery,
            cast(scores.security as decimal(13, 9)) as security,
            rules.value_fit_weight as fit_weight,
            rules.value_delivery_weight as delivery_weight,
            rules.value_security_weight as security_weight,
            rules.strategic_value_line,
            rules.revenue_value_line
        from quarters
        inner join partners on quarters.partner_id = partners.partner_id
        inner join rules on quarters.last_day = rules.last_day
        left join
            scores
            on quarters.partner_id = scores.partner_id
            and quarters.period_start = scores.period_start
    ),

    -- What is not known is left out, and the others weigh the more.
    valued as (
        select
            *,
            {{
                decimal_ratio(
                    "coalesce(fit * fit_weight, 0) + coalesce(delivery * delivery_weight, 0) + coalesce(security * security_weight, 0)",
                    "case when fit is not null then fit_weight else 0 end + case when delivery is not null then delivery_weight else 0 end + case when security is not null then security_weight else 0 end",
                )
            }}
            as strategic_value
        from components
    ),

    final as (
        select
            partner_id,
            last_day as quarter_end,
            strategic_value,
            revenue as revenue_value,
            case
                when strategic_value is null or revenue is null
                then null
                when strategic_value >= strategic_value_line and revenue >= revenue_value_line
                then 'core'
                when strategic_value >= strategic_value_line
                then 'potential'
                when revenue >= revenue_value_line
                then 'income'
                else 'watch'
            end as quadrant
        from valued
    )

select *
from final
