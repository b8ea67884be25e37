-- One row per partner and period the metric applies to: installs activated in time ÷ installs old
-- enough to tell.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'activation_rate' and is_applicable
    ),

    rules as (select * from {{ ref("int_scoring_rules") }}),

    -- The window stops short of the period's end: younger installs still have time.
    due_windows as (
        select
            windows.partner_id,
            windows.rules_from,
            windows.period_kind,
            windows.period_start,
            windows.period_end,
            windows.window_start_at,
            {{ timestamp_plus_days("windows.window_end_at", "-rules.activation_days") }}
            as window_end_at
        from windows
        inner join rules on windows.rules_from = rules.rules_from
    ),

    events as (
        select
            installs.partner_id,
            rules.rules_from,
            installs.installed_at as happened_at,
            1 as installs,
            case
                when
                    installs.activated_at
                    <= {{ timestamp_plus_days("installs.installed_at", "rules.activation_days") }}
                then 1
                else 0
            end as activated
        from {{ ref("int_partner__installs") }} as installs
        cross join rules
        where rules.rules_from in (select rules_from from {{ ref("int_periods") }})
    ),

    totals as (
        {{
            trailing_totals(
                "events",
                "due_windows",
                ["activated", "installs"],
                by=["partner_id", "rules_from"],
            )
        }}
    ),

    metric_activation_rate as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'activation_rate' as metric_key,
            activated as numerator,
            installs as denominator,
            cast(installs as bigint) as sample_size,
            {{ decimal_ratio("activated", "installs") }} as value
        from totals
    )

select *
from metric_activation_rate
