-- One row per subscription of a deal, invoice and kind of cash movement: what was paid for it, and
-- what of that was refunded.
with
    run as (select * from {{ source("quality", "run") }}),

    -- Only what came from a deal pays a partner.
    subscriptions as (
        select subscription_id
        from {{ ref("stg_billing__subscriptions") }}
        where opportunity_id is not null
    ),

    lines as (select * from {{ ref("stg_billing__invoice_lines") }}),

    -- A payment is for all of an invoice, whatever part of it is of a deal.
    invoices_of_deals as (
        select distinct lines.invoice_id
        from lines
        inner join subscriptions on lines.subscription_id = subscriptions.subscription_id
    ),

    billed as (
        select lines.*
        from lines
        inner join invoices_of_deals on lines.invoice_id = invoices_of_deals.invoice_id
    ),

    invoices as (
        select
            invoices.invoice_id,
            invoices.total_cents,
            case
                when invoices.paid_on > run.as_of
                then 0
                else
                    coalesce(
                        invoices.amount_paid_cents,
                        case
                            when invoices.status = 'paid' or invoices.paid_on is not null
                            then invoices.total_cents
                            else 0
                        end
                    )
            end as paid_cents,
            coalesce(invoices.paid_on, invoices.issued_on) as paid_on,
            invoices.issued_on
        from {{ ref("stg_billing__invoices") }} as invoices
        cross join run
        where
            invoices.issued_on <= run.as_of
            and coalesce(invoices.status not in ('draft', 'void'), true)
    ),

    sums as (
        select
            billed.invoice_id,
            billed.subscription_id,
            max(billed.currency) as currency,
            sum(
                case
                    when billed.kind in ('subscription', 'usage') then billed.amount_cents else 0
                end
            ) as revenue_cents,
            sum(
                case when billed.kind = 'credit' then billed.amount_cents else 0 end
            ) as credit_cents,
            sum(
                case when billed.kind = 'refund' then billed.amount_cents else 0 end
            ) as refund_cents,
            sum(billed.amount_cents) as all_cents
        from billed
        group by billed.invoice_id, billed.subscription_id
    ),

    -- Credits and refunds that name no subscription lower what the invoice bills in proportion.
    parts as (
        select
            sums.*,
            sum(revenue_cents) over (partition by invoice_id) as whole_revenue_cents,
            sum(case when subscription_id is null then credit_cents else 0 end) over (
                partition by invoice_id
            ) as loose_credit_cents,
            sum(case when subscription_id is null then refund_cents else 0 end) over (
                partition by invoice_id
            ) as loose_refund_cents,
            sum(refund_cents) over (partition by invoice_id) as whole_refund_cents,
            sum(all_cents) over (partition by invoice_id) as whole_cents
        from sums
    ),

    shared as (
        select
            parts.invoice_id,
            parts.subscription_id,
            parts.currency,
            invoices.issued_on,
            invoices.paid_on,
            invoices.paid_cents,
            invoices.total_cents,
            -- A header that adds up to its lines without the refunds does not hold them: they were
            -- paid out on top of it.
            invoices.total_cents = parts.whole_cents
            or invoices.total_cents
            <> parts.whole_cents - parts.whole_refund_cents as is_refund_within_total,
            case
                when parts.whole_revenue_cents = 0 then 1 else parts.whole_revenue_cents
            end as divisor,
            {% for kind, own in [
                ("credit", "parts.revenue_cents + parts.credit_cents"),
                ("refund", "parts.refund_cents"),
            ] %}
                cast({{ own }} as {{ wide_integer() }})
                * case when parts.whole_revenue_cents = 0 then 1 else parts.whole_revenue_cents end
                + cast(parts.loose_{{ kind }}_cents as {{ wide_integer() }})
                * case
                    when parts.whole_revenue_cents = 0 then 0 else parts.revenue_cents
                end as {{ "billed" if kind == "credit" else "refunded" }}_parts
                {% if not loop.last %}, {% endif %}
            {% endfor %}
        from parts
        inner join invoices on parts.invoice_id = invoices.invoice_id
        where parts.subscription_id in (select subscription_id from subscriptions)
    ),

    movements as (
        select
            invoice_id,
            subscription_id,
            'payment' as kind,
            currency,
            paid_on as collected_on,
            cast(
                {{
                    divide_half_away(
                        "paid_cents * billed_parts",
                        "cast(total_cents as " ~ wide_integer() ~ ") * divisor",
                    )
                }} as bigint
            ) as collected_cents
        from shared

        union all

        select
            invoice_id,
            subscription_id,
            'refund' as kind,
            currency,
            case when is_refund_within_total then paid_on else issued_on end as collected_on,
            cast(
                case
                    when is_refund_within_total
                    then
                        {{
                            divide_half_away(
                                "paid_cents * refunded_parts",
                                "cast(total_cents as " ~ wide_integer() ~ ") * divisor",
                            )
                        }}
                    else {{ divide_half_away("refunded_parts", "divisor") }}
                end as bigint
            ) as collected_cents
        from shared
    ),

    final as (select * from movements where collected_cents <> 0)

select *
from final
