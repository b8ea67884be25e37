-- One row per accrual: what a partner earned, would have kept as a discount, or has to give back.
with
    earned as (select * from {{ ref("int_commission__earned") }}),

    clawbacks as (select * from {{ ref("int_commission__clawbacks") }}),

    explained as (
        select
            earned.*,
            {{ accrual_family("earned.kind") }} as family,
            cast(null as {{ dbt.type_string() }}) as reverses,
            case
                when kind = 'volume_rebate' and is_custom
                then
                    'Purchases of the fiscal year to '
                    || {{ spoken_date("accrued_on") }}
                    || ': their rebate is agreed case by case'
                when kind = 'volume_rebate'
                then
                    {{ plain_number("rate * 100") }}
                    || '% of all purchases of the fiscal year to '
                    || {{ spoken_date("accrued_on") }}
                else
                    {{ plain_number("rate * 100") }}
                    || '% of '
                    || case
                        kind
                        when 'first_year'
                        then 'the first year of the deal won on '
                        when 'banded'
                        then 'the deal by the bands of its fiscal year, won on '
                        when 'revenue_share'
                        then
                            'the cash collected in the month to '
                            || {{ spoken_date("accrued_on") }}
                            || ' on the deal won on '
                        when 'registered_margin'
                        then 'list price for registering the deal won on '
                        else 'list price kept as discount on the deal won on '
                    end
                    || {{ spoken_date("closed_on") }}
                    || ', '
                    || outcome
                    || ' as '
                    || coalesce(tier || ' ', '')
                    || 'partner, rate by '
                    || coalesce('contract ' || contract_id, 'policy')
            end as explanation
        from earned
    ),

    converted as (
        select
            explained.*,
            {{ converted_cents("explained", "amount_cents") }} as amount_reporting_cents,
            {{ conversion_status("explained", "amount_cents") }} as conversion_status
        from explained {{ conversion_joins("explained", "explained.accrued_on") }}
    ),

    -- A clawback is due when it falls, but not before what it takes back, and is worth what that
    -- was: taking all of it back leaves nothing.
    reversals as (
        select
            clawbacks.clawback_id as accrual_id,
            reversed.partner_id,
            reversed.opportunity_id,
            clawbacks.subscription_id,
            'clawback' as kind,
            reversed.family,
            reversed.partner_type,
            reversed.tier,
            reversed.outcome,
            reversed.currency,
            reversed.amount_cents as base_cents,
            clawbacks.rate,
            clawbacks.amount_cents,
            cast(
                {{
                    divide_half_away(
                        "cast(reversed.amount_reporting_cents as "
                        ~ wide_integer()
                        ~ ") * clawbacks.amount_cents",
                        "reversed.amount_cents",
                    )
                }} as bigint
            ) as amount_reporting_cents,
            reversed.conversion_status,
            false as is_memo,
            false as is_custom,
            reversed.rate_source,
            greatest(clawbacks.happened_on, reversed.accrued_on) as accrued_on,
            greatest(clawbacks.happened_on, reversed.payable_on) as payable_on,
            reversed.accrual_id as reverses,
            {{ plain_number("-clawbacks.rate * 100") }}
            || '% taken back: subscription '
            || clawbacks.subscription_id
            || case
                clawbacks.reason
                when 'fraud'
                then ' was fraud, ended on '
                when 'downgrade'
                then ' was downgraded on '
                else ' was cancelled on '
            end
            || {{ spoken_date("clawbacks.happened_on") }} as explanation
        from clawbacks
        inner join converted as reversed on clawbacks.accrual_id = reversed.accrual_id
    ),

    accruals as (
        {% for relation in ["converted", "reversals"] %}
            select
                accrual_id,
                partner_id,
                opportunity_id,
                subscription_id,
                kind,
                family,
                partner_type,
                tier,
                outcome,
                currency,
                base_cents,
                rate,
                amount_cents,
                amount_reporting_cents,
                conversion_status,
                is_memo,
                is_custom,
                rate_source,
                accrued_on,
                payable_on,
                reverses,
                explanation
            from {{ relation }}
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}
    ),

    final as (
        select
            *,
            {{
                settlement_key(
                    "partner_id",
                    "coalesce(opportunity_id, cast(accrued_on as " ~ dbt.type_string() ~ "))",
                    "family",
                    "currency",
                )
            }} as settlement_id
        from accruals
    )

select *
from final
