-- One row per partner and period the metric applies to: customers of a year ago that still are ÷
-- customers of a year ago.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'customer_retention' and is_applicable
    ),

    subscriptions as (
        select distinct partner_id, account_id, started_on, ended_on
        from {{ ref("stg_billing__subscriptions") }}
        where partner_id is not null
    ),

    -- What stands at an instant began before it and has not ended before it.
    held_then as (
        select distinct
            windows.partner_id,
            windows.period_kind,
            windows.period_start,
            windows.period_end,
            windows.window_end_at,
            subscriptions.account_id
        from windows
        inner join
            subscriptions
            on windows.partner_id = subscriptions.partner_id
            and subscriptions.started_on < windows.window_start_at
            and (
                subscriptions.ended_on is null or subscriptions.ended_on >= windows.window_start_at
            )
    ),

    held_still as (
        select distinct
            held_then.partner_id,
            held_then.period_kind,
            held_then.period_start,
            held_then.account_id
        from held_then
        inner join
            subscriptions
            on held_then.partner_id = subscriptions.partner_id
            and held_then.account_id = subscriptions.account_id
            and subscriptions.started_on < held_then.window_end_at
            and (
                subscriptions.ended_on is null or subscriptions.ended_on >= held_then.window_end_at
            )
    ),

    counted as (
        select
            held_then.partner_id,
            held_then.period_kind,
            held_then.period_start,
            count(*) as customers,
            count(held_still.account_id) as retained
        from held_then
        left join
            held_still
            on held_then.partner_id = held_still.partner_id
            and held_then.period_kind = held_still.period_kind
            and held_then.period_start = held_still.period_start
            and held_then.account_id = held_still.account_id
        group by held_then.partner_id, held_then.period_kind, held_then.period_start
    ),

    totals as (
        select
            windows.partner_id,
            windows.period_kind,
            windows.period_start,
            windows.period_end,
            cast(coalesce(counted.customers, 0) as decimal(28, 9)) as customers,
            cast(coalesce(counted.retained, 0) as decimal(28, 9)) as retained
        from windows
        left join
            counted
            on windows.partner_id = counted.partner_id
            and windows.period_kind = counted.period_kind
            and windows.period_start = counted.period_start
    ),

    metric_customer_retention as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'customer_retention' as metric_key,
            retained as numerator,
            customers as denominator,
            cast(customers as bigint) as sample_size,
            {{ decimal_ratio("retained", "customers") }} as value
        from totals
    )

select *
from metric_customer_retention
