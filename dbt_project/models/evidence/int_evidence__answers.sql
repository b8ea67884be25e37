-- One row per customer's answer about a partner and set of scoring rules.
{{ config(materialized="view") }}

with
    answers as (select * from {{ ref("int_partner__survey_answers") }}),

    final as (
        select
            'customer_nps' as metric_key,
            partner_id,
            rules_from,
            'crm.surveys' as entity,
            response_id as entity_id,
            true as is_event,
            responded_at as happened_at,
            responded_at as from_at,
            cast(null as timestamp) as until_at,
            promotion as numerator,
            1 as denominator,
            cast(null as bigint) as amount_cents
        from answers
        where subject = 'customer'
    )

select *
from final
