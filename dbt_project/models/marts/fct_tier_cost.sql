-- One row per partner, completed quarter and tier of the programme: what a year's volume costs
-- there.
with
    periods as (
        select partner_id, period_start, period_end, last_day
        from {{ ref("int_partner__periods") }}
        where period_kind = 'quarter'
    ),

    partners as (select partner_id, partner_type from {{ ref("stg_crm__partners") }}),

    deals as (select * from {{ ref("int_commission__deals") }}),

    banded as (select * from {{ ref("int_commission__banded") }}),

    contract_rates as (select * from {{ ref("int_commission__contract_rates") }}),

    reporting as (select * from {{ ref("int_currency__reporting") }}),

    days as (select distinct last_day from {{ ref("int_periods") }} where period_kind = 'quarter'),

    rules as (
        select
            days.last_day,
            {{ setting_value("influenced_rate_share", "decimal(10, 9)") }} as influenced_rate_share
        from days
        inner join
            {{ ref("settings") }} as settings on {{ is_in_force("settings", "days.last_day") }}
        group by days.last_day
    ),

    funds as (
        select
            days.last_day,
            tiers.tier,
            coalesce(
                {{ to_minor_units("budgets.annual", "reporting.minor_unit_digits") }}, 0
            ) as mdf_cents
        from days
        cross join reporting
        inner join {{ ref("tiers") }} as tiers on {{ is_in_force("tiers", "days.last_day") }}
        left join
            {{ ref("mdf_budgets") }} as budgets
            on tiers.tier = budgets.tier
            and {{ is_in_force("budgets", "days.last_day") }}
    ),

    -- Types paid by bands cost the same at every tier.
    by_bands as (
        select distinct days.last_day, bands.partner_type
        from days
        inner join
            {{ ref("commission_bands") }} as bands on {{ is_in_force("bands", "days.last_day") }}
    ),

    volumes as (
        select
            periods.partner_id,
            periods.last_day,
            {% for column, deal in [
                (
                    "sourced_cents",
                    "case when deals.is_sourced then deals.amount_reporting_cents end",
                ),
                (
                    "influenced_cents",
                    "case when not deals.is_sourced then deals.amount_reporting_cents end",
                ),
                (
                    "sourced_first_cents",
                    "case when deals.is_sourced and "
                    ~ has_first_year("deals.opportunity_type")
                    ~ " then deals.amount_reporting_cents end",
                ),
                (
                    "influenced_first_cents",
                    "case when not deals.is_sourced and "
                    ~ has_first_year("deals.opportunity_type")
                    ~ " then deals.amount_reporting_cents end",
                ),
                (
                    "sourced_list_cents",
                    "case when deals.is_sourced then deals.list_reporting_cents end",
                ),
                (
                    "influenced_list_cents",
                    "case when not deals.is_sourced then deals.list_reporting_cents end",
                ),
                (
                    "banded_cents",
                    rated_cents("deals.amount_reporting_cents", "banded.rate"),
                ),
            ] %}
                {{ sum_cents(deal) }} as {{ column }}{% if not loop.last %},{% endif %}
            {% endfor %}
        from periods
        inner join
            deals
            on periods.partner_id = deals.partner_id
            and deals.closed_at
            >= cast({{ date_plus_months("periods.period_end", -12) }} as timestamp)
            and deals.closed_at < cast(periods.period_end as timestamp)
        left join
            banded
            on deals.opportunity_id = banded.opportunity_id
            and deals.partner_id = banded.partner_id
        group by periods.partner_id, periods.last_day
    ),

    contracted as (
        select periods.partner_id, periods.last_day, contract_rates.kind, contract_rates.rate
        from periods
        inner join
            contract_rates
            on periods.partner_id = contract_rates.partner_id
            and contract_rates.from_at < cast(periods.period_end as timestamp)
            and (
                contract_rates.until_at is null
                or cast(periods.period_end as timestamp) <= contract_rates.until_at
            )
        qualify
            row_number() over (
                partition by periods.partner_id, periods.last_day, contract_rates.kind
                order by contract_rates.from_at desc, contract_rates.contract_id
            )
            = 1
    ),

    -- Who has nothing won costs nothing but its funds, so that only kinds with volume are worked
    -- out.
    based as (
        select
            volumes.partner_id,
            volumes.last_day,
            rates.tier,
            rates.kind,
            coalesce(contracted.rate, rates.rate) as rate,
            {% for part in ["sourced", "influenced"] %}
                case
                    {% if part == "influenced" %}
                        when rates.kind = 'registered_margin' then 0
                    {% endif %}
                    when {{ is_memo_kind("rates.kind") }}
                    then volumes.{{ part }}_list_cents
                    when rates.kind = 'first_year'
                    then volumes.{{ part }}_first_cents
                    else volumes.{{ part }}_cents
                end as {{ part }}_cents
                {% if not loop.last %}, {% endif %}
            {% endfor %}
        from volumes
        inner join partners on volumes.partner_id = partners.partner_id
        inner join
            {{ ref("commission_rates") }} as rates
            on partners.partner_type = rates.partner_type
            and {{ is_in_force("rates", "volumes.last_day") }}
        left join
            contracted
            on volumes.partner_id = contracted.partner_id
            and volumes.last_day = contracted.last_day
            and rates.kind = contracted.kind
        left join
            by_bands
            on volumes.last_day = by_bands.last_day
            and partners.partner_type = by_bands.partner_type
        where rates.kind <> 'first_year' or by_bands.partner_type is null
    ),

    rated as (
        select
            based.partner_id,
            based.last_day,
            based.tier,
            based.kind,
            cast(
                {{
                    divide_half_away(
                        scaled_integer("based.rate")
                        ~ " * (cast(based.sourced_cents as "
                        ~ wide_integer()
                        ~ ") * 1000000000 + based.influenced_cents * "
                        ~ scaled_integer("rules.influenced_rate_share")
                        ~ ")",
                        "cast(1000000000 as " ~ wide_integer() ~ ") * 1000000000",
                    )
                }} as bigint
            ) as cents
        from based
        inner join rules on based.last_day = rules.last_day
    ),

    costs as (
        select
            partner_id,
            last_day,
            tier,
            {{ sum_cents("case when not " ~ is_memo_kind("kind") ~ " then cents end") }}
            as commission_cents,
            {{ sum_cents("case when " ~ is_memo_kind("kind") ~ " then cents end") }} as margin_cents
        from rated
        group by partner_id, last_day, tier
    ),

    final as (
        select
            periods.partner_id,
            periods.last_day as quarter_end,
            funds.tier,
            coalesce(costs.commission_cents, 0) + case
                when by_bands.partner_type is not null then coalesce(volumes.banded_cents, 0) else 0
            end as commission_cents,
            coalesce(costs.margin_cents, 0) as margin_cents,
            funds.mdf_cents,
            coalesce(costs.commission_cents, 0) + case
                when by_bands.partner_type is not null then coalesce(volumes.banded_cents, 0) else 0
            end
            + coalesce(costs.margin_cents, 0)
            + funds.mdf_cents as cost_cents
        from periods
        inner join partners on periods.partner_id = partners.partner_id
        inner join funds on periods.last_day = funds.last_day
        left join
            costs
            on periods.partner_id = costs.partner_id
            and periods.last_day = costs.last_day
            and funds.tier = costs.tier
        left join
            volumes
            on periods.partner_id = volumes.partner_id
            and periods.last_day = volumes.last_day
        left join
            by_bands
            on periods.last_day = by_bands.last_day
            and partners.partner_type = by_bands.partner_type
    )

select *
from final
