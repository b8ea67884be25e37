-- One row per subscription and closed billing period: the days no invoice line covers, at the
-- monthly revenue of its first day.
with
    run as (
        select as_of, {{ date_plus_days("as_of", 1) }} as as_of_end
        from {{ source("quality", "run") }}
    ),

    subscriptions as (select * from {{ ref("stg_billing__subscriptions") }}),

    changes as (select * from {{ ref("stg_billing__subscription_changes") }}),

    lines as (
        select *
        from {{ ref("int_leakage__billed_lines") }}
        where kind = 'subscription' and subscription_id is not null
    ),

    partners as (select partner_id from {{ ref("stg_crm__partners") }}),

    numbered as (
        select
            subscriptions.subscription_id,
            subscriptions.started_on,
            subscriptions.ended_on,
            greatest(coalesce(subscriptions.billing_period_months, 1), 1) as months,
            {{ each_integer("0", months_between("subscriptions.started_on", "run.as_of")) }}
            as number
        from subscriptions
        cross join run
        where subscriptions.started_on <= run.as_of
    ),

    -- Each counted from the first day: periods that begin on the 31st do so again after February.
    anchored as (
        select
            subscription_id,
            ended_on,
            months,
            {{ date_plus_months("started_on", "number * months") }} as from_on,
            {{ date_plus_months("started_on", "(number + 1) * months") }} as full_until_on
        from numbered
    ),

    periods as (
        select
            anchored.*,
            least(
                anchored.full_until_on, coalesce(anchored.ended_on, anchored.full_until_on)
            ) as until_on
        from anchored
        cross join run
        where
            anchored.from_on < run.as_of_end
            and (anchored.ended_on is null or anchored.from_on < anchored.ended_on)
    ),

    -- A line without a period bills the one it was issued in.
    intervals as (
        select
            subscription_id,
            coalesce(period_start, period_end) as from_on,
            {{ date_plus_days("coalesce(period_end, period_start)", 1) }} as until_on
        from lines
        where coalesce(period_start, period_end) is not null
        union all
        select lines.subscription_id, periods.from_on, periods.full_until_on
        from lines
        inner join
            periods
            on lines.subscription_id = periods.subscription_id
            and periods.from_on <= lines.issued_on
            and lines.issued_on < periods.full_until_on
        where coalesce(lines.period_start, lines.period_end) is null
    ),

    reached as (
        select
            *,
            max(until_on) over (
                partition by subscription_id
                order by from_on, until_on
                rows between unbounded preceding and 1 preceding
            ) as reached_on
        from intervals
    ),

    stretches as (
        select
            *,
            sum(case when from_on <= reached_on then 0 else 1 end) over (
                partition by subscription_id
                order by from_on, until_on
                rows between unbounded preceding and current row
            ) as stretch
        from reached
    ),

    covered as (
        select subscription_id, min(from_on) as from_on, max(until_on) as until_on
        from stretches
        group by subscription_id, stretch
    ),

    coverage as (
        select
            periods.subscription_id,
            periods.from_on,
            cast(
                sum(
                    {{
                        days_between(
                            "greatest(covered.from_on, periods.from_on)",
                            "least(covered.until_on, periods.until_on)",
                        )
                    }}
                ) as bigint
            ) as covered_days
        from periods
        inner join
            covered
            on periods.subscription_id = covered.subscription_id
            and covered.from_on < periods.until_on
            and periods.from_on < covered.until_on
        group by periods.subscription_id, periods.from_on
    ),

    -- Of changes on one day the last one holds.
    amounts as (
        select
            subscription_id,
            currency,
            mrr_cents,
            cast(null as date) as from_on,
            cast(null as string) as change_id
        from subscriptions
        union all
        select subscription_id, currency, mrr_cents, changed_on, change_id
        from changes
    ),

    revenue as (
        select
            subscription_id,
            currency,
            mrr_cents,
            from_on,
            lead(from_on) over (
                partition by subscription_id order by from_on nulls first, change_id nulls first
            ) as until_on
        from amounts
    ),

    compared as (
        select
            periods.subscription_id,
            periods.from_on,
            periods.until_on,
            periods.months,
            {{ days_between("periods.from_on", "periods.full_until_on") }} as full_days,
            {{ days_between("periods.from_on", "periods.until_on") }} as days,
            {{ days_between("periods.from_on", "periods.until_on") }}
            - coalesce(coverage.covered_days, 0) as uncovered_days,
            revenue.currency,
            revenue.mrr_cents
        from periods
        cross join run
        left join
            coverage
            on periods.subscription_id = coverage.subscription_id
            and periods.from_on = coverage.from_on
        inner join
            revenue
            on periods.subscription_id = revenue.subscription_id
            and (revenue.from_on is null or revenue.from_on <= periods.from_on)
            and (revenue.until_on is null or periods.from_on < revenue.until_on)
        where periods.until_on <= run.as_of_end
    ),

    owed as (
        select
            compared.*,
            cast(
                {{
                    divide_half_away(
                        "cast(compared.mrr_cents as "
                        ~ wide_integer()
                        ~ ") * compared.months * compared.uncovered_days",
                        "compared.full_days",
                    )
                }} as bigint
            ) as amount_cents,
            coalesce(currencies.minor_unit_digits, 2) as minor_unit_digits
        from compared
        left join
            {{ source("raw", "currencies") }} as currencies
            on compared.currency = currencies.currency
    ),

    leakage_uninvoiced_subscription as (
        select
            'uninvoiced_subscription' as check_key,
            'subscription_period' as entity_type,
            owed.subscription_id
            || '|'
            || cast(owed.from_on as {{ dbt.type_string() }}) as entity_id,
            owed.from_on as period,
            case
                when subscriptions.partner_id is null then 'direct' else {{ known_partner() }}
            end as partner_id,
            subscriptions.account_id,
            owed.uncovered_days > 0 and owed.mrr_cents > 0 as is_leak,
            {{ converted_cents("owed", "amount_cents") }} as amount_cents,
            case
                when owed.uncovered_days > 0 and owed.mrr_cents > 0
                then
                    'no invoice line for '
                    || cast(owed.uncovered_days as {{ dbt.type_string() }})
                    || ' of the '
                    || cast(owed.days as {{ dbt.type_string() }})
                    || ' days from '
                    || {{ spoken_date("owed.from_on") }}
                    || ', at '
                    || {{ money_words("owed.mrr_cents", "owed.currency", "owed.minor_unit_digits") }}
                    || ' a month'
            end as evidence
        from owed
        inner join
            subscriptions on owed.subscription_id = subscriptions.subscription_id
            {{ conversion_joins("owed", "owed.from_on") }}
        left join partners on subscriptions.partner_id = partners.partner_id
    )

select *
from leakage_uninvoiced_subscription
