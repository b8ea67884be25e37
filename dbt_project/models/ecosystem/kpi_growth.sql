-- One row per KPI of growth and period.
with
    periods as (select * from {{ ref("int_kpi__periods") }} where family = 'growth'),

    partner_counts as (select * from {{ ref("int_kpi__partner_counts") }}),

    new_deals as (select * from {{ ref("int_ecosystem__won_deals") }} where is_new_business),

    claims as (select * from {{ ref("int_pipeline__claims") }}),

    onboardings as (select * from {{ ref("fct_onboarding") }}),

    margin as (
        select margin.*, {{ in_reporting_units("margin.net_cents") }} as net
        from {{ ref("fct_partner_margin_monthly") }} as margin
        cross join {{ ref("int_currency__reporting") }} as reporting
        where margin.partner_id not in ('direct', 'unknown')
    ),

    amounts as (
        select 'sourced_arr' as kpi_key, closed_on as on_date, amount as numerator, 1 as sample_size
        from new_deals
        where is_sourced
        union all
        select 'influenced_arr', closed_on, amount, 1
        from new_deals
        where is_influenced
        union all
        select 'revenue_per_partner', {{ month_end("month") }}, net, 1
        from margin
    ),

    totals as (
        {{ kpi_totals("amounts", ["sourced_arr", "influenced_arr", "revenue_per_partner"]) }}
    ),

    shares as (
        select
            'sourced_share' as kpi_key,
            closed_on as on_date,
            case when is_sourced then amount else 0 end as numerator,
            amount as denominator,
            1 as sample_size
        from new_deals
        union all
        select
            'influenced_share', closed_on, case when is_influenced then amount else 0 end, amount, 1
        from new_deals
    ),

    rates as ({{ kpi_totals("shares", ["sourced_share", "influenced_share"], is_rate=true) }}),

    durations as (
        select
            'time_to_first_deal' as kpi_key, first_deal_on as on_date, days_to_first_deal as value
        from onboardings
        where days_to_first_deal is not null
        union all
        select
            'time_to_first_success',
            first_success_on,
            {{ days_between("intake_on", "first_success_on") }}
        from onboardings
        where intake_on <= first_success_on
    ),

    cases as ({{ kpi_cases("durations") }}),

    medians as ({{ kpi_medians("cases", ["time_to_first_deal", "time_to_first_success"]) }}),

    open_deals as (
        select
            periods.period_kind,
            periods.period_start,
            claims.opportunity_id,
            max(claims.amount_reporting_cents) as amount_cents
        from periods
        inner join
            claims
            on periods.kpi_key = 'pipeline_coverage'
            and claims.from_at < periods.period_end
            and (claims.until_at is null or periods.period_end <= claims.until_at)
        group by periods.period_kind, periods.period_start, claims.opportunity_id
    ),

    pipeline as (
        select
            period_kind,
            period_start,
            sum(coalesce(amount_cents, 0)) as amount_cents,
            count(*) as deals
        from open_deals
        group by period_kind, period_start
    ),

    -- What partners are to bring in three months.
    quarter_targets as (
        select
            period_kind,
            period_start,
            sum({{ decimal_ratio("3 * target", "window_months") }}) as target
        from periods
        where kpi_key in ('sourced_arr', 'influenced_arr') and target is not null
        group by period_kind, period_start
    ),

    covered as (
        select
            periods.kpi_key,
            periods.period_kind,
            periods.period_start,
            {{ in_reporting_units("coalesce(pipeline.amount_cents, 0)") }} as numerator,
            cast(coalesce(quarter_targets.target, 0) as decimal(28, 9)) as denominator,
            cast(coalesce(pipeline.deals, 0) as bigint) as sample_size
        from periods
        cross join {{ ref("int_currency__reporting") }} as reporting
        left join
            pipeline
            on periods.period_kind = pipeline.period_kind
            and periods.period_start = pipeline.period_start
        left join
            quarter_targets
            on periods.period_kind = quarter_targets.period_kind
            and periods.period_start = quarter_targets.period_start
        where periods.kpi_key = 'pipeline_coverage'
    ),

    coverage as (
        select covered.*, {{ decimal_ratio("numerator", "denominator") }} as value from covered
    ),

    activation as (
        select
            kpi_key,
            period_kind,
            period_start,
            cast(activated as decimal(28, 9)) as numerator,
            cast(members as decimal(28, 9)) as denominator,
            members as sample_size,
            {{ decimal_ratio("activated", "members") }} as value
        from partner_counts
        where kpi_key = 'activation_rate'
    ),

    active as (
        select
            kpi_key,
            period_kind,
            period_start,
            cast(active as decimal(28, 9)) as numerator,
            cast(null as decimal(28, 9)) as denominator,
            members as sample_size,
            cast(active as decimal(28, 9)) as value
        from partner_counts
        where kpi_key = 'active_partners'
    ),

    revenue as ({{ kpi_per_active_partner("totals", "revenue_per_partner") }}),

    kpi_growth as (
        select *
        from totals
        where kpi_key <> 'revenue_per_partner'
        {% for kpis in ["rates", "medians", "coverage", "activation", "active", "revenue"] %}
            union all
            select *
            from {{ kpis }}
        {% endfor %}
    )

select *
from kpi_growth
