-- One row per span of days in which no setting and no response target changes.
with
    settings as (select * from {{ ref("settings") }}),

    targets as (select * from {{ ref("partner_response_targets") }}),

    changes as (
        select valid_from as rules_from
        from settings
        union
        select valid_to
        from settings
        where valid_to is not null
        union
        select valid_from
        from targets
        union
        select valid_to
        from targets
        where valid_to is not null
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
                ("activation_days", "integer"),
                ("unused_grant_days", "integer"),
                ("install_month_days", "decimal(28, 9)"),
                ("nps_promoter_from", "integer"),
                ("nps_detractor_to", "integer"),
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
