-- One row per metric, partner and span of period ends in which one row of policy has the partner
-- measured by it and its sources are there.
with
    metrics as (select * from {{ ref("metrics") }}),

    archetypes as (select * from {{ ref("archetypes") }}),

    partners as (select * from {{ ref("stg_crm__partners") }}),

    missing as (
        select distinct subject as metric_key, valid_from
        from {{ ref("int_metric_sources") }}
        where is_missing
    ),

    -- Rules in force on a period's last day are those of every end after their first day, up to
    -- the day after their last.
    spans as (
        select
            metrics.metric_key,
            partners.partner_id,
            metrics.window_months,
            metrics.window_days,
            cast(
                greatest(metrics.valid_from, archetypes.valid_from, partners.signed_on) as timestamp
            ) as from_at,
            cast(
                coalesce(
                    least(metrics.valid_to, archetypes.valid_to), {{ end_of_time() }}
                ) as timestamp
            ) as until_at
        from partners
        inner join archetypes on partners.partner_type = archetypes.partner_type
        inner join metrics on {{ has_word("metrics.archetypes", "archetypes.archetype") }}
        left join
            missing
            on metrics.metric_key = missing.metric_key
            and metrics.valid_from = missing.valid_from
        where missing.metric_key is null
    ),

    final as (select * from spans where from_at < until_at)

select *
from final
