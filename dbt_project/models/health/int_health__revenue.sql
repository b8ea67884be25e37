-- One row per partner and period, with what was won in its fiscal quarter so far and in the same
-- days of that quarter a year before.
with
    partner_periods as (select * from {{ ref("int_partner__periods") }}),

    periods as (select * from {{ ref("int_periods") }}),

    run as (select as_of from {{ source("quality", "run") }}),

    rules as (select * from {{ ref("int_scoring_rules") }}),

    calendar as ({{ fiscal_calendar() }}),

    quarters as (
        select
            periods.period_kind,
            periods.period_start,
            periods.period_end,
            {{ fiscal_quarter_start("periods.last_day", "calendar.fiscal_shift") }} as quarter_start
        from periods
        cross join calendar
    ),

    years as (
        select
            *,
            {{ date_plus_months("quarter_start", 3) }} as quarter_end,
            {{ date_plus_months("quarter_start", -12) }} as quarter_before_start,
            {{ date_plus_months("quarter_start", -9) }} as quarter_before_end
        from quarters
    ),

    -- A quarter that is over is held against the whole quarter, however many days each has.
    spans as (
        select
            period_kind,
            period_start,
            quarter_start,
            quarter_before_start,
            case
                when period_end = quarter_end
                then quarter_before_end
                else
                    least(
                        quarter_before_end,
                        {{
                            date_plus_days(
                                "quarter_before_start",
                                days_between("quarter_start", "period_end"),
                            )
                        }}
                    )
            end as before_end
        from years
    ),

    now_windows as (
        select
            partner_periods.partner_id,
            partner_periods.period_kind,
            partner_periods.period_start,
            partner_periods.period_end,
            cast(spans.quarter_start as timestamp) as window_start_at,
            cast(partner_periods.period_end as timestamp) as window_end_at
        from partner_periods
        inner join
            spans
            on partner_periods.period_kind = spans.period_kind
            and partner_periods.period_start = spans.period_start
    ),

    before_windows as (
        select
            partner_periods.partner_id,
            partner_periods.period_kind,
            partner_periods.period_start,
            partner_periods.period_end,
            cast(spans.quarter_before_start as timestamp) as window_start_at,
            cast(spans.before_end as timestamp) as window_end_at
        from partner_periods
        inner join
            spans
            on partner_periods.period_kind = spans.period_kind
            and partner_periods.period_start = spans.period_start
    ),

    events as (
        select
            partner_id,
            closed_at as happened_at,
            {% for outcome in ["sourced", "influenced"] %}
                case
                    when outcome = '{{ outcome }}' then coalesce(amount_reporting_cents, 0) else 0
                end as {{ outcome }}_cents
                {% if not loop.last %}, {% endif %}
            {% endfor %}
        from {{ ref("int_partner__closed_deals") }}
        where is_won and {{ is_new_business("opportunity_type") }}
    ),

    won_now as (
        {{ trailing_totals("events", "now_windows", ["sourced_cents", "influenced_cents"]) }}
    ),

    won_before as (
        {{ trailing_totals("events", "before_windows", ["sourced_cents", "influenced_cents"]) }}
    ),

    won as (
        select
            partner_periods.partner_id,
            partner_periods.period_kind,
            partner_periods.period_start,
            partner_periods.revenue_basis,
            {% for span in ["now", "before"] %}
                cast(
                    case
                        partner_periods.revenue_basis
                        {% for outcome in ["sourced", "influenced"] %}
                            when '{{ outcome }}' then won_{{ span }}.{{ outcome }}_cents
                        {% endfor %}
                    end as bigint
                ) as {{ span }}_cents
                {% if not loop.last %}, {% endif %}
            {% endfor %}
        from partner_periods
        inner join
            won_now
            on partner_periods.partner_id = won_now.partner_id
            and partner_periods.period_kind = won_now.period_kind
            and partner_periods.period_start = won_now.period_start
        inner join
            won_before
            on partner_periods.partner_id = won_before.partner_id
            and partner_periods.period_kind = won_before.period_kind
            and partner_periods.period_start = won_before.period_start
    ),

    final as (
        select
            won.partner_id,
            won.period_kind,
            won.period_start,
            won.revenue_basis,
            won.now_cents as revenue_now_cents,
            won.before_cents as revenue_before_cents,
            case
                when won.before_cents > 0
                then {{ decimal_ratio("won.now_cents - won.before_cents", "won.before_cents") }}
            end as growth,
            case
                when won.before_cents <= 0 then {{ in_reporting_units("won.now_cents") }}
            end as new_revenue
        from won
        cross join {{ ref("int_currency__reporting") }} as reporting
    )

select *
from final
