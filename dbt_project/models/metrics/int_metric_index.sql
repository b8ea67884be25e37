-- One row per partner, period and metric of that period's policy: what the spine must hold.
{{ config(materialized="view") }}

with
    partner_periods as (select * from {{ ref("int_partner__periods") }}),

    archetypes as (select distinct archetype from {{ ref("archetypes") }}),

    metric_periods as (
        select
            metrics.metric_key,
            metrics.period_kind,
            metrics.period_start,
            metrics.window_start_at,
            metrics.window_end_at,
            archetypes.archetype,
            {{ has_word("metrics.archetypes", "archetypes.archetype") }} as is_applicable
        from {{ ref("int_metric_periods") }} as metrics
        cross join archetypes
    ),

    final as (
        select
            partner_periods.partner_id,
            partner_periods.period_kind,
            partner_periods.period_start,
            partner_periods.period_end,
            partner_periods.rules_from,
            metric_periods.metric_key,
            metric_periods.window_start_at,
            metric_periods.window_end_at,
            metric_periods.is_applicable
        from partner_periods
        inner join
            metric_periods
            on partner_periods.archetype = metric_periods.archetype
            and partner_periods.period_kind = metric_periods.period_kind
            and partner_periods.period_start = metric_periods.period_start
    )

select *
from final
