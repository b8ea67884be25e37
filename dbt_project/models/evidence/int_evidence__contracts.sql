-- One row per contract of a partner, over the time in which it is in force.
{{ config(materialized="view") }}

with
    contracts as (select * from {{ ref("int_partner__contract_spans") }}),

    final as (
        select
            'active_contract' as metric_key,
            partner_id,
            cast(null as date) as rules_from,
            'crm.contracts' as entity,
            contract_id as entity_id,
            false as is_event,
            from_at as happened_at,
            from_at,
            until_at,
            1 as numerator,
            cast(null as integer) as denominator,
            cast(null as bigint) as amount_cents
        from contracts
    )

select *
from final
