-- A row is a metric that counts without a score (the bands leave a gap, or a measured null has no
-- score in policy), one of no criterion that has a score, or one that is absent and shows a value
-- or a score all the same.
select
    metrics.partner_id,
    metrics.period_kind,
    metrics.period_start,
    metrics.metric_key,
    metrics.status,
    metrics.value,
    metrics.rubric_score
from {{ ref("fct_partner_metric") }} as metrics
inner join
    {{ ref("int_metric_periods") }} as policy
    on metrics.metric_key = policy.metric_key
    and metrics.period_kind = policy.period_kind
    and metrics.period_start = policy.period_start
where
    (metrics.status = 'measured' and policy.criterion is not null and metrics.rubric_score is null)
    or (policy.criterion is null and metrics.rubric_score is not null)
    or (
        metrics.status <> 'measured'
        and (metrics.value is not null or metrics.rubric_score is not null)
    )
