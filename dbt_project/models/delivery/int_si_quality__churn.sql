-- One row per SI and period: accounts live a year before that no longer are ÷ accounts live a year
-- before.
{{ config(materialized="view") }}

with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'si_quality' and is_applicable
    ),

    project_spans as (
        select partner_id, account_id, from_at, until_at from {{ ref("int_delivery__live_spans") }}
    ),

    live_accounts as ({{ standing_spans("project_spans", ["partner_id", "account_id"], []) }}),

    live_then as (
        select
            windows.partner_id,
            windows.period_kind,
            windows.period_start,
            windows.window_end_at,
            live_accounts.account_id
        from windows
        inner join
            live_accounts
            on windows.partner_id = live_accounts.partner_id
            and live_accounts.from_at < windows.window_start_at
            and (
                live_accounts.until_at is null or live_accounts.until_at >= windows.window_start_at
            )
    ),

    counted as (
        select
            live_then.partner_id,
            live_then.period_kind,
            live_then.period_start,
            count(*) as accounts,
            count(*) - count(live_accounts.account_id) as churned
        from live_then
        left join
            live_accounts
            on live_then.partner_id = live_accounts.partner_id
            and live_then.account_id = live_accounts.account_id
            and live_accounts.from_at < live_then.window_end_at
            and (
                live_accounts.until_at is null or live_accounts.until_at >= live_then.window_end_at
            )
        group by live_then.partner_id, live_then.period_kind, live_then.period_start
    ),

    final as (
        select
            windows.partner_id,
            windows.period_kind,
            windows.period_start,
            'churn' as component,
            cast(coalesce(counted.accounts, 0) as bigint) as sample_size,
            {{ decimal_ratio("counted.churned", "counted.accounts") }} as value
        from windows
        left join
            counted
            on windows.partner_id = counted.partner_id
            and windows.period_kind = counted.period_kind
            and windows.period_start = counted.period_start
    )

select *
from final
