-- One row per partner scored at the latest quarter's end and split model: the revenue metric its
-- type goes by, as the model credits it.
with
    latest as (
        select max(period_start) as period_start
        from {{ ref("int_periods") }}
        where period_kind = 'quarter'
    ),

    partners as (
        select
            partner_periods.partner_id,
            partner_periods.period_start,
            partner_periods.period_end,
            partner_periods.revenue_basis || '_arr' as metric_key
        from {{ ref("int_partner__periods") }} as partner_periods
        inner join latest on partner_periods.period_start = latest.period_start
        where partner_periods.period_kind = 'quarter'
    ),

    metric_periods as (select * from {{ ref("int_metric_periods") }} where period_kind = 'quarter'),

    opportunities as (
        select opportunity_id
        from {{ ref("dim_opportunity") }}
        where {{ is_new_business("opportunity_type") }}
    ),

    credits as (
        select credits.partner_id, credits.model, credits.credit_cents, credits.closed_on
        from {{ ref("fct_attribution") }} as credits
        inner join opportunities on credits.opportunity_id = opportunities.opportunity_id
    ),

    models as (
        {% for model in split_models() %}
            select '{{ model }}' as model
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}
    ),

    windows as (
        select
            partners.*,
            models.model,
            cast(metric_periods.window_start_at as date) as window_from,
            cast(metric_periods.window_end_at as date) as window_until
        from partners
        cross join models
        left join
            metric_periods
            on partners.metric_key = metric_periods.metric_key
            and partners.period_start = metric_periods.period_start
    ),

    summed as (
        select
            windows.partner_id,
            windows.period_start,
            windows.period_end,
            windows.metric_key,
            windows.model,
            cast(coalesce(sum(credits.credit_cents), 0) as bigint) as credited_arr_cents
        from windows
        left join
            credits
            on windows.partner_id = credits.partner_id
            and windows.model = credits.model
            and credits.closed_on < windows.window_until
            and (windows.window_from is null or windows.window_from <= credits.closed_on)
        group by
            windows.partner_id,
            windows.period_start,
            windows.period_end,
            windows.metric_key,
            windows.model
    ),

    final as (
        select summed.*, {{ in_reporting_units("summed.credited_arr_cents") }} as credited_arr
        from summed
        cross join {{ ref("int_currency__reporting") }} as reporting
    )

select *
from final
