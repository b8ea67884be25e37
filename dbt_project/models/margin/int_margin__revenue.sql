-- One row per month, partner and role with something billed, credited or refunded; months to come
-- included.
with
    lines as (select * from {{ ref("int_margin__lines") }}),

    -- Most lines stand in one month: those without a period in the one they were billed in.
    within_a_month as (
        select
            {{ month_start("coalesce(first_day, billed_on)") }} as month,
            partner_id,
            partner_role,
            kind,
            amount_cents
        from lines
        where
            coalesce(first_day, billed_on) is not null
            and (
                first_day is null or {{ month_start("first_day") }} = {{ month_start("last_day") }}
            )
    ),

    over_months as (
        select partner_id, partner_role, kind, amount_cents, first_day, last_day, count(*) as lines
        from lines
        where {{ month_start("first_day") }} < {{ month_start("last_day") }}
        group by partner_id, partner_role, kind, amount_cents, first_day, last_day
    ),

    -- Lines of one amount and period are split alike, once for all of them.
    periods as (select distinct amount_cents, first_day, last_day from over_months),

    numbered as (
        select
            amount_cents,
            first_day,
            last_day,
            {{ month_start("first_day") }} as first_month,
            {{ each_integer("0", months_between("first_day", "last_day")) }} as months_in
        from periods
    ),

    months as (
        select
            amount_cents,
            first_day,
            last_day,
            {{ date_plus_months("first_month", "months_in") }} as month
        from numbered
    ),

    weighed as (
        select
            amount_cents,
            first_day,
            last_day,
            month,
            1
            + {{
                days_between(
                    "greatest(first_day, month)",
                    "least(last_day, " ~ date_plus_days(date_plus_months("month", 1), -1) ~ ")",
                )
            }} as days
        from months
    ),

    spread as (
        {{
            split_by_weight(
                "weighed", "amount_cents, first_day, last_day", "amount_cents", "days", "month"
            )
        }}
    ),

    parts as (
        select month, partner_id, partner_role, kind, amount_cents
        from within_a_month
        union all
        select
            spread.month,
            over_months.partner_id,
            over_months.partner_role,
            over_months.kind,
            spread.part_cents * over_months.lines
        from spread
        inner join over_months using (amount_cents, first_day, last_day)
    ),

    final as (
        select
            month,
            partner_id,
            partner_role,
            cast(
                coalesce(
                    sum(case when kind in ('subscription', 'usage') then amount_cents end), 0
                ) as bigint
            ) as gross_cents,
            cast(
                coalesce(
                    sum(case when kind in ('credit', 'refund') then amount_cents end), 0
                ) as bigint
            ) as refunds_credits_cents
        from parts
        group by month, partner_id, partner_role
    )

select *
from final
