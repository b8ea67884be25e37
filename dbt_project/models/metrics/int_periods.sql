-- One row per completed week or fiscal quarter of the spine.
with
    run as (
        select as_of, {{ date_plus_days("as_of", 1) }} as next_day
        from {{ source("quality", "run") }}
    ),

    rules as (select * from {{ ref("int_scoring_rules") }}),

    calendar as (
        select
            run.next_day,
            rules.history_weeks,
            rules.history_quarters,
            rules.fiscal_year_start_month - 1 as fiscal_shift
        from run
        inner join
            rules
            on rules.rules_from <= run.as_of
            and (rules.rules_until is null or run.as_of < rules.rules_until)
    ),

    weeks as (
        select
            cast(date_trunc('week', next_day) as date) as newest_end,
            {{ each_integer("0", "history_weeks - 1") }} as periods_ago
        from calendar
    ),

    quarters as (
        select
            {{ fiscal_quarter_start("next_day", "fiscal_shift") }} as newest_end,
            {{ each_integer("0", "history_quarters - 1") }} as periods_ago
        from calendar
    ),

    periods as (
        select
            'week' as period_kind,
            {{ date_plus_days("newest_end", "-7 * (periods_ago + 1)") }} as period_start,
            {{ date_plus_days("newest_end", "-7 * periods_ago") }} as period_end
        from weeks
        union all
        select
            'quarter',
            {{ date_plus_months("newest_end", "-3 * (periods_ago + 1)") }},
            {{ date_plus_months("newest_end", "-3 * periods_ago") }}
        from quarters
    ),

    final as (
        select
            periods.period_kind,
            periods.period_start,
            periods.period_end,
            {{ date_plus_days("periods.period_end", -1) }} as last_day,
            rules.rules_from
        from periods
        left join
            rules
            on rules.rules_from < periods.period_end
            and (rules.rules_until is null or periods.period_end <= rules.rules_until)
    )

select *
from final
