-- One row per partner and completed quarter: the recommendation as it was first published, or
-- today's where none was.
{% set frozen_columns = [
    "recommendation_id",
    "partner_id",
    "quarter_end",
    "action",
    "current_tier",
    "qualified_tier",
    "previous_qualified_tier",
    "recommended_tier",
    "reason",
    "sentences",
    "coverage",
    "cost_delta_cents",
    "robustness",
    "weight_sets_kept",
    "weight_sets",
    "concentration",
    "largest_account_id",
    "demotion_risk_on",
    "demotion_risk",
    "cheapest_path",
    "path_length",
] %}

with
    movement as (select * from {{ ref("int_tier__movement") }}),

    sentences as (select * from {{ ref("int_tier__sentences") }}),

    robustness as (select * from {{ ref("int_tier__robustness") }}),

    concentration as (select * from {{ ref("int_tier__concentration") }}),

    demotion_risk as (select * from {{ ref("int_tier__demotion_risk") }}),

    paths as (select * from {{ ref("int_tier__path_summary") }}),

    costs as (select * from {{ ref("fct_tier_cost") }}),

    frozen as (
        select frozen.*
        from {{ source("programme", "frozen_recommendations") }} as frozen
        inner join {{ source("quality", "run") }} as run on frozen.quarter_end <= run.as_of
    ),

    today as (
        select
            movement.partner_id
            || '@'
            || cast(movement.quarter_end as {{ dbt.type_string() }}) as recommendation_id,
            movement.partner_id,
            movement.quarter_end,
            movement.action,
            movement.current_tier,
            movement.qualified_tier,
            movement.previous_qualified_tier,
            movement.recommended_tier,
            movement.reason,
            sentences.sentences,
            movement.coverage,
            cast(null as bigint) as cost_delta_cents,
            robustness.robustness,
            robustness.weight_sets_kept,
            robustness.weight_sets,
            concentration.concentration,
            concentration.largest_account_id,
            demotion_risk.demotion_risk_on,
            demotion_risk.demotion_risk,
            paths.cheapest_path,
            paths.path_length
        from movement
        inner join
            sentences
            on movement.partner_id = sentences.partner_id
            and movement.period_start = sentences.period_start
        {% for explained in ["robustness", "concentration", "demotion_risk", "paths"] %}
            left join
                {{ explained }}
                on movement.partner_id = {{ explained }}.partner_id
                and movement.quarter_end = {{ explained }}.quarter_end
        {% endfor %}
    ),

    shown as (
        select {{ frozen_columns | join(", ") }}
        from frozen
        union all
        select {{ frozen_columns | join(", ") }}
        from today
        where recommendation_id not in (select recommendation_id from frozen)
    ),

    -- What cannot be judged today says nothing about what was judged then. What a change costs is
    -- frozen with it; where none was told yet, it is worked out as of today.
    final as (
        select
            {% for column in frozen_columns if column != "cost_delta_cents" %}
                shown.{{ column }},
            {% endfor %}
            case
                when shown.cost_delta_cents is not null
                then shown.cost_delta_cents
                when shown.recommended_tier = shown.current_tier
                then 0
                else recommended.cost_cents - held.cost_cents
            end as cost_delta_cents,
            case
                when
                    today.action <> shown.action
                    and today.reason not in ('source_missing', 'stale', 'coverage')
                then today.action
            end as restated_action
        from shown
        left join today on shown.recommendation_id = today.recommendation_id
        {% for relation, tier in [
                ("recommended", "recommended_tier"),
                ("held", "current_tier"),
            ] %}
            left join
                costs as {{ relation }}
                on shown.partner_id = {{ relation }}.partner_id
                and shown.quarter_end = {{ relation }}.quarter_end
                and shown.{{ tier }} = {{ relation }}.tier
        {% endfor %}
    )

select *
from final
