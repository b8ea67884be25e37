-- One row per SI, period and component in force.
{% set parts = ["churn", "incidents", "nps", "rollout", "tickets"] %}

with
    parts as (
        {% for part in parts %}
            select partner_id, period_kind, period_start, component, sample_size, value
            from {{ ref("int_si_quality__" ~ part) }}
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}
    ),

    periods as (select * from {{ ref("int_periods") }}),

    components as (select * from {{ ref("si_quality_components") }}),

    sources as (
        select subject, valid_from, bool_or(is_missing) as is_missing
        from {{ ref("int_metric_sources") }}
        group by subject, valid_from
    ),

    policy as (
        select
            periods.period_kind,
            periods.period_start,
            components.component,
            components.weight,
            components.full_at,
            components.zero_at,
            components.minimum_sample,
            coalesce(sources.is_missing, false) as is_source_missing
        from periods
        inner join components on {{ is_in_force("components", "periods.last_day") }}
        left join
            sources
            on sources.subject = 'si_quality.' || components.component
            and components.valid_from = sources.valid_from
    ),

    measured as (
        select
            parts.partner_id,
            parts.period_kind,
            parts.period_start,
            policy.component,
            policy.weight,
            policy.full_at,
            policy.zero_at,
            case when not policy.is_source_missing then parts.sample_size end as sample_size,
            case
                when not policy.is_source_missing and parts.sample_size >= policy.minimum_sample
                then parts.value
            end as value
        from parts
        inner join
            policy
            on parts.component = policy.component
            and parts.period_kind = policy.period_kind
            and parts.period_start = policy.period_start
    ),

    scored as (
        select
            partner_id,
            period_kind,
            period_start,
            component,
            weight,
            sample_size,
            value,
            case
                when value is not null
                then
                    cast(
                        least(
                            100,
                            greatest(
                                0,
                                {{ decimal_ratio("100 * (value - zero_at)", "full_at - zero_at") }}
                            )
                        ) as decimal(28, 9)
                    )
            end as score
        from measured
    ),

    final as (
        select
            *,
            cast(
                cast(weight as decimal(16, 9)) * cast(score as decimal(12, 9)) as decimal(28, 9)
            ) as points
        from scored
    )

select *
from final
