-- A row is a metric and period of which the spine holds more or fewer partners than it must: a
-- metric model lost or
-- doubled rows.
with
    index_rows as (
        select metric_key, period_kind, period_start, count(*) as partners
        from {{ ref("int_metric_index") }}
        group by metric_key, period_kind, period_start
    ),

    spine_rows as (
        select metric_key, period_kind, period_start, count(*) as partners
        from {{ ref("fct_partner_metric") }}
        group by metric_key, period_kind, period_start
    )

select
    metric_key,
    period_kind,
    period_start,
    index_rows.partners as expected,
    spine_rows.partners as found
from index_rows
full outer join spine_rows using (metric_key, period_kind, period_start)
where index_rows.partners is distinct from spine_rows.partners
