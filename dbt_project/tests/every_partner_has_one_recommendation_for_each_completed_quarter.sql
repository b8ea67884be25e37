-- A row is a partner and completed quarter without a recommendation: nobody would look at it.
select partner_id, period_start
from {{ ref("int_partner__periods") }} as quarters
left join {{ ref("fct_tier_recommendation") }} as recommendations using (partner_id)
where quarters.period_kind = 'quarter'
group by partner_id, period_start, quarters.last_day
having count(case when recommendations.quarter_end = quarters.last_day then 1 end) <> 1
