-- One row per quarter and archetype that misses a source or has a stale one: which, in words.
with
    quarters as (select * from {{ ref("int_periods") }} where period_kind = 'quarter'),

    archetypes as (select distinct archetype from {{ ref("archetypes") }}),

    tier_gates as (select * from {{ ref("tier_gates") }}),

    metrics as (select * from {{ ref("int_metric_periods") }} where period_kind = 'quarter'),

    sources as (select * from {{ ref("int_metric_sources") }}),

    entities as (
        select
            system || '.' || entity as source,
            is_present,
            newest_at,
            replace(entity, '_', ' ')
            || ' ('
            || case when system = 'crm' then 'CRM' else system end
            || ')' as label
        from {{ source("quality", "entities") }}
    ),

    gates as (
        select distinct quarters.period_start, tier_gates.gate
        from quarters
        inner join tier_gates on {{ is_in_force("tier_gates", "quarters.last_day") }}
    ),

    needs as (
        select
            metrics.period_start,
            archetypes.archetype,
            sources.source,
            bool_or(sources.is_missing) as is_missing,
            bool_or(sources.is_stale) as is_stale
        from metrics
        inner join archetypes on {{ has_word("metrics.archetypes", "archetypes.archetype") }}
        inner join
            sources
            on metrics.metric_key = sources.subject
            and metrics.policy_from = sources.valid_from
        left join
            gates on metrics.period_start = gates.period_start and metrics.metric_key = gates.gate
        where metrics.criterion is not null or gates.gate is not null
        group by metrics.period_start, archetypes.archetype, sources.source
    ),

    worded as (
        select
            needs.period_start,
            needs.archetype,
            case
                when not needs.is_missing
                then null
                when entities.is_present
                then 'columns of ' || entities.label
                else entities.label
            end as missing,
            case
                when needs.is_stale
                then
                    entities.label
                    || coalesce(' since ' || {{ spoken_date("entities.newest_at") }}, '')
            end as stale
        from needs
        inner join entities on needs.source = entities.source
        where needs.is_missing or needs.is_stale
    ),

    final as (
        select
            period_start,
            archetype,
            {{ join_sorted("missing") }} as missing,
            {{ join_sorted("stale") }} as stale
        from worded
        group by period_start, archetype
    )

select *
from final
