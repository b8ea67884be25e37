-- One row per partner and quarter in which it sourced ARR: how much of it came from one account.
with
    metrics as (
        select partner_id, period_start, period_end, value
        from {{ ref("fct_partner_metric") }}
        where
            period_kind = 'quarter'
            and metric_key = 'sourced_arr'
            and status = 'measured'
            and value > 0
    ),

    windows as (
        select period_start, window_start_at, window_end_at
        from {{ ref("int_metric_periods") }}
        where period_kind = 'quarter' and metric_key = 'sourced_arr'
    ),

    deals as (
        select
            closed.partner_id,
            opportunities.account_id,
            closed.closed_at,
            closed.amount_reporting_cents
        from {{ ref("int_partner__closed_deals") }} as closed
        inner join
            {{ ref("stg_crm__opportunities") }} as opportunities
            on closed.opportunity_id = opportunities.opportunity_id
        where
            closed.outcome = 'sourced'
            and closed.is_won
            and {{ is_new_business("closed.opportunity_type") }}
            and opportunities.account_id is not null
    ),

    accounts as (
        select
            metrics.partner_id,
            metrics.period_end,
            metrics.value,
            deals.account_id,
            cast(sum(deals.amount_reporting_cents) as bigint) as amount_cents
        from metrics
        inner join windows on metrics.period_start = windows.period_start
        inner join
            deals
            on metrics.partner_id = deals.partner_id
            and windows.window_start_at <= deals.closed_at
            and deals.closed_at < windows.window_end_at
        group by metrics.partner_id, metrics.period_end, metrics.value, deals.account_id
    ),

    largest as (
        select *
        from accounts
        where amount_cents > 0
        qualify
            row_number() over (
                partition by partner_id, period_end order by amount_cents desc, account_id
            )
            = 1
    ),

    final as (
        select
            largest.partner_id,
            {{ date_plus_days("largest.period_end", -1) }} as quarter_end,
            largest.account_id as largest_account_id,
            {{ decimal_ratio(in_reporting_units("largest.amount_cents"), "largest.value") }}
            as concentration
        from largest
        cross join {{ ref("int_currency__reporting") }} as reporting
    )

select *
from final
