-- One row per completed period, with the name of the policy in force on its last day.
{% set policies = [
    "activity_points",
    "archetypes",
    "attribution_settings",
    "clawback",
    "cohort_anniversaries",
    "commission_bands",
    "commission_rates",
    "criterion_weights",
    "health_bands",
    "health_points",
    "kpi_targets",
    "leakage_checks",
    "mdf_approvals",
    "mdf_budgets",
    "metrics",
    "onboarding_targets",
    "opportunity_stages",
    "partner_response_targets",
    "point_rates",
    "registration_rules",
    "remediation_ladder",
    "role_pools",
    "routing",
    "rubric_bands",
    "scorecard_figures",
    "segments",
    "settings",
    "si_quality_components",
    "support_sla",
    "tier_gates",
    "tier_movement",
    "tiers",
    "touch_types",
    "volume_rebates",
] %}

with
    periods as (select * from {{ ref("int_periods") }}),

    run as (select policy_hash from {{ source("quality", "run") }}),

    changes as (
        {% for policy in policies %}
            select valid_from as changed_on
            from {{ ref(policy) }}
            union
            select valid_to
            from {{ ref(policy) }}
            {% if not loop.last %}
                union
            {% endif %}
        {% endfor %}
    ),

    dated as (
        select periods.period_kind, periods.period_start, max(changes.changed_on) as last_changed_on
        from periods
        inner join changes on changes.changed_on <= periods.last_day
        group by periods.period_kind, periods.period_start
    ),

    final as (
        select
            dated.period_kind,
            dated.period_start,
            -- The day its rules last changed, and enough of the hash to tell two drafts of one
            -- day apart.
            cast(dated.last_changed_on as {{ dbt.type_string() }})
            || '-'
            || substring(run.policy_hash, 1, 8) as policy_version
        from dated
        cross join run
    )

select *
from final
