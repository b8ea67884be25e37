-- One row per partner and fiscal quarter, since the first request of all, in which it has funds or
-- asked for some.
with
    run as (select as_of from {{ source("quality", "run") }}),

    rules as (select * from {{ ref("int_scoring_rules") }}),

    calendar as ({{ fiscal_calendar() }}),

    reporting as (select * from {{ ref("int_currency__reporting") }}),

    partners as (select partner_id, signed_on from {{ ref("stg_crm__partners") }}),

    requests as (select * from {{ ref("fct_mdf_request") }}),

    numbered as (
        select
            calendar.fiscal_shift,
            run.as_of,
            first_request.quarter_start as first_start,
            {{
                each_integer(
                    "0",
                    "cast("
                    ~ whole_quotient(
                        months_between(
                            "first_request.quarter_start",
                            fiscal_quarter_start("run.as_of", "calendar.fiscal_shift"),
                        ),
                        "3",
                    )
                    ~ " as integer)",
                )
            }} as quarter_number
        from run
        cross join calendar
        cross join (select min(quarter_start) as quarter_start from requests) as first_request
        where first_request.quarter_start is not null
    ),

    starts as (
        select
            fiscal_shift,
            as_of,
            {{ date_plus_months("first_start", "3 * quarter_number") }} as quarter_start
        from numbered
    ),

    quarters as (
        select
            quarter_start,
            {{ date_plus_months("quarter_start", 3) }} as quarter_end,
            {{ fiscal_year_start("quarter_start", "fiscal_shift") }} as year_start,
            least({{ date_plus_days(date_plus_months("quarter_start", 3), -1) }}, as_of) as last_day
        from starts
    ),

    budgets as (
        select
            quarters.quarter_start,
            budgets.tier,
            {{ to_minor_units("budgets.annual", "reporting.minor_unit_digits") }} as budget_cents,
            {{ to_minor_units("budgets.quarterly_maximum", "reporting.minor_unit_digits") }}
            as quarter_maximum_cents
        from quarters
        cross join reporting
        inner join
            {{ ref("mdf_budgets") }} as budgets on {{ is_in_force("budgets", "quarters.last_day") }}
    ),

    -- Before the policy's first day nobody ruled on funds: then they are not known, and not 0.
    ruled as (select distinct quarter_start from budgets),

    asked as (
        select
            partner_id,
            quarter_start,
            count(*) as requests,
            count(case when not is_approved_by_rule then 1 end) as unruly_requests,
            cast(sum(amount_cents) as bigint) as requested_cents,
            cast(
                sum(case when approved_on is not null then amount_cents end) as bigint
            ) as approved_cents,
            cast(sum(spent_cents) as bigint) as spent_cents,
            cast(
                sum(case when claimed_on is not null then spent_cents end) as bigint
            ) as claimed_cents,
            cast(sum(pipeline_cents) as bigint) as pipeline_cents
        from requests
        group by partner_id, quarter_start
    ),

    has_deals as (
        select count(*) > 0 as is_present
        from {{ source("quality", "entities") }}
        where system = 'crm' and entity = 'opportunities' and is_present
    ),

    won as (
        select
            outcomes.partner_id,
            quarters.quarter_start,
            cast(sum(outcomes.credit_cents) as bigint) as won_cents
        from {{ ref("fct_attribution_outcome") }} as outcomes
        inner join
            quarters
            on quarters.quarter_start <= outcomes.closed_on
            and outcomes.closed_on < quarters.quarter_end
        where outcomes.is_won
        group by outcomes.partner_id, quarters.quarter_start
    ),

    -- Whoever asked stands here whatever its tier, and whoever the extracts do not know as well.
    members as (
        select partners.partner_id, quarters.quarter_start
        from partners
        inner join
            quarters on partners.signed_on is null or partners.signed_on < quarters.quarter_end
        union
        select partner_id, quarter_start
        from asked
    ),

    funded as (
        select
            members.partner_id,
            quarters.quarter_start,
            quarters.quarter_end,
            quarters.year_start,
            tier_spans.tier,
            case
                when ruled.quarter_start is not null then coalesce(budgets.budget_cents, 0)
            end as budget_cents,
            case
                when ruled.quarter_start is not null then coalesce(budgets.quarter_maximum_cents, 0)
            end as quarter_maximum_cents,
            coalesce(asked.requests, 0) as requests,
            coalesce(asked.unruly_requests, 0) as unruly_requests,
            {% for amount in ["requested", "approved", "spent", "claimed", "pipeline"] %}
                case
                    when asked.requests is null then 0 else asked.{{ amount }}_cents
                end as {{ amount }}_cents,
            {% endfor %}
            case when has_deals.is_present then coalesce(won.won_cents, 0) end as won_cents
        from members
        inner join quarters on members.quarter_start = quarters.quarter_start
        cross join has_deals
        left join
            {{ ref("int_partner__tier_spans") }} as tier_spans
            on members.partner_id = tier_spans.partner_id
            and tier_spans.from_at < cast({{ date_plus_days("quarters.last_day", 1) }} as timestamp)
            and (
                tier_spans.until_at is null
                or cast({{ date_plus_days("quarters.last_day", 1) }} as timestamp)
                <= tier_spans.until_at
            )
        left join ruled on members.quarter_start = ruled.quarter_start
        left join
            budgets
            on tier_spans.tier = budgets.tier
            and members.quarter_start = budgets.quarter_start
        left join
            asked
            on members.partner_id = asked.partner_id
            and members.quarter_start = asked.quarter_start
        left join
            won on members.partner_id = won.partner_id and members.quarter_start = won.quarter_start
    ),

    -- The year so far, and how much of what is left later quarters could still take.
    yearly as (
        select
            funded.*,
            coalesce(approved_cents, 0) as taken_cents,
            cast(
                sum(coalesce(approved_cents, 0)) over (
                    partition by partner_id, year_start
                    order by quarter_start
                    rows between unbounded preceding and current row
                ) as bigint
            ) as year_taken_cents,
            cast(
                sum(spent_cents) over (
                    partition by partner_id, year_start
                    order by quarter_start
                    rows between unbounded preceding and current row
                ) as bigint
            ) as year_spent_cents,
            quarter_maximum_cents * (
                3 - {{ whole_quotient(months_between("year_start", "quarter_start"), "3") }}
            ) as later_cents
        from funded
    ),

    left_over as (
        select
            yearly.*,
            case
                when budget_cents is not null then greatest(budget_cents - year_taken_cents, 0)
            end as left_of_year_cents,
            case
                when budget_cents is not null
                then
                    least(
                        greatest(budget_cents - year_taken_cents, 0),
                        greatest(quarter_maximum_cents - taken_cents, 0)
                    )
            end as available_cents
        from yearly
        where budget_cents > 0 or requests > 0
    ),

    final as (
        select
            partner_id,
            quarter_start,
            quarter_end,
            tier,
            budget_cents,
            quarter_maximum_cents,
            requests,
            requested_cents,
            approved_cents,
            spent_cents,
            claimed_cents,
            pipeline_cents,
            won_cents,
            case
                when coalesce(pipeline_cents, won_cents) is not null
                then
                    {{
                        decimal_ratio(
                            "coalesce(pipeline_cents, 0) + coalesce(won_cents, 0)", "spent_cents"
                        )
                    }}
            end as roi,
            {{ decimal_ratio("year_spent_cents", "budget_cents") }} as utilisation,
            cast(available_cents as bigint) as available_cents,
            cast(
                case
                    when budget_cents is not null
                    then
                        least(
                            taken_cents,
                            greatest(
                                taken_cents - quarter_maximum_cents,
                                year_taken_cents - budget_cents,
                                0
                            )
                        )
                end as bigint
            ) as over_cents,
            cast(
                case
                    when budget_cents is not null
                    then least(available_cents, greatest(left_of_year_cents - later_cents, 0))
                end as bigint
            ) as expiring_cents,
            unruly_requests
        from left_over
    )

select *
from final
