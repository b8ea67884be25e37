-- One row per integration and period to which its partner's incident rate applies: the
-- install-months its installs were active in the window.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'incident_rate' and is_applicable
    ),

    rules as (select * from {{ ref("int_scoring_rules") }}),

    spans as (
        select integration_id, active_from_at as from_at, active_until_at as until_at
        from {{ ref("int_partner__installs") }}
        where active_from_at is not null
    ),

    integrations as (
        select integration_id, partner_id
        from {{ ref("stg_telemetry__integrations") }}
        where integration_id in (select integration_id from spans)
    ),

    integration_windows as (
        select
            integrations.integration_id,
            windows.partner_id,
            windows.rules_from,
            windows.period_kind,
            windows.period_start,
            windows.period_end,
            windows.window_start_at,
            windows.window_end_at
        from windows
        inner join integrations on windows.partner_id = integrations.partner_id
    ),

    exposure as ({{ trailing_durations("spans", "integration_windows", by="integration_id") }}),

    running as (
        select
            windows.*,
            exposure.seconds,
            cast(sum(exposure.seconds) over so_far as decimal(28, 9)) as seconds_so_far,
            rules.install_month_days
        from exposure
        inner join
            integration_windows as windows
            on exposure.integration_id = windows.integration_id
            and exposure.period_kind = windows.period_kind
            and exposure.period_start = windows.period_start
        inner join rules on windows.rules_from = rules.rules_from
        window
            so_far as (
                partition by windows.partner_id, windows.period_kind, windows.period_start
                order by windows.integration_id
                rows between unbounded preceding and current row
            )
    ),

    -- Rounded so that a partner's integrations add up to what all of them together come to.
    final as (
        select
            'incident_rate' as metric_key,
            partner_id,
            cast(null as date) as rules_from,
            'telemetry.integrations' as entity,
            integration_id as entity_id,
            false as is_event,
            cast(null as timestamp) as happened_at,
            cast({{ date_plus_days("period_end", -1) }} as timestamp) as from_at,
            cast(period_end as timestamp) as until_at,
            0 as numerator,
            cast(
                {{ decimal_ratio("seconds_so_far", "86400 * install_month_days") }}
                - {{ decimal_ratio("seconds_so_far - seconds", "86400 * install_month_days") }}
                as decimal(28, 9)
            ) as denominator,
            cast(null as bigint) as amount_cents,
            period_kind,
            period_start
        from running
    )

select *
from final
