-- One row per contract, over the time in which it is in force.
{{ config(materialized="view") }}

with
    contracts as (select * from {{ ref("stg_crm__contracts") }}),

    dated as (
        select
            contract_id,
            partner_id,
            granted_scopes,
            incident_notice_hours,
            cast(starts_on as timestamp) as from_at,
            -- Its last day is a day in force, and one that renews itself has no last day.
            case
                when not coalesce(auto_renews, false)
                then cast({{ date_plus_days("ends_on", 1) }} as timestamp)
            end as until_at
        from contracts
    ),

    final as (select * from dated where until_at is null or from_at < until_at)

select *
from final
