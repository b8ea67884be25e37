-- One row per KPI and completed month or week: its value, and whether that is where it should be.
{% set families = ["growth", "reliability", "quality", "efficiency"] %}

with
    periods as (select * from {{ ref("int_kpi__periods") }}),

    stacked as (
        {% for family in families %}
            select kpi_key, period_kind, period_start, numerator, denominator, sample_size, value
            from {{ ref("kpi_" ~ family) }}
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}
    ),

    judged as (
        select
            periods.*,
            stacked.value,
            stacked.numerator,
            stacked.denominator,
            stacked.sample_size,
            case
                when periods.missing_sources is not null
                then 'source_missing'
                when stacked.value is null
                then 'no_events'
                when stacked.sample_size < periods.minimum_sample
                then 'too_few'
                else 'measured'
            end as measure_status
        from periods
        left join
            stacked
            on periods.kpi_key = stacked.kpi_key
            and periods.period_kind = stacked.period_kind
            and periods.period_start = stacked.period_start
    ),

    -- How far the value is beyond the line, on the better side of it; between two lines, beyond
    -- the nearer.
    placed as (
        select
            judged.*,
            case
                direction
                when 'higher'
                then value - target
                when 'lower'
                then target - value
                else least(value - target, target_high - value)
            end as beyond
        from judged
    ),

    final as (
        select
            kpi_key,
            period_kind,
            period_start,
            period_end,
            label,
            definition,
            family,
            position,
            unit,
            direction,
            nature,
            owner,
            window_months,
            case when measure_status = 'measured' then value end as value,
            case when measure_status <> 'source_missing' then numerator end as numerator,
            case when measure_status <> 'source_missing' then denominator end as denominator,
            case when measure_status <> 'source_missing' then sample_size end as sample_size,
            minimum_sample,
            measure_status,
            missing_sources,
            stale_sources,
            target,
            target_high,
            target_is_inclusive,
            case
                when measure_status <> 'measured'
                then 'not_measured'
                when target is null
                then 'no_target'
                when beyond > 0 or (beyond = 0 and target_is_inclusive)
                then 'on_target'
                when beyond + watch_margin >= 0
                then 'watch'
                else 'off_target'
            end as status
        from placed
    )

select *
from final
