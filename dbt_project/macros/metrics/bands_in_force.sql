{#- The rubric bands of each metric and period, by the policy of the period's last day, and the band of a measured
    metric without a value where it has a score. Takes the CTEs of int_metric_periods and rubric_bands. -#}
{% macro bands_in_force(metric_periods, rubric_bands) %}
    select
        {{ metric_periods }}.metric_key,
        {{ metric_periods }}.period_kind,
        {{ metric_periods }}.period_start,
        {{ rubric_bands }}.score,
        {{ rubric_bands }}.score_at_upper_bound,
        {{ rubric_bands }}.lower_bound,
        {{ rubric_bands }}.lower_is_inclusive,
        {{ rubric_bands }}.upper_bound,
        {{ rubric_bands }}.upper_is_inclusive
    from {{ metric_periods }}
    inner join
        {{ rubric_bands }}
        on {{ metric_periods }}.metric_key = {{ rubric_bands }}.metric_key
        and {{ is_in_force(rubric_bands, metric_periods ~ ".last_day") }}
    union all
    select metric_key, period_kind, period_start, score_when_null, null, null, null, null, null
    from {{ metric_periods }}
    where score_when_null is not null
{% endmacro %}
