-- One row per partner and period, with what the partner itself answered over the trailing window.
with
    figures as (select * from {{ ref("scorecard_figures") }} where figure = 'partner_nps'),

    windows as (
        select
            partner_periods.partner_id,
            partner_periods.rules_from,
            partner_periods.period_kind,
            partner_periods.period_start,
            partner_periods.period_end,
            figures.minimum_sample,
            cast(
                {{ date_plus_months("partner_periods.period_end", "-figures.window_months") }}
                as timestamp
            ) as window_start_at,
            cast(partner_periods.period_end as timestamp) as window_end_at
        from {{ ref("int_partner__periods") }} as partner_periods
        inner join figures on {{ is_in_force("figures", "partner_periods.last_day") }}
    ),

    events as (
        select partner_id, rules_from, responded_at as happened_at, promotion, 1 as answers
        from {{ ref("int_partner__survey_answers") }}
        where subject = 'partner'
    ),

    totals as (
        {{
            trailing_totals(
                "events", "windows", ["promotion", "answers"], by=["partner_id", "rules_from"]
            )
        }}
    ),

    final as (
        select
            totals.partner_id,
            totals.period_kind,
            totals.period_start,
            totals.period_end,
            totals.answers,
            case
                when totals.answers >= windows.minimum_sample
                then {{ decimal_ratio("100 * totals.promotion", "totals.answers") }}
            end as partner_nps
        from totals
        inner join
            windows
            on totals.partner_id = windows.partner_id
            and totals.period_kind = windows.period_kind
            and totals.period_start = windows.period_start
    )

select *
from final
