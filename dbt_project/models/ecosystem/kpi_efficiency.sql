-- One row per KPI of efficiency and period.
with
    periods as (select * from {{ ref("int_kpi__periods") }} where family = 'efficiency'),

    partner_counts as (select * from {{ ref("int_kpi__partner_counts") }}),

    won_deals as (select * from {{ ref("int_ecosystem__won_deals") }} where account_id is not null),

    costs as (
        select costs.*, {{ in_reporting_units("costs.amount_reporting_cents") }} as amount
        from {{ ref("stg_billing__costs") }} as costs
        cross join {{ ref("int_currency__reporting") }} as reporting
        where costs.amount_reporting_cents is not null
    ),

    margin as (
        select margin.*, {{ in_reporting_units("margin.support_cents") }} as support
        from {{ ref("fct_partner_margin_monthly") }} as margin
        cross join {{ ref("int_currency__reporting") }} as reporting
        where margin.partner_id not in ('direct', 'unknown')
    ),

    accruals as (
        select accruals.*, {{ in_reporting_units("accruals.amount_reporting_cents") }} as amount
        from {{ ref("fct_commission_accrual") }} as accruals
        cross join {{ ref("int_currency__reporting") }} as reporting
        where not accruals.is_memo and accruals.amount_reporting_cents is not null
    ),

    -- Of partners that spent funds in a quarter: nobody else's deals came of any.
    funds as (
        select
            {{ date_plus_days("funds.quarter_end", -1) }} as last_day,
            {{
                in_reporting_units(
                    "coalesce(funds.pipeline_cents, 0) + coalesce(funds.won_cents, 0)"
                )
            }} as brought,
            {{ in_reporting_units("funds.spent_cents") }} as spent
        from {{ ref("fct_mdf") }} as funds
        cross join {{ ref("int_currency__reporting") }} as reporting
        where funds.spent_cents > 0
    ),

    onboardings as (select * from {{ ref("fct_onboarding") }}),

    reviews as (select * from {{ ref("fct_business_review") }}),

    integrations as (select * from {{ ref("stg_telemetry__integrations") }}),

    installs as (select * from {{ ref("stg_telemetry__installs") }}),

    enforcement as (select * from {{ ref("stg_telemetry__enforcement_actions") }}),

    -- A customer is new with the first deal it ever won us.
    customers as (
        select *
        from won_deals
        qualify row_number() over (partition by account_id order by closed_on, opportunity_id) = 1
    ),

    -- What was done to an integration last decides, warnings and throttles aside.
    terminated as (
        select integration_id, cast(acted_at as date) as retired_on
        from enforcement
        where
            integration_id is not null
            and action in ('suspend', 'terminate', 'kill_switch', 'restore')
        qualify
            row_number() over (partition by integration_id order by acted_at desc, action_id desc)
            = 1
            and action = 'terminate'
    ),

    emptied as (
        select integration_id, cast(max(uninstalled_at) as date) as retired_on
        from installs
        group by integration_id
        having count(*) = count(uninstalled_at)
    ),

    retired as (
        select
            integrations.integration_id,
            coalesce(terminated.retired_on, emptied.retired_on) as retired_on
        from integrations
        left join terminated on integrations.integration_id = terminated.integration_id
        left join
            emptied
            on integrations.integration_id = emptied.integration_id
            and integrations.certification_status = 'deprecated'
    ),

    amounts as (
        select
            'support_cost_per_partner' as kpi_key,
            {{ month_end("month") }} as on_date,
            support as numerator,
            1 as sample_size
        from margin
        union all
        select 'deletion_quota', retired_on, 1, 1
        from retired
        where retired_on is not null
    ),

    totals as ({{ kpi_totals("amounts", ["support_cost_per_partner", "deletion_quota"]) }}),

    -- A review that is to come yet is no part of any window: windows end with what is over.
    parts as (
        select
            'mdf_roi' as kpi_key,
            last_day as on_date,
            brought as numerator,
            spent as denominator,
            1 as sample_size
        from funds
        union all
        select
            'qbr_completion',
            cast(scheduled_at as date),
            case when state = 'held' then 1 else 0 end,
            1,
            1
        from reviews
    ),

    rates as ({{ kpi_totals("parts", ["mdf_roi", "qbr_completion"], is_rate=true) }}),

    durations as (
        select 'onboarding_cycle' as kpi_key, certified_on as on_date, cycle_days as value
        from onboardings
        where cycle_days is not null
    ),

    cases as ({{ kpi_cases("durations") }}),

    medians as ({{ kpi_medians("cases", ["onboarding_cycle"]) }}),

    -- Costs are of whole months, so customers are counted by them too.
    acquisition as (
        select
            {{ month_end("closed_on") }} as on_date,
            0 as partner_cost,
            0 as direct_cost,
            case when is_sourced then 1 else 0 end as partner_customers,
            case when is_sourced then 0 else 1 end as direct_customers
        from customers
        union all
        select
            {{ month_end("month") }},
            case when partner_id is not null or cost_type = 'partner_team' then amount else 0 end,
            case when partner_id is null and cost_type <> 'partner_team' then amount else 0 end,
            0,
            0
        from costs
        where cost_type in ('sales', 'marketing', 'partner_team')
        union all
        select {{ month_end("accrued_on") }}, amount, 0, 0, 0
        from accruals
    ),

    acquisition_months as (
        select
            on_date,
            sum(partner_cost) as partner_cost,
            sum(direct_cost) as direct_cost,
            sum(partner_customers) as partner_customers,
            sum(direct_customers) as direct_customers
        from acquisition
        group by on_date
    ),

    acquired as (
        select
            periods.kpi_key,
            periods.period_kind,
            periods.period_start,
            {{ decimal_ratio("sum(months.partner_cost)", "sum(months.partner_customers)") }}
            as numerator,
            {{ decimal_ratio("sum(months.direct_cost)", "sum(months.direct_customers)") }}
            as denominator,
            cast(coalesce(sum(months.partner_customers), 0) as bigint) as sample_size
        from periods
        left join
            acquisition_months as months
            on periods.window_start_on <= months.on_date
            and months.on_date < periods.period_end
        where periods.kpi_key = 'cac_impact'
        group by periods.kpi_key, periods.period_kind, periods.period_start
    ),

    cac as (
        select acquired.*, {{ decimal_ratio("numerator - denominator", "denominator") }} as value
        from acquired
    ),

    support as ({{ kpi_per_active_partner("totals", "support_cost_per_partner") }}),

    kpi_efficiency as (
        select *
        from totals
        where kpi_key <> 'support_cost_per_partner'
        {% for kpis in ["rates", "medians", "cac", "support"] %}
            union all
            select *
            from {{ kpis }}
        {% endfor %}
    )

select *
from kpi_efficiency
