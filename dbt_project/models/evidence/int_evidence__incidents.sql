-- One row per metric and incident a partner caused.
{{ config(materialized="view") }}

with
    incidents as (select * from {{ ref("int_partner__caused_incidents") }}),

    contracts as (
        select *
        from {{ ref("int_partner__contract_spans") }}
        where incident_notice_hours is not null
    ),

    -- Of several contracts in force at detection the strictest binds.
    bound as (
        select
            incidents.incident_id,
            incidents.partner_id,
            incidents.started_at,
            incidents.detected_at,
            incidents.partner_notified_at,
            min(contracts.incident_notice_hours) as notice_hours
        from incidents
        inner join
            contracts
            on incidents.partner_id = contracts.partner_id
            and contracts.from_at <= incidents.detected_at
            and (contracts.until_at is null or incidents.detected_at < contracts.until_at)
        where incidents.kind in ('security', 'data')
        group by
            incidents.incident_id,
            incidents.partner_id,
            incidents.started_at,
            incidents.detected_at,
            incidents.partner_notified_at
    ),

    due as (
        select *, {{ timestamp_plus_hours("detected_at", "notice_hours") }} as due_at from bound
    ),

    -- Judged once the partner was told or the time to tell it is over, whichever came first.
    final as (
        select
            'incident_notice' as metric_key,
            partner_id,
            cast(null as date) as rules_from,
            'support.incidents' as entity,
            incident_id as entity_id,
            true as is_event,
            started_at as happened_at,
            greatest(started_at, least(partner_notified_at, due_at)) as from_at,
            cast(null as timestamp) as until_at,
            case when partner_notified_at <= due_at then 1 else 0 end as numerator,
            1 as denominator,
            cast(null as bigint) as amount_cents
        from due
        union all
        select
            'incident_rate',
            partner_id,
            cast(null as date),
            'support.incidents',
            incident_id,
            true,
            started_at,
            started_at,
            cast(null as timestamp),
            1,
            0,
            cast(null as bigint)
        from incidents
    )

select *
from final
