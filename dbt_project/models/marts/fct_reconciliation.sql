-- One row per pair of sums that must agree, each told by two routes.
{% set split_models = [
    "first_touch",
    "last_touch",
    "linear",
    "position_based",
    "time_decay",
    "role_based",
] %}
{% set words = {
    "cogs": "cost of goods sold",
    "commissions": "commissions",
    "support": "support",
    "mdf": "development funds",
    "partner_team": "the partner team",
    "onboarding": "onboarding",
    "tooling": "tooling",
} %}
{% set left_labels = {"support": "Support: minutes or what was booked, whichever is more"} %}
{% set booked_words = {
    "support": "its minutes cost or what was booked, whichever is more by month"
} %}
{% set plain_costs = ["cogs", "partner_team", "onboarding", "tooling"] %}

with
    run as (select as_of, as_of_end from {{ source("quality", "run") }}),

    opportunities as (select * from {{ ref("stg_crm__opportunities") }}),

    attribution as (select * from {{ ref("fct_attribution") }}),

    lines as (select * from {{ ref("stg_billing__invoice_lines") }}),

    invoices as (select invoice_id, status from {{ ref("stg_billing__invoices") }}),

    costs as (
        select costs.cost_type, costs.month, costs.amount_reporting_cents
        from {{ ref("stg_billing__costs") }} as costs
        cross join run
        where costs.month <= run.as_of
    ),

    accruals as (
        select accruals.amount_reporting_cents, accruals.accrued_on
        from {{ ref("fct_commission_accrual") }} as accruals
        where not accruals.is_memo
    ),

    won as (
        select sum(opportunities.amount_reporting_cents) as cents
        from opportunities
        cross join run
        where
            opportunities.is_won
            and opportunities.created_at < run.as_of_end
            and (opportunities.closed_at is null or opportunities.closed_at < run.as_of_end)
    ),

    credited as (select model, sum(credit_cents) as cents from attribution group by model),

    -- A line whose invoice is unknown is taken for billed: nobody can say that it was not.
    billed_lines as (
        select
            coalesce(
                sum(
                    case when lines.amount_reporting_cents > 0 then lines.amount_reporting_cents end
                ),
                0
            ) as positive_cents,
            coalesce(
                sum(
                    case
                        when lines.kind in ('subscription', 'usage')
                        then lines.amount_reporting_cents
                    end
                ),
                0
            ) as billed_cents,
            coalesce(
                sum(
                    case
                        when lines.kind in ('credit', 'refund') then lines.amount_reporting_cents
                    end
                ),
                0
            ) as refunds_credits_cents
        from lines
        cross join run
        left join invoices on lines.invoice_id = invoices.invoice_id
        where
            coalesce(invoices.status, 'open') not in ('draft', 'void')
            and (
                coalesce(lines.issued_on, lines.period_start) is null
                or coalesce(lines.issued_on, lines.period_start) <= run.as_of
            )
    ),

    settled as (
        select
            sum(
                collected_cents + open_cents + written_off_cents + credits_cents + refunds_cents
            ) as cents
        from {{ ref("int_margin__invoices") }}
    ),

    to_come as (
        select
            coalesce(sum(revenue.gross_cents), 0) as gross_cents,
            coalesce(sum(revenue.refunds_credits_cents), 0) as refunds_credits_cents
        from {{ ref("int_margin__revenue") }} as revenue
        cross join run
        where revenue.month > run.as_of
    ),

    by_type as (
        select
            {% for line in ["gross", "refunds_credits", "contribution_margin"] + margin_costs() %}
                coalesce(sum({{ line }}_cents), 0) as {{ line }}_cents
                {% if not loop.last %}, {% endif %}
            {% endfor %}
        from {{ ref("mart_margin_by_partner_type_monthly") }}
    ),

    -- Minutes straight from the tickets, at the cost of the month's last day, rounded by owner.
    handled as (
        select
            {{ month_start("tickets.opened_at") }} as month,
            case
                when tickets.partner_id is null then 'direct' else {{ known_partner() }}
            end as owner,
            sum(tickets.handling_minutes) as minutes
        from {{ ref("stg_support__tickets") }} as tickets
        cross join run
        left join
            {{ ref("stg_crm__partners") }} as partners on tickets.partner_id = partners.partner_id
        where tickets.opened_at < run.as_of_end
        group by 1, 2
    ),

    minute_costs as (
        select
            handled.month,
            handled.owner,
            max(handled.minutes) as minutes,
            {{ setting_value("support_cost_per_minute", "decimal(28, 9)") }} as cost
        from handled
        cross join run
        inner join
            {{ ref("settings") }} as settings
            on {{
                is_in_force(
                    "settings",
                    "least("
                    ~ date_plus_days(date_plus_months("handled.month", 1), -1)
                    ~ ", run.as_of)",
                )
            }}
        group by handled.month, handled.owner
    ),

    minutes as (
        select
            minute_costs.month,
            {{
                divide_half_away(
                    scaled_integer("minute_costs.minutes")
                    ~ " * "
                    ~ scaled_integer("minute_costs.cost")
                    ~ " * "
                    ~ minor_units_per_unit("reporting.minor_unit_digits"),
                    "1000000000000000000",
                )
            }} as cost_cents
        from minute_costs
        cross join {{ ref("int_currency__reporting") }} as reporting
        where minute_costs.minutes is not null
    ),

    -- Support costs what its minutes do, or what was booked in the month, whichever is more.
    support_months as (
        select sum(booked_cents) as booked_cents, sum(minutes_cents) as minutes_cents
        from
            (
                select month, amount_reporting_cents as booked_cents, 0 as minutes_cents
                from costs
                where cost_type = 'support'
                union all
                select month, 0, cost_cents
                from minutes
            ) as support
        group by month
    ),

    booked as (
        {% for cost in plain_costs %}
            select '{{ cost }}' as cost_line, coalesce(sum(amount_reporting_cents), 0) as cents
            from costs
            where cost_type = '{{ cost }}'
            union all
        {% endfor %}
        select 'support', coalesce(sum(greatest(coalesce(booked_cents, 0), minutes_cents)), 0)
        from support_months
        union all
        select 'commissions', coalesce(sum(accruals.amount_reporting_cents), 0)
        from accruals
        cross join run
        where accruals.accrued_on <= run.as_of
        union all
        select 'mdf', coalesce(sum(requests.spent_reporting_cents), 0)
        from {{ ref("stg_crm__mdf_requests") }} as requests
        cross join run
        where coalesce(requests.claimed_on, requests.requested_on) <= run.as_of
    ),

    paid as (
        select sum(payouts.amount_reporting_cents) as cents
        from {{ ref("stg_billing__payouts") }} as payouts
        cross join run
        where payouts.paid_on <= run.as_of and {{ payout_family("payouts.kind") }} is not null
    ),

    payouts_by_month as (
        select
            sum(accrued_reporting_cents) as accrued_cents, sum(paid_reporting_cents) as paid_cents
        from {{ ref("fct_payout_reconciliation") }}
    ),

    sums as (
        {% for model in split_models %}
            select
                'won_{{ model }}' as name,
                {{ loop.index }} as position,
                'Credit of all partners by {{ model | replace("_", " ") }}, and what none is credited with, is what was won.'
                as description,
                'Won in CRM' as left_label,
                'Attributed and unattributed, {{ model | replace("_", " ") }}' as right_label,
                won.cents as left_cents,
                credited.cents as right_cents
            from won
            left join credited on credited.model = '{{ model }}'
            union all
        {% endfor %}
        select
            'invoiced',
            7,
            'Every positive invoice line, tax included, was collected, is open, was written off, credited or refunded.',
            'Positive lines',
            'Collected net of refunds, open, written off, credits and refunds',
            billed_lines.positive_cents,
            settled.cents
        from billed_lines
        cross join settled
        union all
        select
            'billed',
            8,
            'What partner types and direct were billed for, months to come included, is what was billed.',
            'Billed',
            'Billed by partner type and direct',
            billed_lines.billed_cents,
            by_type.gross_cents + to_come.gross_cents
        from billed_lines
        cross join by_type
        cross join to_come
        union all
        select
            'refunds_credits',
            9,
            'Refunds and credits of partner types and direct are those of the invoices.',
            'Refunds and credits',
            'Refunds and credits by partner type and direct',
            billed_lines.refunds_credits_cents,
            by_type.refunds_credits_cents + to_come.refunds_credits_cents
        from billed_lines
        cross join by_type
        cross join to_come
        union all
        {% for cost in margin_costs() %}
            select
                '{{ cost }}',
                {{ loop.index + 9 }},
                'What partner types and direct carry of {{ words[cost] }} is what {{ booked_words.get(cost, "was booked") }}.',
                '{{ left_labels.get(cost, words[cost][:1] | upper ~ words[cost][1:] ~ ", booked") }}',
                '{{ words[cost][:1] | upper }}{{ words[cost][1:] }} by partner type and direct',
                booked.cents,
                by_type.{{ cost }}_cents
            from booked
            cross join by_type
            where booked.cost_line = '{{ cost }}'
            union all
        {% endfor %}
        select
            'contribution_margin',
            17,
            'Margins of partner types and direct add up to what the company billed so far less what was booked.',
            'Company',
            'Partner types and direct',
            billed_lines.billed_cents
            + billed_lines.refunds_credits_cents
            - to_come.gross_cents
            - to_come.refunds_credits_cents
            - costs_booked.cents,
            by_type.contribution_margin_cents
        from billed_lines
        cross join to_come
        cross join by_type
        cross join (select sum(cents) as cents from booked) as costs_booked
        union all
        select
            'accrued',
            18,
            'Accruals by partner and month are all that accrued.',
            'Accrued',
            'Accrued by partner and month',
            accrued.cents,
            payouts_by_month.accrued_cents
        from (select sum(amount_reporting_cents) as cents from accruals) as accrued
        cross join payouts_by_month
        union all
        select
            'paid_out',
            19,
            'Payouts by partner and month are all that were paid for what accrues, spiffs and development funds aside.',
            'Paid out',
            'Paid out by partner and month',
            paid.cents,
            payouts_by_month.paid_cents
        from paid
        cross join payouts_by_month
    ),

    final as (
        select
            name,
            position,
            description,
            left_label,
            right_label,
            cast(coalesce(left_cents, 0) as bigint) as left_cents,
            cast(coalesce(right_cents, 0) as bigint) as right_cents,
            cast(coalesce(left_cents, 0) - coalesce(right_cents, 0) as bigint) as difference_cents
        from sums
    )

select *
from final
