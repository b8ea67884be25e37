-- One row per partner and period, with what each dimension of health rests on and whether it was
-- measured.
with
    partner_periods as (select * from {{ ref("int_partner__periods") }}),

    partners as (select partner_id, signed_on, strategic_fit from {{ ref("stg_crm__partners") }}),

    rules as (select * from {{ ref("int_scoring_rules") }}),

    periods as (select * from {{ ref("int_periods") }}),

    figures as (select * from {{ ref("scorecard_figures") }}),

    sources as (select * from {{ ref("int_metric_sources") }}),

    missing as (
        select
            periods.period_kind,
            periods.period_start,
            {% for figure in [
                "health_revenue_sourced",
                "health_revenue_influenced",
                "health_registrations",
                "health_logins",
                "partner_nps",
            ] %}
                bool_or(
                    sources.is_missing and figures.figure = '{{ figure }}'
                ) as is_{{ figure }}_missing
                {% if not loop.last %}, {% endif %}
            {% endfor %}
        from periods
        inner join figures on {{ is_in_force("figures", "periods.last_day") }}
        inner join
            sources on figures.figure = sources.subject and figures.valid_from = sources.valid_from
        group by periods.period_kind, periods.period_start
    ),

    revenue as (select * from {{ ref("int_health__revenue") }}),

    registrations as (select * from {{ ref("int_health__registrations") }}),

    logins as (select * from {{ ref("int_health__logins") }}),

    partner_nps as (select * from {{ ref("int_partner__nps") }}),

    judged as (
        select
            partner_periods.*,
            partners.strategic_fit,
            rules.health_minimum_points,
            case
                partner_periods.revenue_basis
                when 'sourced'
                then not missing.is_health_revenue_sourced_missing
                else not missing.is_health_revenue_influenced_missing
            end as has_revenue,
            partners.signed_on is null
            or {{ date_plus_months("partners.signed_on", "rules.health_first_year_months") }}
            <= partner_periods.last_day as is_past_first_year,
            partner_periods.registers_deals
            and not missing.is_health_registrations_missing as has_registrations,
            not missing.is_health_logins_missing as has_logins,
            not missing.is_partner_nps_missing as has_answers
        from partner_periods
        inner join partners on partner_periods.partner_id = partners.partner_id
        inner join rules on partner_periods.rules_from = rules.rules_from
        inner join
            missing
            on partner_periods.period_kind = missing.period_kind
            and partner_periods.period_start = missing.period_start
    ),

    final as (
        select
            judged.partner_id,
            judged.period_kind,
            judged.period_start,
            judged.period_end,
            judged.last_day,
            judged.health_minimum_points,
            judged.revenue_basis,
            judged.has_revenue and judged.is_past_first_year as is_revenue_measured,
            case when judged.has_revenue then revenue.revenue_now_cents end as revenue_now_cents,
            case
                when judged.has_revenue then revenue.revenue_before_cents
            end as revenue_before_cents,
            case when judged.has_revenue then revenue.growth end as growth,
            case when judged.has_revenue then revenue.new_revenue end as new_revenue,
            judged.has_registrations as is_activity_measured,
            case
                when judged.has_registrations then registrations.registrations
            end as registrations,
            judged.has_logins as is_engagement_measured,
            case when judged.has_logins then logins.weeks_with_login end as weeks_with_login,
            case when judged.has_logins then logins.spans_with_login end as spans_with_login,
            case when judged.has_logins then logins.logins end as logins,
            judged.has_answers and partner_nps.partner_nps is not null as is_satisfaction_measured,
            case when judged.has_answers then partner_nps.partner_nps end as partner_nps,
            case when judged.has_answers then partner_nps.answers end as partner_answers,
            judged.strategic_fit is not null as is_strategic_fit_measured,
            judged.strategic_fit
        from judged
        left join
            revenue
            on judged.partner_id = revenue.partner_id
            and judged.period_kind = revenue.period_kind
            and judged.period_start = revenue.period_start
        left join
            registrations
            on judged.partner_id = registrations.partner_id
            and judged.period_kind = registrations.period_kind
            and judged.period_start = registrations.period_start
        left join
            logins
            on judged.partner_id = logins.partner_id
            and judged.period_kind = logins.period_kind
            and judged.period_start = logins.period_start
        left join
            partner_nps
            on judged.partner_id = partner_nps.partner_id
            and judged.period_kind = partner_nps.period_kind
            and judged.period_start = partner_nps.period_start
    )

select *
from final
