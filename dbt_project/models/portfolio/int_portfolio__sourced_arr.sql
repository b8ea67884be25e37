-- One row per partner and quarter: sourced ARR against that of the same quarter a year before.
{{ config(materialized="view") }}

with
    quarters as (
        select partner_id, period_start, period_end, last_day
        from {{ ref("int_partner__periods") }}
        where period_kind = 'quarter'
    ),

    measured as (
        select partner_id, period_start, value
        from {{ ref("fct_partner_metric") }}
        where period_kind = 'quarter' and metric_key = 'sourced_arr' and status = 'measured'
    ),

    final as (
        select
            quarters.partner_id,
            quarters.period_start,
            quarters.period_end,
            quarters.last_day,
            present.value as sourced_arr,
            past.value as sourced_arr_year_before,
            {{ decimal_ratio("present.value - past.value", "past.value") }} as growth
        from quarters
        left join
            measured as present
            on quarters.partner_id = present.partner_id
            and quarters.period_start = present.period_start
        left join
            measured as past
            on quarters.partner_id = past.partner_id
            and past.period_start = {{ date_plus_months("quarters.period_start", -12) }}
    )

select *
from final
