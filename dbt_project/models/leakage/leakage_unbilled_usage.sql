-- One row per account, meter and closed month with metered units: those neither included nor
-- billed,
-- at list price.
with
    run as (select as_of from {{ source("quality", "run") }}),

    metered as (select * from {{ ref("int_leakage__metered") }}),

    subscriptions as (select * from {{ ref("stg_billing__subscriptions") }}),

    partners as (select partner_id from {{ ref("stg_crm__partners") }}),

    prices as (select * from {{ ref("int_leakage__unit_prices") }}),

    lines as (select * from {{ ref("int_leakage__billed_lines") }} where kind = 'usage'),

    used as (
        select
            metered.account_id,
            metered.meter,
            metered.month,
            {{ date_plus_months("metered.month", 1) }} as next_month,
            cast(sum(metered.unit_billionths) as {{ wide_integer() }}) as used
        from metered
        cross join run
        where {{ date_plus_months("metered.month", 1) }} <= {{ date_plus_days("run.as_of", 1) }}
        group by metered.account_id, metered.meter, metered.month
    ),

    months as (select distinct account_id, month, next_month from used),

    -- What a subscription includes it includes in each month it was active in, of each meter.
    included as (
        select
            months.account_id,
            months.month,
            cast(
                sum(
                    {{ scaled_integer("coalesce(subscriptions.included_units, 0)") }}
                ) as {{ wide_integer() }}
            ) as included,
            min(
                case
                    when subscriptions.partner_id is not null then subscriptions.subscription_id
                end
            ) as partner_subscription_id
        from months
        inner join
            subscriptions
            on months.account_id = subscriptions.account_id
            and subscriptions.started_on < months.next_month
            and (
                subscriptions.ended_on is null
                or (
                    subscriptions.ended_on > months.month
                    and subscriptions.ended_on > subscriptions.started_on
                )
            )
        group by months.account_id, months.month
    ),

    -- A line without a period bills the month of its issue.
    dated as (
        select
            line_id,
            account_id,
            meter,
            {{ scaled_integer("quantity") }} as billed,
            coalesce(period_start, period_end, issued_on) as period_start,
            coalesce(period_end, period_start, issued_on) as period_end
        from lines
        where meter is not null and quantity is not null
    ),

    numbered as (
        select
            *, {{ each_integer("0", months_between("period_start", "period_end")) }} as month_number
        from dated
    ),

    spread as (
        select
            line_id,
            account_id,
            meter,
            billed,
            {{ days_between("period_start", "period_end") }} + 1 as days,
            period_start,
            period_end,
            {{ date_plus_months(month_start("period_start"), "month_number") }} as month
        from numbered
    ),

    -- By day, rounded cumulatively, so that the months of a line add up to it.
    so_far as (
        select
            line_id,
            account_id,
            meter,
            month,
            {{
                divide_half_away(
                    "billed * ("
                    ~ days_between(
                        "period_start",
                        "least(period_end, "
                        ~ date_plus_days(date_plus_months("month", 1), -1)
                        ~ ")",
                    )
                    ~ " + 1)",
                    "days",
                )
            }} as billed_so_far
        from spread
    ),

    parts as (
        select
            account_id,
            meter,
            month,
            billed_so_far
            - coalesce(lag(billed_so_far) over (partition by line_id order by month), 0) as billed
        from so_far
    ),

    billed as (
        select account_id, meter, month, cast(sum(billed) as {{ wide_integer() }}) as billed
        from parts
        group by account_id, meter, month
    ),

    compared as (
        select
            used.account_id,
            used.meter,
            used.month,
            used.used,
            coalesce(included.included, 0) as included,
            coalesce(billed.billed, 0) as billed,
            greatest(
                used.used - coalesce(included.included, 0) - coalesce(billed.billed, 0), 0
            ) as unbilled,
            subscriptions.partner_id as named_partner_id
        from used
        left join included on used.account_id = included.account_id and used.month = included.month
        left join
            billed
            on used.account_id = billed.account_id
            and used.meter = billed.meter
            and used.month = billed.month
        left join subscriptions on included.partner_subscription_id = subscriptions.subscription_id
    ),

    priced as (
        select
            compared.*,
            prices.priced_on,
            prices.currency,
            prices.unit_price,
            cast(
                {{
                    divide_half_away(
                        "compared.unbilled * "
                        ~ scaled_integer("prices.unit_price")
                        ~ " * "
                        ~ minor_units_per_unit("prices.minor_unit_digits"),
                        "1000000000000000000",
                    )
                }} as bigint
            ) as amount_cents
        from compared
        left join prices on compared.meter = prices.meter and compared.month = prices.month
    ),

    leakage_unbilled_usage as (
        select
            'unbilled_usage' as check_key,
            'account_meter_month' as entity_type,
            priced.account_id
            || '|'
            || priced.meter
            || '|'
            || {{ month_words("priced.month") }} as entity_id,
            priced.month as period,
            case
                when priced.named_partner_id is null then 'direct' else {{ known_partner() }}
            end as partner_id,
            priced.account_id,
            priced.unbilled > 0 as is_leak,
            {{ converted_cents("priced", "amount_cents") }} as amount_cents,
            case
                when priced.unbilled > 0
                then
                    {{ units_words("priced.used") }}
                    || ' units metered, '
                    || {{ units_words("priced.included") }}
                    || ' included, '
                    || {{ units_words("priced.billed") }}
                    || ' billed: '
                    || {{ units_words("priced.unbilled") }}
                    || ' left at '
                    || coalesce(
                        priced.currency || ' ' || {{ plain_number("priced.unit_price") }},
                        'a price nobody listed'
                    )
            end as evidence
        from priced {{ conversion_joins("priced", "priced.priced_on") }}
        left join partners on priced.named_partner_id = partners.partner_id
    )

select *
from leakage_unbilled_usage
