-- One row per partner and period the metric applies to: amount of the deals created in the window
-- that it sourced or influenced, whatever became of them.
with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'pipeline_created' and is_applicable
    ),

    spans as (
        select
            partner_id,
            happened_at,
            from_at,
            until_at,
            coalesce(amount_cents, 0) as amount_cents,
            1 as deals
        from {{ ref("int_evidence__deals") }}
        where metric_key = 'pipeline_created'
    ),

    -- What an outcome brought goes with it.
    events as (
        select partner_id, happened_at, from_at as seen_at, amount_cents, deals
        from spans
        union all
        select partner_id, happened_at, until_at, - amount_cents, - deals
        from spans
        where until_at is not null
    ),

    summed as (
        {{ trailing_totals("events", "windows", ["amount_cents", "deals"], seen_at="seen_at") }}
    ),

    totals as (
        select summed.*, {{ in_reporting_units("summed.amount_cents") }} as amount
        from summed
        cross join {{ ref("int_currency__reporting") }} as reporting
    ),

    metric_pipeline_created as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            'pipeline_created' as metric_key,
            amount as numerator,
            cast(null as decimal(28, 9)) as denominator,
            cast(deals as bigint) as sample_size,
            amount as value
        from totals
    )

select *
from metric_pipeline_created
