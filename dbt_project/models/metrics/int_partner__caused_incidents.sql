-- One row per incident a partner caused.
{{ config(materialized="view") }}

with
    incidents as (select * from {{ ref("stg_support__incidents") }}),

    final as (
        select incident_id, partner_id, kind, started_at, detected_at, partner_notified_at
        from incidents
        where caused_by = 'partner' and partner_id is not null
    )

select *
from final
