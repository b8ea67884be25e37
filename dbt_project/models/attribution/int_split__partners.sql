-- One row per partner with a touch on a known opportunity, numbered in the order of their ids.
with
    partners as (select distinct partner_id from {{ ref("fct_opportunity_touch") }}),

    final as (
        select row_number() over (order by partner_id) as partner_number, partner_id from partners
    )

select *
from final
