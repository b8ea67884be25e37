-- One row per week and archetype: which weekly figures have no source, and which sources are stale.
with
    weeks as (select * from {{ ref("int_periods") }} where period_kind = 'week'),

    archetypes as (select distinct archetype from {{ ref("archetypes") }}),

    figures as (select * from {{ ref("scorecard_figures") }}),

    metric_periods as (select * from {{ ref("int_metric_periods") }} where period_kind = 'week'),

    sources as (select * from {{ ref("int_metric_sources") }}),

    needs as (
        select
            weeks.period_start, archetypes.archetype, figures.figure as subject, figures.valid_from
        from weeks
        inner join figures on {{ is_in_force("figures", "weeks.last_day") }}
        cross join archetypes
        union all
        select
            metric_periods.period_start,
            archetypes.archetype,
            metric_periods.metric_key,
            metric_periods.policy_from
        from metric_periods
        inner join archetypes on {{ has_word("metric_periods.archetypes", "archetypes.archetype") }}
    ),

    standing as (
        select
            needs.period_start,
            needs.archetype,
            needs.subject,
            sources.source,
            sources.is_missing,
            sources.is_stale
        from needs
        inner join
            sources on needs.subject = sources.subject and needs.valid_from = sources.valid_from
    ),

    stale as (
        select period_start, archetype, {{ join_sorted("source") }} as stale_sources
        from
            (
                select distinct period_start, archetype, source from standing where is_stale
            ) as distinct_sources
        group by period_start, archetype
    ),

    missing as (
        select
            period_start,
            archetype,
            {% for figure in [
                "pipeline_created_sourced",
                "pipeline_created_influenced",
                "won_sourced",
                "won_influenced",
                "installs",
                "activations",
                "active_installs",
                "partner_nps",
            ] %}
                bool_or(is_missing and subject = '{{ figure }}') as is_{{ figure }}_missing
                {% if not loop.last %}, {% endif %}
            {% endfor %}
        from standing
        group by period_start, archetype
    ),

    final as (
        select missing.*, stale.stale_sources
        from missing
        left join
            stale
            on missing.period_start = stale.period_start
            and missing.archetype = stale.archetype
    )

select *
from final
