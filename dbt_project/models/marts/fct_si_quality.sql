-- One row per SI and period.
{% set components = {
    "churn": "churn_rate",
    "nps": "customer_nps",
    "rollout": "rollout_ratio",
    "tickets": "tickets_per_account",
    "incidents": "incidents_per_project_year",
} %}

with
    metrics as (
        select *
        from {{ ref("fct_partner_metric") }}
        where metric_key = 'si_quality' and status <> 'not_applicable'
    ),

    components as (
        select
            partner_id,
            period_kind,
            period_start,
            {% for component, measure in components.items() %}
                max(case when component = '{{ component }}' then value end) as {{ measure }},
                max(case when component = '{{ component }}' then score end) as {{ component }}_score
                {% if not loop.last %}, {% endif %}
            {% endfor %}
        from {{ ref("int_si_quality__components") }}
        group by partner_id, period_kind, period_start
    ),

    telemetry as (select * from {{ ref("int_si_quality__telemetry") }}),

    final as (
        select
            metrics.partner_id,
            metrics.period_kind,
            metrics.period_start,
            metrics.period_end,
            {% for measure in components.values() %} components.{{ measure }}, {% endfor %}
            {% for component in components %} components.{{ component }}_score, {% endfor %}
            metrics.value as si_quality_score,
            metrics.status,
            metrics.sample_size as live_projects,
            telemetry.days_to_first_value,
            telemetry.rework_share,
            telemetry.blocker_days,
            telemetry.qa_gate_pass_rate,
            telemetry.milestones_met_share
        from metrics
        left join
            components
            on metrics.partner_id = components.partner_id
            and metrics.period_kind = components.period_kind
            and metrics.period_start = components.period_start
        left join
            telemetry
            on metrics.partner_id = telemetry.partner_id
            and metrics.period_kind = telemetry.period_kind
            and metrics.period_start = telemetry.period_start
    )

select *
from final
