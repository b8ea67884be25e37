-- One row per partner and period, with how steadily its people logged in to the portal.
-- Not a join of logins to periods. A login is in the latest span of seven days of every period that
-- ends within seven days after it, in the last but one of those that end a week later, and so on:
-- the number of spans with a login is a running total of +1 where a stretch of logins begins and −1
-- a span's length after its last one, both shifted once for every span.
with
    rules as (
        select
            rules_from,
            7 * health_weeks as window_days,
            health_weeks,
            health_span_days,
            health_spans
        from {{ ref("int_scoring_rules") }}
        where rules_from in (select rules_from from {{ ref("int_periods") }})
    ),

    windows as (
        select
            partner_id,
            rules_from,
            period_kind,
            period_start,
            period_end,
            cast(null as timestamp) as window_start_at,
            cast(period_end as timestamp) as window_end_at
        from {{ ref("int_partner__periods") }}
    ),

    login_days as (
        select partner_id, cast(occurred_at as date) as login_on, count(*) as logins
        from {{ ref("stg_crm__enablement_activity") }}
        where activity_type = 'portal_login'
        group by partner_id, cast(occurred_at as date)
    ),

    ordered as (
        select
            *,
            lag(login_on) over (partition by partner_id order by login_on) as last_login_on,
            lead(login_on) over (partition by partner_id order by login_on) as next_login_on
        from login_days
    ),

    lengths as (
        select rules_from, 7 as span_days, health_weeks as spans, 1 as weeks, 0 as long_spans
        from rules
        union all
        select rules_from, health_span_days, health_spans, 0, 1
        from rules
    ),

    -- Where a stretch of logins begins and ends: none longer apart than the span.
    edges as (
        select
            ordered.partner_id,
            ordered.login_on,
            lengths.rules_from,
            lengths.span_days,
            lengths.spans,
            lengths.weeks,
            lengths.long_spans,
            ordered.last_login_on is null
            or {{ days_between("ordered.last_login_on", "ordered.login_on") }}
            > lengths.span_days as is_first,
            ordered.next_login_on is null
            or {{ days_between("ordered.login_on", "ordered.next_login_on") }}
            > lengths.span_days as is_last
        from ordered
        cross join lengths
    ),

    shifted as (
        select *, {{ each_integer("0", "spans - 1") }} as spans_ago
        from edges
        where is_first <> is_last
    ),

    -- Of a lone login the shifts cancel but for the first and the last.
    turns as (
        select
            partner_id,
            rules_from,
            {{
                date_plus_days(
                    "login_on",
                    "(spans_ago + case when is_last then 1 else 0 end) * span_days",
                )
            }} as turned_on,
            case when is_first then weeks else - weeks end as weeks,
            case when is_first then long_spans else - long_spans end as long_spans
        from shifted
        union all
        select partner_id, rules_from, login_on, weeks, long_spans
        from edges
        where is_first and is_last
        union all
        select
            partner_id,
            rules_from,
            {{ date_plus_days("login_on", "spans * span_days") }},
            - weeks,
            - long_spans
        from edges
        where is_first and is_last
    ),

    events as (
        select
            partner_id,
            rules_from,
            cast(turned_on as timestamp) as happened_at,
            sum(weeks) as weeks_with_login,
            sum(long_spans) as spans_with_login,
            0 as logins
        from turns
        group by partner_id, rules_from, turned_on
        having sum(weeks) <> 0 or sum(long_spans) <> 0
        union all
        select
            login_days.partner_id,
            rules.rules_from,
            cast(login_days.login_on as timestamp),
            0,
            0,
            login_days.logins
        from login_days
        cross join rules
        union all
        select
            login_days.partner_id,
            rules.rules_from,
            cast({{ date_plus_days("login_days.login_on", "rules.window_days") }} as timestamp),
            0,
            0,
            - login_days.logins
        from login_days
        cross join rules
    ),

    final as (
        {{
            trailing_totals(
                "events",
                "windows",
                ["weeks_with_login", "spans_with_login", "logins"],
                by=["partner_id", "rules_from"],
            )
        }}
    )

select *
from final
