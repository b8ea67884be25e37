-- One row per month, from the first with anything to tell to the as-of date's.
{% set margins = (
    ["gross", "refunds_credits", "net"]
    + margin_costs()
    + ["contribution_margin"]
    + mrr_movements()
) %}

with
    run as (select as_of from {{ source("quality", "run") }}),

    opportunities as (
        select * from {{ ref("dim_opportunity") }} where is_won and closed_on is not null
    ),

    outcomes as (select * from {{ ref("fct_attribution_outcome") }}),

    lines as (select * from {{ ref("int_margin__lines") }}),

    invoices as (select * from {{ ref("int_margin__invoices") }}),

    margin as (select * from {{ ref("fct_partner_margin_monthly") }}),

    payouts as (select * from {{ ref("fct_payout") }}),

    -- An extract without the column that is read of it tells as little as none.
    absent_columns as (
        select distinct system, entity
        from {{ source("quality", "columns") }}
        where
            state in ('absent', 'vanished')
            and (
                system = 'support'
                and entity = 'tickets'
                and column_name = 'handling_minutes'
                or system = 'crm'
                and entity = 'mdf_requests'
                and column_name = 'spent'
                or system = 'crm'
                and entity = 'opportunities'
                and column_name = 'amount'
            )
    ),

    -- Without its extract a figure is short, and what is due, sourced or influenced nobody can say.
    sources as (
        select
            {{ join_sorted("entities.system || '.' || entities.entity") }} as missing_sources,
            coalesce(bool_or(entities.entity = 'payouts'), false) as is_without_payouts,
            coalesce(
                bool_or(entities.entity = 'deal_registrations'), false
            ) as is_without_registrations,
            coalesce(bool_or(entities.entity = 'opportunity_touches'), false) as is_without_touches
        from {{ source("quality", "entities") }} as entities
        left join
            absent_columns
            on entities.system = absent_columns.system
            and entities.entity = absent_columns.entity
        where
            (not entities.is_present or absent_columns.entity is not null)
            and (
                entities.system = 'billing'
                and entities.entity
                in ('invoices', 'invoice_lines', 'subscriptions', 'costs', 'payouts')
                or entities.system = 'support'
                and entities.entity = 'tickets'
                or entities.system = 'crm'
                and entities.entity
                in ('opportunities', 'mdf_requests', 'deal_registrations', 'opportunity_touches')
            )
    ),

    dues as (
        select coalesce(sum(outstanding_reporting_cents), 0) as cents
        from {{ ref("fct_payout_due") }}
    ),

    leaks as (
        select coalesce(sum(amount_cents), 0) as cents
        from {{ ref("fct_leakage_check") }}
        where state = 'leak' and finding_state <> 'resolved'
    ),

    -- A deal counts once, sourced before influenced, whoever else took part.
    deals as (
        select
            opportunity_id,
            bool_or(outcome = 'sourced') as is_sourced,
            bool_or(outcome = 'influenced') as is_influenced
        from outcomes
        group by opportunity_id
    ),

    won as (
        select
            {{ month_start("opportunities.closed_on") }} as month,
            sum(opportunities.amount_reporting_cents) as won_cents,
            sum(
                case when deals.is_sourced then opportunities.amount_reporting_cents end
            ) as sourced_cents,
            sum(
                case
                    when deals.is_influenced and not deals.is_sourced
                    then opportunities.amount_reporting_cents
                end
            ) as influenced_cents
        from opportunities
        left join deals on opportunities.opportunity_id = deals.opportunity_id
        group by 1
    ),

    billed as (
        select {{ month_start("billed_on") }} as month, sum(amount_cents) as billed_cents
        from lines
        where kind in ('subscription', 'usage') and billed_on is not null
        group by 1
    ),

    collected as (
        select {{ month_start("collected_on") }} as month, sum(collected_cents) as collected_cents
        from invoices
        group by 1
    ),

    margins as (
        select
            month,
            {% for column in margins %}
                cast(sum({{ column }}_cents) as bigint) as {{ column }}_cents,
            {% endfor %}
            count(
                distinct case
                    when partner_type not in ('direct', 'unknown') and gross_cents > 0
                    then partner_id
                end
            ) as active_partners,
            sum(
                case when partner_type not in ('direct', 'unknown') then support_cents else 0 end
            ) as partner_support_cents
        from margin
        group by month
    ),

    paid as (
        select {{ month_start("paid_on") }} as month, sum(amount_reporting_cents) as payouts_cents
        from payouts
        group by 1
    ),

    firsts as (
        select {{ month_start("min(first_month)") }} as first_month
        from
            (
                {% for told in ["won", "billed", "collected", "margins", "paid"] %}
                    select min(month) as first_month
                    from {{ told }}
                    {% if not loop.last %}
                        union all
                    {% endif %}
                {% endfor %}
            ) as told
    ),

    counted as (
        select
            firsts.first_month,
            {{ each_integer("0", months_between("firsts.first_month", "run.as_of")) }} as months_in
        from firsts
        cross join run
        where firsts.first_month <= run.as_of
    ),

    months as (select {{ date_plus_months("first_month", "months_in") }} as month from counted),

    joined as (
        select
            months.month,
            {% for column in ["won", "sourced", "influenced", "billed", "collected", "payouts"] %}
                cast(coalesce({{ column }}_cents, 0) as bigint) as {{ column }}_cents,
            {% endfor %}
            {% for column in margins + ["partner_support"] %}
                cast(coalesce({{ column }}_cents, 0) as bigint) as {{ column }}_cents,
            {% endfor %}
            cast(coalesce(margins.active_partners, 0) as bigint) as active_partners,
            months.month = {{ month_start("run.as_of") }} as is_latest
        from months
        cross join run
        left join won on months.month = won.month
        left join billed on months.month = billed.month
        left join collected on months.month = collected.month
        left join margins on months.month = margins.month
        left join paid on months.month = paid.month
    ),

    final as (
        select
            joined.month,
            joined.won_cents,
            case
                when not sources.is_without_registrations then joined.sourced_cents
            end as sourced_cents,
            case
                when not sources.is_without_touches then joined.influenced_cents
            end as influenced_cents,
            joined.billed_cents,
            joined.collected_cents,
            {% for column in ["gross", "refunds_credits", "net"] + margin_costs() %}
                joined.{{ column }}_cents,
            {% endfor %}
            joined.contribution_margin_cents,
            {{ margin_rate() }} as margin_rate,
            cast(
                coalesce(
                    sum(
                        joined.new_mrr_cents
                        + joined.expansion_mrr_cents
                        - joined.contraction_mrr_cents
                        - joined.churned_mrr_cents
                    ) over (order by joined.month rows between unbounded preceding and 1 preceding),
                    0
                ) as bigint
            ) as opening_mrr_cents,
            {% for move in mrr_movements() %} joined.{{ move }}_cents, {% endfor %}
            joined.active_partners,
            cast(
                {{ divide_half_away("joined.partner_support_cents", "joined.active_partners") }}
                as bigint
            ) as support_cost_per_partner_cents,
            joined.payouts_cents,
            cast(
                case
                    when joined.is_latest and not sources.is_without_payouts then dues.cents
                end as bigint
            ) as payouts_due_cents,
            cast(case when joined.is_latest then leaks.cents end as bigint) as leak_cents,
            sources.missing_sources
        from joined
        cross join sources
        cross join dues
        cross join leaks
    )

select *
from final
