-- One row per partner, period and metric: what was measured, or why nothing was.
{{ config(materialized="view") }}

with
    measured as (select * from {{ ref("int_metric_values") }}),

    inapplicable as (select * from {{ ref("int_metric_index") }} where not is_applicable),

    policy as (select * from {{ ref("int_metric_periods") }}),

    -- A count or a sum has no denominator and is measured even at 0.
    judged as (
        select
            measured.*,
            policy.is_stale and not policy.is_source_missing as is_stale,
            policy.is_source_missing,
            case
                when policy.is_source_missing
                then 'source_missing'
                when measured.denominator = 0
                then 'no_events'
                when measured.sample_size < policy.minimum_sample
                then 'too_few'
                else 'measured'
            end as status
        from measured
        inner join
            policy
            on measured.metric_key = policy.metric_key
            and measured.period_kind = policy.period_kind
            and measured.period_start = policy.period_start
    ),

    final as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            metric_key,
            case when status = 'measured' then value end as value,
            case when not is_source_missing then numerator end as numerator,
            case when not is_source_missing then denominator end as denominator,
            case when not is_source_missing then sample_size end as sample_size,
            status,
            is_stale
        from judged
        union all
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            metric_key,
            null,
            null,
            null,
            null,
            'not_applicable',
            false
        from inapplicable
    )

select *
from final
