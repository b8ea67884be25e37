-- One row per survey answer about or by a partner and set of scoring rules, as +1, 0 or −1
-- towards NPS.
{{ config(materialized="view") }}

with
    surveys as (select * from {{ ref("stg_crm__surveys") }}),

    rules as (
        select rules_from, nps_promoter_from, nps_detractor_to
        from {{ ref("int_scoring_rules") }}
        where rules_from in (select rules_from from {{ ref("int_periods") }})
    ),

    final as (
        select
            surveys.response_id,
            surveys.partner_id,
            surveys.subject,
            surveys.responded_at,
            rules.rules_from,
            case
                when surveys.score >= rules.nps_promoter_from
                then 1
                when surveys.score <= rules.nps_detractor_to
                then -1
                else 0
            end as promotion
        from surveys
        cross join rules
        where surveys.partner_id is not null
    )

select *
from final
