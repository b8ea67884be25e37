-- A row is a metric that counts without a score (the bands leave a gap, or a measured null has no
-- score in policy) or
-- one that is absent and shows a value or a score all the same.
select partner_id, period_kind, period_start, metric_key, status, value, rubric_score
from {{ ref("fct_partner_metric") }}
where
    (status = 'measured' and rubric_score is null)
    or (status <> 'measured' and (value is not null or rubric_score is not null))
