-- One row per invoice issued by the as-of date that is neither draft nor void.
with
    run as (select as_of from {{ source("quality", "run") }}),

    invoices as (
        select
            invoices.*,
            -- What is paid later was open on the as-of date.
            coalesce(invoices.paid_on > run.as_of, false) as is_paid_later
        from {{ ref("stg_billing__invoices") }} as invoices
        cross join run
        where
            invoices.issued_on <= run.as_of
            and coalesce(invoices.status, 'open') not in ('draft', 'void')
    ),

    lines as (select * from {{ ref("stg_billing__invoice_lines") }}),

    -- What a line bills, or takes off: credits are all that is negative and no refund.
    line_sums as (
        select
            invoice_id,
            min(currency) as first_currency,
            max(currency) as last_currency,
            sum(amount_cents) as lines_cents,
            coalesce(sum(case when kind = 'refund' then - amount_cents end), 0) as refunds_cents,
            coalesce(
                sum(case when amount_reporting_cents > 0 then amount_reporting_cents end), 0
            ) as positive_reporting_cents,
            coalesce(
                sum(
                    case
                        when kind <> 'refund' and amount_reporting_cents < 0
                        then - amount_reporting_cents
                    end
                ),
                0
            ) as credits_reporting_cents,
            coalesce(
                sum(case when kind = 'refund' then - amount_reporting_cents end), 0
            ) as refunds_reporting_cents
        from lines
        group by invoice_id
    ),

    -- A header that adds up to its lines without the refunds does not hold the refunds.
    headed as (
        select
            invoices.invoice_id,
            invoices.currency,
            invoices.issued_on,
            case
                when
                    not invoices.is_paid_later
                    and (invoices.status = 'paid' or invoices.paid_on is not null)
                then coalesce(invoices.paid_on, invoices.issued_on)
                else invoices.issued_on
            end as collected_on,
            invoices.status,
            invoices.is_paid_later,
            invoices.total_cents,
            case
                when invoices.is_paid_later
                then 0
                when invoices.amount_paid_cents is not null
                then invoices.amount_paid_cents
                when invoices.status = 'paid' or invoices.paid_on is not null
                then invoices.total_cents
                else 0
            end as paid_cents,
            coalesce(line_sums.lines_cents, 0) as lines_cents,
            coalesce(
                line_sums.first_currency = invoices.currency
                and line_sums.last_currency = invoices.currency,
                true
            ) as is_of_one_currency,
            case
                when
                    invoices.total_cents <> line_sums.lines_cents
                    and invoices.total_cents = line_sums.lines_cents + line_sums.refunds_cents
                then line_sums.refunds_cents
                else 0
            end as refunds_beside_cents,
            coalesce(line_sums.positive_reporting_cents, 0) as positive_reporting_cents,
            coalesce(line_sums.credits_reporting_cents, 0) as credits_reporting_cents,
            coalesce(line_sums.refunds_reporting_cents, 0) as refunds_reporting_cents
        from invoices
        left join line_sums on invoices.invoice_id = line_sums.invoice_id
    ),

    -- In the invoice's currency. Open is what a total is more than what was paid of it, whatever
    -- the invoice is marked, unless it was written off.
    parted as (
        select
            *,
            paid_cents - refunds_beside_cents as collected_cents,
            case
                when status = 'uncollectible' and not is_paid_later
                then 0
                else total_cents - paid_cents
            end as open_cents,
            case
                when status = 'uncollectible' and not is_paid_later
                then total_cents - paid_cents
                else 0
            end as written_off_cents
        from headed
    ),

    -- Converted as running sums, so that the parts add up to what they are together.
    running as (
        select
            *,
            collected_cents + open_cents as collected_and_open_cents,
            collected_cents + open_cents + written_off_cents as parts_cents
        from parted
    ),

    converted as (
        select
            running.*,
            {{ converted_cents("running", "collected_cents") }} as collected_reporting_cents,
            {{ converted_cents("running", "collected_and_open_cents") }}
            as collected_and_open_reporting_cents,
            {{ converted_cents("running", "parts_cents") }} as parts_reporting_cents,
            {{ converted_cents("running", "lines_cents") }} as lines_reporting_cents
        from running {{ conversion_joins("running", "running.issued_on") }}
    ),

    -- Lines are converted one by one: what they gain or lose by it is the customer's.
    odd as (
        select
            *,
            case
                when is_of_one_currency
                then
                    positive_reporting_cents
                    - credits_reporting_cents
                    - refunds_reporting_cents
                    - coalesce(lines_reporting_cents, 0)
                else 0
            end as odd_cents,
            case
                when paid_cents <> 0
                then 'collected'
                when status = 'uncollectible' and not is_paid_later
                then 'written_off'
                else 'open'
            end as odd_with
        from converted
    ),

    final as (
        select
            invoice_id,
            collected_on,
            is_of_one_currency,
            parts_reporting_cents is null as is_unconverted,
            cast(positive_reporting_cents as bigint) as positive_cents,
            cast(
                coalesce(collected_reporting_cents, 0)
                + case when odd_with = 'collected' then odd_cents else 0 end as bigint
            ) as collected_cents,
            cast(
                coalesce(collected_and_open_reporting_cents - collected_reporting_cents, 0)
                + case when odd_with = 'open' then odd_cents else 0 end as bigint
            ) as open_cents,
            cast(
                coalesce(parts_reporting_cents - collected_and_open_reporting_cents, 0)
                + case when odd_with = 'written_off' then odd_cents else 0 end as bigint
            ) as written_off_cents,
            cast(credits_reporting_cents as bigint) as credits_cents,
            cast(refunds_reporting_cents as bigint) as refunds_cents
        from odd
    )

select *
from final
