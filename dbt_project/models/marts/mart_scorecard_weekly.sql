-- One row per partner and week of the spine.
{% set criteria = [
    "revenue_influence",
    "delivery_quality",
    "security_posture",
    "support_maturity",
] %}

with
    weeks as (select * from {{ ref("int_partner__periods") }} where period_kind = 'week'),

    partners as (select * from {{ ref("dim_partner") }}),

    tier_scores as (
        select
            *,
            lag(weighted_score, 1) over weekly as weighted_score_last_week,
            lag(weighted_score, 13) over weekly as weighted_score_13_weeks_ago
        from {{ ref("fct_tier_score") }}
        where period_kind = 'week'
        window weekly as (partition by partner_id order by period_start)
    ),

    criterion_scores as (
        select
            partner_id,
            period_start,
            {% for criterion in criteria %}
                max(case when criterion = '{{ criterion }}' then score end) as {{ criterion }}_score
                {% if not loop.last %}, {% endif %}
            {% endfor %}
        from {{ ref("fct_criterion_score") }}
        where period_kind = 'week'
        group by partner_id, period_start
    ),

    metrics as (
        select
            partner_id,
            period_start,
            {% for metric in ["open_pipeline", "incident_rate", "customer_nps"] %}
                max(case when metric_key = '{{ metric }}' then value end) as {{ metric }}
                {% if not loop.last %}, {% endif %}
            {% endfor %},
            max(case when metric_key = 'si_quality' then value end) as si_quality_score,
            max(case when metric_key = 'si_quality' then status end) as si_quality_status
        from {{ ref("fct_partner_metric") }}
        where
            period_kind = 'week'
            and metric_key in ('open_pipeline', 'incident_rate', 'customer_nps', 'si_quality')
        group by partner_id, period_start
    ),

    health as (select * from {{ ref("fct_partner_health") }} where period_kind = 'week'),

    recommendations as (
        select
            partner_id,
            action,
            quarter_end,
            lead(quarter_end) over (
                partition by partner_id order by quarter_end
            ) as next_quarter_end
        from {{ ref("fct_tier_recommendation") }}
    ),

    deals as (select * from {{ ref("int_scorecard__weekly_deals") }}),

    installs as (select * from {{ ref("int_scorecard__weekly_installs") }}),

    partner_nps as (select * from {{ ref("int_partner__nps") }} where period_kind = 'week'),

    sources as (select * from {{ ref("int_scorecard__sources") }}),

    rules as (select * from {{ ref("int_scoring_rules") }}),

    reporting as (select * from {{ ref("int_currency__reporting") }}),

    final as (
        select
            weeks.partner_id,
            partners.partner_name,
            partners.partner_type,
            weeks.archetype,
            partners.partner_manager,
            weeks.period_start,
            weeks.period_end,
            tier_scores.current_tier,
            recommendations.action as movement,
            tier_scores.weighted_score,
            tier_scores.weighted_score_last_week,
            tier_scores.weighted_score_13_weeks_ago,
            cast(
                tier_scores.weighted_score - tier_scores.weighted_score_last_week as decimal(28, 9)
            ) as score_change_1w,
            cast(
                tier_scores.weighted_score
                - tier_scores.weighted_score_13_weeks_ago as decimal(28, 9)
            ) as score_change_13w,
            tier_scores.coverage,
            coalesce(tier_scores.coverage, 0) < rules.coverage_floor as is_below_coverage_floor,
            {% for criterion in criteria %} criterion_scores.{{ criterion }}_score, {% endfor %}
            {% for figure in [
                "pipeline_created_sourced",
                "pipeline_created_influenced",
                "won_sourced",
                "won_influenced",
            ] %}
                case
                    when not sources.is_{{ figure }}_missing
                    then coalesce(deals.{{ figure }}_cents, 0)
                end as {{ figure }}_cents,
            {% endfor %}
            {{ to_minor_units("metrics.open_pipeline", "reporting.minor_unit_digits") }}
            as open_pipeline_cents,
            {% for figure in ["installs", "activations", "active_installs"] %}
                case
                    when not sources.is_{{ figure }}_missing then installs.{{ figure }}
                end as {{ figure }},
            {% endfor %}
            metrics.incident_rate,
            case
                when not sources.is_partner_nps_missing then partner_nps.partner_nps
            end as partner_nps,
            metrics.customer_nps,
            nullif(
                concat_ws(
                    ', '
                    {% for criterion in criteria %}
                        ,
                        case
                            when criterion_scores.{{ criterion }}_score is null
                            then '{{ criterion | replace("_", " ") }}'
                        end
                    {% endfor %}
                ),
                ''
            ) as not_measured,
            sources.stale_sources,
            health.health_score,
            health.health_band,
            health.status as health_status,
            metrics.si_quality_score,
            metrics.si_quality_status
        from weeks
        cross join reporting
        inner join partners on weeks.partner_id = partners.partner_id
        inner join rules on weeks.rules_from = rules.rules_from
        inner join
            tier_scores
            on weeks.partner_id = tier_scores.partner_id
            and weeks.period_start = tier_scores.period_start
        inner join
            sources
            on weeks.archetype = sources.archetype
            and weeks.period_start = sources.period_start
        left join
            criterion_scores
            on weeks.partner_id = criterion_scores.partner_id
            and weeks.period_start = criterion_scores.period_start
        left join
            metrics
            on weeks.partner_id = metrics.partner_id
            and weeks.period_start = metrics.period_start
        left join
            health
            on weeks.partner_id = health.partner_id
            and weeks.period_start = health.period_start
        left join
            recommendations
            on weeks.partner_id = recommendations.partner_id
            and recommendations.quarter_end < weeks.period_end
            and (
                recommendations.next_quarter_end is null
                or weeks.period_end <= recommendations.next_quarter_end
            )
        left join
            deals on weeks.partner_id = deals.partner_id and weeks.period_start = deals.period_start
        left join
            installs
            on weeks.partner_id = installs.partner_id
            and weeks.period_start = installs.period_start
        left join
            partner_nps
            on weeks.partner_id = partner_nps.partner_id
            and weeks.period_start = partner_nps.period_start
    )

select *
from final
