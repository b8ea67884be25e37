-- One row per partner, period and metric that applies: the metric models, stacked.
{{ config(materialized="view") }}

{% set metrics = [
    "activation_rate",
    "active_contract",
    "activity_points",
    "certification_currency",
    "certified_people",
    "converted_referrals",
    "critical_findings",
    "csat",
    "customer_nps",
    "customer_retention",
    "excess_access",
    "first_response",
    "incident_notice",
    "incident_rate",
    "influenced_arr",
    "leading_activity_points",
    "mfa_enforced",
    "open_pipeline",
    "pipeline_created",
    "programme_points",
    "reopen_rate",
    "security_questionnaire",
    "si_quality",
    "sourced_arr",
    "win_rate",
] %}

{% for metric in metrics %}
    select
        partner_id,
        period_kind,
        period_start,
        period_end,
        metric_key,
        numerator,
        denominator,
        sample_size,
        value
    from {{ ref("metric_" ~ metric) }}
    {% if not loop.last %}
        union all
    {% endif %}
{% endfor %}
