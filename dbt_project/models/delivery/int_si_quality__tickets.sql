-- One row per SI and period: tickets per live account and month in the first days after go-live.
{{ config(materialized="view") }}

with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'si_quality' and is_applicable
    ),

    rules as (
        select rules_from, hypercare_days, ticket_rate_days
        from {{ ref("int_scoring_rules") }}
        where rules_from in (select rules_from from {{ ref("int_periods") }})
    ),

    tickets as (select * from {{ ref("stg_support__tickets") }}),

    -- The first days after go-live, as far as the project is live in them.
    hypercare as (
        select
            spans.project_id,
            spans.partner_id,
            spans.account_id,
            rules.rules_from,
            cast(spans.went_live_on as timestamp) as went_live_at,
            spans.from_at,
            least(
                spans.until_at,
                cast(
                    {{ date_plus_days("spans.went_live_on", "rules.hypercare_days") }} as timestamp
                )
            ) as until_at
        from {{ ref("int_delivery__live_spans") }} as spans
        inner join
            rules
            on spans.from_at
            < cast({{ date_plus_days("spans.went_live_on", "rules.hypercare_days") }} as timestamp)
    ),

    -- A ticket is about the project it names.
    named as (
        select hypercare.partner_id, hypercare.rules_from, hypercare.went_live_at, tickets.opened_at
        from tickets
        inner join
            hypercare
            on tickets.project_id = hypercare.project_id
            and tickets.opened_at >= hypercare.from_at
            and tickets.opened_at < hypercare.until_at
    ),

    -- One that names none is about its account's latest, unless another partner owns it.
    unnamed as (
        select hypercare.partner_id, hypercare.rules_from, hypercare.went_live_at, tickets.opened_at
        from tickets
        inner join
            hypercare
            on tickets.account_id = hypercare.account_id
            and coalesce(tickets.partner_id, hypercare.partner_id) = hypercare.partner_id
            and tickets.opened_at >= hypercare.from_at
            and tickets.opened_at < hypercare.until_at
        where tickets.project_id is null
        qualify
            row_number() over (
                partition by tickets.ticket_id, hypercare.rules_from
                order by hypercare.went_live_at desc, hypercare.project_id
            )
            = 1
    ),

    events as (
        select partner_id, rules_from, went_live_at as happened_at, opened_at, 1 as tickets
        from named
        union all
        select partner_id, rules_from, went_live_at, opened_at, 1
        from unnamed
    ),

    ticket_totals as (
        {{
            trailing_totals(
                "events",
                "windows",
                ["tickets"],
                seen_at="opened_at",
                by=["partner_id", "rules_from"],
            )
        }}
    ),

    exposure as (
        select
            windows.partner_id,
            windows.period_kind,
            windows.period_start,
            count(distinct hypercare.project_id) as projects,
            sum(
                {{
                    days_between(
                        "hypercare.from_at", "least(hypercare.until_at, windows.window_end_at)"
                    )
                }}
            ) as days
        from windows
        inner join
            hypercare
            on windows.partner_id = hypercare.partner_id
            and windows.rules_from = hypercare.rules_from
            and hypercare.went_live_at >= windows.window_start_at
            and hypercare.from_at < windows.window_end_at
        group by windows.partner_id, windows.period_kind, windows.period_start
    ),

    final as (
        select
            ticket_totals.partner_id,
            ticket_totals.period_kind,
            ticket_totals.period_start,
            'tickets' as component,
            cast(coalesce(exposure.projects, 0) as bigint) as sample_size,
            {{ decimal_ratio("ticket_totals.tickets * rules.ticket_rate_days", "exposure.days") }}
            as value
        from ticket_totals
        inner join rules on ticket_totals.rules_from = rules.rules_from
        left join
            exposure
            on ticket_totals.partner_id = exposure.partner_id
            and ticket_totals.period_kind = exposure.period_kind
            and ticket_totals.period_start = exposure.period_start
    )

select *
from final
