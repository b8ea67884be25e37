-- One row per metric, scorecard figure, leakage check or KPI, version of its policy, and extract it
-- needs.
with
    entities as (
        select system || '.' || entity as source, not is_present as is_absent, is_stale
        from {{ source("quality", "entities") }}
    ),

    absent_columns as (
        select
            system || '.' || entity as source,
            system || '.' || entity || '.' || column_name as source_column
        from {{ source("quality", "columns") }}
        where state in ('absent', 'vanished')
    ),

    metrics as (select * from {{ ref("metrics") }}),

    components as (select * from {{ ref("si_quality_components") }}),

    subjects as (
        select metric_key as subject, valid_from, requires
        from metrics
        union all
        select figure, valid_from, requires
        from {{ ref("scorecard_figures") }}
        union all
        select 'si_quality.' || component, valid_from, requires
        from components
        union all
        select 'leakage.' || check_key, valid_from, requires
        from {{ ref("leakage_checks") }}
        union all
        select 'kpi.' || kpi_key, valid_from, requires
        from {{ ref("kpi_targets") }}
    ),

    -- A required column brings its extract along.
    needs as (
        select subjects.subject, subjects.valid_from, subjects.requires, entities.*
        from subjects
        inner join
            entities
            on {{ has_word("subjects.requires", "entities.source") }}
            or position(' ' || entities.source || '.' in ' ' || subjects.requires) > 0
    ),

    standing as (
        select
            needs.subject,
            needs.valid_from,
            needs.source,
            needs.is_absent or count(absent_columns.source_column) > 0 as is_missing,
            not needs.is_absent and coalesce(needs.is_stale, false) as is_stale
        from needs
        left join
            absent_columns
            on needs.source = absent_columns.source
            and {{ has_word("needs.requires", "absent_columns.source_column") }}
        group by needs.subject, needs.valid_from, needs.source, needs.is_absent, needs.is_stale
    ),

    -- A component may be missing from SI quality, but a stale one makes it stale.
    component_sources as (
        select metrics.metric_key as subject, metrics.valid_from, standing.source, standing.is_stale
        from metrics
        inner join
            components
            on metrics.metric_key = 'si_quality'
            and (metrics.valid_to is null or components.valid_from < metrics.valid_to)
            and (components.valid_to is null or metrics.valid_from < components.valid_to)
        inner join
            standing
            on standing.subject = 'si_quality.' || components.component
            and components.valid_from = standing.valid_from
    ),

    final as (
        select *
        from standing
        union all
        select distinct
            component_sources.subject,
            component_sources.valid_from,
            component_sources.source,
            false,
            component_sources.is_stale
        from component_sources
        left join
            standing
            on component_sources.subject = standing.subject
            and component_sources.valid_from = standing.valid_from
            and component_sources.source = standing.source
        where standing.subject is null
    )

select *
from final
