-- One row per install and set of scoring rules, once it is old enough to be judged.
{{ config(materialized="view") }}

with
    installs as (select * from {{ ref("int_partner__installs") }}),

    rules as (
        select rules_from, activation_days
        from {{ ref("int_scoring_rules") }}
        where rules_from in (select rules_from from {{ ref("int_periods") }})
    ),

    judged as (
        select
            installs.install_id,
            installs.partner_id,
            rules.rules_from,
            installs.installed_at,
            installs.activated_at,
            {{ timestamp_plus_days("installs.installed_at", "rules.activation_days") }} as due_at
        from installs
        cross join rules
    ),

    final as (
        select
            'activation_rate' as metric_key,
            partner_id,
            rules_from,
            'telemetry.installs' as entity,
            install_id as entity_id,
            true as is_event,
            installed_at as happened_at,
            due_at as from_at,
            cast(null as timestamp) as until_at,
            case when activated_at <= due_at then 1 else 0 end as numerator,
            1 as denominator,
            cast(null as bigint) as amount_cents
        from judged
    )

select *
from final
