-- One row per span of days in which no setting, response target or rate of points changes.
with
    settings as (select * from {{ ref("settings") }}),

    changes as (
        select valid_from as rules_from
        from settings
        union
        select valid_to
        from settings
        where valid_to is not null
        {% for policy in ["partner_response_targets", "point_rates", "activity_points"] %}
            union
            select valid_from
            from {{ ref(policy) }}
            union
            select valid_to
            from {{ ref(policy) }}
            where valid_to is not null
        {% endfor %}
    ),

    spans as (
        select rules_from, lead(rules_from) over (order by rules_from) as rules_until from changes
    ),

    final as (
        select
            spans.rules_from,
            spans.rules_until,
            {% for setting, type in [
                ("fiscal_year_start_month", "integer"),
                ("history_weeks", "integer"),
                ("history_quarters", "integer"),
                ("coverage_floor", "decimal(28, 9)"),
                ("weight_swing", "decimal(28, 9)"),
                ("activation_days", "integer"),
                ("unused_grant_days", "integer"),
                ("install_month_days", "decimal(28, 9)"),
                ("nps_promoter_from", "integer"),
                ("nps_detractor_to", "integer"),
                ("health_weeks", "integer"),
                ("health_span_days", "integer"),
                ("health_spans", "integer"),
                ("health_first_year_months", "integer"),
                ("health_minimum_points", "integer"),
                ("hypercare_days", "integer"),
                ("ticket_rate_days", "integer"),
                ("remediation_step_back_from", "decimal(28, 9)"),
                ("cancelled_project_statuses", dbt.type_string()),
            ] %}
                {{ setting_value(setting, type) }} as {{ setting }}
                {% if not loop.last %}, {% endif %}
            {% endfor %}
        from spans
        inner join settings on {{ is_in_force("settings", "spans.rules_from") }}
        group by spans.rules_from, spans.rules_until
    )

select *
from final
