-- One row per line that bills a quantity at a price for which there is a list price: what it falls
-- short of list less the discount the partner was allowed.
with
    lines as (
        select *
        from {{ ref("int_leakage__billed_lines") }}
        where kind in ('subscription', 'usage') and unit_price is not null and quantity > 0
    ),

    prices as (select * from {{ ref("stg_billing__price_book") }}),

    discounts as (select * from {{ ref("int_leakage__partner_discounts") }}),

    settings as (select * from {{ ref("int_leakage__settings") }}),

    sourced as (
        select opportunity_id, partner_id
        from {{ ref("int_partner__closed_deals") }}
        where outcome = 'sourced' and is_won
    ),

    -- Points taken on a registration that was not valid are counted with the deal, not again here.
    counted as (
        select entity_id as opportunity_id, partner_id
        from {{ ref("leakage_expired_registration_paid") }}
        where is_leak
    ),

    -- What the line does not list itself the price book does, in the line's currency.
    unlisted as (
        select
            line_id,
            coalesce(case when kind = 'usage' then meter end, product) as item,
            currency,
            issued_on
        from lines
        where list_unit_price is null
    ),

    booked as (
        select unlisted.line_id, prices.unit_price as list_unit_price
        from unlisted
        inner join
            prices
            on unlisted.item = prices.meter_or_product
            and unlisted.currency = prices.currency
            and (prices.valid_from is null or prices.valid_from <= unlisted.issued_on)
            and (prices.valid_to is null or unlisted.issued_on < prices.valid_to)
        qualify
            row_number() over (
                partition by unlisted.line_id order by prices.valid_from desc nulls last
            )
            = 1
    ),

    listed as (
        select
            lines.*,
            coalesce(lines.list_unit_price, booked.list_unit_price) as list_price,
            least(
                coalesce(discounts.discount_rate, 0) + case
                    when sourced.opportunity_id is null and counted.opportunity_id is null
                    then 0
                    else discounts.registered_rate
                end,
                1
            ) as allowed_rate,
            coalesce(discounts.rate_source, 'none') as rate_source,
            sourced.opportunity_id is null
            and counted.opportunity_id is not null as is_registration_counted,
            coalesce(currencies.minor_unit_digits, 2) as minor_unit_digits
        from lines
        left join booked on lines.line_id = booked.line_id
        left join
            discounts
            on lines.partner_id = discounts.partner_id
            and lines.issued_on = discounts.issued_on
        left join
            sourced
            on lines.opportunity_id = sourced.opportunity_id
            and lines.partner_id = sourced.partner_id
        left join
            counted
            on lines.opportunity_id = counted.opportunity_id
            and lines.partner_id = counted.partner_id
        left join
            {{ source("raw", "currencies") }} as currencies on lines.currency = currencies.currency
        where coalesce(lines.list_unit_price, booked.list_unit_price) is not null
    ),

    -- Prices in hundred-millionths, rate and quantity in billionths: exact until the last rounding.
    compared as (
        select
            *,
            cast(
                {{
                    divide_half_away(
                        "(cast(cast(list_price as decimal(28, 8)) * 100000000 as "
                        ~ wide_integer()
                        ~ ") * (1000000000 - "
                        ~ scaled_integer("allowed_rate")
                        ~ ") - cast(cast(unit_price as decimal(28, 8)) * 100000000 as "
                        ~ wide_integer()
                        ~ ") * 1000000000) * "
                        ~ scaled_integer("quantity")
                        ~ " * "
                        ~ minor_units_per_unit("minor_unit_digits"),
                        "cast(100000000000000000000000000 as " ~ wide_integer() ~ ")",
                    )
                }} as bigint
            ) as amount_cents
        from listed
    ),

    leakage_underbilled_price as (
        select
            'underbilled_price' as check_key,
            'invoice_line' as entity_type,
            compared.line_id as entity_id,
            cast(null as date) as period,
            compared.partner_id,
            compared.account_id,
            compared.amount_cents > settings.tolerance_cents as is_leak,
            {{ converted_cents("compared", "amount_cents") }} as amount_cents,
            case
                when compared.amount_cents > settings.tolerance_cents
                then
                    {{ plain_number("compared.quantity") }}
                    || ' billed at '
                    || compared.currency
                    || ' '
                    || {{ plain_number("compared.unit_price") }}
                    || ' against a list price of '
                    || {{ plain_number("compared.list_price") }}
                    || case
                        compared.rate_source
                        when 'none'
                        then ', without a discount'
                        else
                            ' less the '
                            || {{ plain_number("compared.allowed_rate * 100") }}
                            || '% its '
                            || compared.rate_source
                            || ' allows'
                    end
                    || case
                        when compared.is_registration_counted
                        then
                            ', the points of a registration included that are counted with the deal'
                        else ''
                    end
            end as evidence
        from compared
        cross join settings {{ conversion_joins("compared", "compared.issued_on") }}
    )

select *
from leakage_underbilled_price
