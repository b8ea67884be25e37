-- One row per KPI of quality and period.
{% set actions = {
    "grant_access": ["grants", "granted_at"],
    "revoke_access": ["grants", "revoked_at"],
    "install": ["installs", "installed_at"],
    "activate": ["installs", "activated_at"],
    "uninstall": ["installs", "uninstalled_at"],
} %}

with
    run as (select as_of, as_of_end from {{ source("quality", "run") }}),

    periods as (select * from {{ ref("int_kpi__periods") }} where family = 'quality'),

    partner_counts as (select * from {{ ref("int_kpi__partner_counts") }}),

    surveys as (select * from {{ ref("stg_crm__surveys") }} where partner_id is not null),

    rules as (select * from {{ ref("int_scoring_rules") }}),

    ratings as (select * from {{ ref("int_evidence__tickets") }} where metric_key = 'csat'),

    exams as (
        select *
        from {{ ref("stg_crm__certifications") }}
        where attempted_on is not null and passed is not null
    ),

    si_scores as (select * from {{ ref("fct_si_quality") }} where si_quality_score is not null),

    spine as (select distinct period_end from {{ ref("int_periods") }}),

    grants as (select * from {{ ref("stg_telemetry__access_grants") }}),

    installs as (
        select installs.*, integrations.partner_id
        from {{ ref("stg_telemetry__installs") }} as installs
        inner join
            {{ ref("stg_telemetry__integrations") }} as integrations
            on installs.integration_id = integrations.integration_id
    ),

    audit_events as (select * from {{ ref("stg_telemetry__audit_events") }}),

    settings as (
        select {{ setting_value("audit_match_minutes", "integer") }} as audit_match_minutes
        from {{ ref("settings") }} as settings
        cross join run
        where {{ is_in_force("settings", "run.as_of") }}
    ),

    actions as (
        {% for action, told in actions.items() %}
            select
                '{{ action }}' as action,
                partner_id,
                integration_id,
                account_id,
                {{ told[1] }} as acted_at
            from {{ told[0] }}
            where {{ told[1] }} is not null
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}
    ),

    -- Several grants of one instant are one action, which one event tells of.
    audited as (
        select
            actions.action,
            actions.partner_id,
            actions.integration_id,
            actions.account_id,
            actions.acted_at,
            max(
                case
                    when
                        abs({{ seconds_between("actions.acted_at", "audit_events.occurred_at") }})
                        <= 60 * settings.audit_match_minutes
                    then 1
                    else 0
                end
            ) as is_told
        from actions
        cross join run
        cross join settings
        left join
            audit_events
            on actions.action = audit_events.action
            and actions.partner_id = audit_events.partner_id
            and coalesce(actions.integration_id, '') = coalesce(audit_events.integration_id, '')
            and coalesce(actions.account_id, '') = coalesce(audit_events.tenant_id, '')
        where actions.acted_at < run.as_of_end
        group by
            actions.action,
            actions.partner_id,
            actions.integration_id,
            actions.account_id,
            actions.acted_at
    ),

    -- Rates of yes and no; answers by the rules of NPS in force on the day they were given.
    parts as (
        select
            'partner_nps' as kpi_key,
            cast(surveys.responded_at as date) as on_date,
            case
                when surveys.score >= rules.nps_promoter_from
                then 100
                when surveys.score <= rules.nps_detractor_to
                then -100
                else 0
            end as numerator,
            1 as denominator,
            1 as sample_size
        from surveys
        inner join
            rules
            on rules.rules_from <= cast(surveys.responded_at as date)
            and (
                rules.rules_until is null or cast(surveys.responded_at as date) < rules.rules_until
            )
        where surveys.subject = 'partner'
        union all
        select 'csat', cast(happened_at as date), numerator, denominator, 1
        from ratings
        union all
        select 'certification_pass_rate', attempted_on, case when passed then 1 else 0 end, 1, 1
        from exams
        union all
        select 'audit_log_completeness', cast(acted_at as date), is_told, 1, 1
        from audited
    ),

    rates as (
        {{
            kpi_totals(
                "parts",
                ["partner_nps", "csat", "certification_pass_rate", "audit_log_completeness"],
                is_rate=true,
            )
        }}
    ),

    latest as (
        select periods.period_kind, periods.period_start, max(spine.period_end) as scored_end
        from periods
        inner join
            spine on periods.kpi_key = 'si_quality' and spine.period_end <= periods.period_end
        group by periods.period_kind, periods.period_start
    ),

    -- A week and a quarter that end together tell the same score.
    cases as (
        select distinct
            'si_quality' as kpi_key,
            latest.period_kind,
            latest.period_start,
            si_scores.partner_id,
            si_scores.si_quality_score as value
        from latest
        inner join si_scores on latest.scored_end = si_scores.period_end
    ),

    medians as ({{ kpi_medians("cases", ["si_quality"]) }}),

    retention as (
        select
            kpi_key,
            period_kind,
            period_start,
            cast(kept as decimal(28, 9)) as numerator,
            cast(members_before as decimal(28, 9)) as denominator,
            members_before as sample_size,
            {{ decimal_ratio("kept", "members_before") }} as value
        from partner_counts
        where kpi_key = 'partner_retention'
    ),

    kpi_quality as (
        select *
        from rates
        union all
        select *
        from medians
        union all
        select *
        from retention
    )

select *
from kpi_quality
