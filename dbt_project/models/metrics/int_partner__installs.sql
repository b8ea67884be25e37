-- One row per install, with the partner who built what was installed.
{{ config(materialized="view") }}

with
    installs as (select * from {{ ref("stg_telemetry__installs") }}),

    integrations as (select * from {{ ref("stg_telemetry__integrations") }}),

    final as (
        select
            installs.install_id,
            installs.integration_id,
            integrations.partner_id,
            installs.installed_at,
            installs.activated_at,
            -- Active from activation on: an install nobody used is not exposed to anything.
            installs.activated_at as active_from_at,
            case
                when installs.activated_at is not null and installs.uninstalled_at is not null
                then greatest(installs.uninstalled_at, installs.activated_at)
            end as active_until_at
        from installs
        inner join integrations on installs.integration_id = integrations.integration_id
    )

select *
from final
