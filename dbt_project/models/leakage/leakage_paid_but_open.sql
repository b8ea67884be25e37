-- One row per paid invoice: what of its total was not paid.
with
    run as (select as_of from {{ source("quality", "run") }}),

    invoices as (
        select invoices.*
        from {{ ref("stg_billing__invoices") }} as invoices
        cross join run
        where
            invoices.status = 'paid'
            and invoices.issued_on <= run.as_of
            and (invoices.paid_on is null or invoices.paid_on <= run.as_of)
    ),

    partners as (select partner_id from {{ ref("stg_crm__partners") }}),

    -- A paid invoice that does not say how much is paid in full.
    compared as (
        select
            invoices.*,
            invoices.total_cents
            - coalesce(invoices.amount_paid_cents, invoices.total_cents) as open_cents,
            coalesce(currencies.minor_unit_digits, 2) as minor_unit_digits
        from invoices
        left join
            {{ source("raw", "currencies") }} as currencies
            on invoices.currency = currencies.currency
    ),

    leakage_paid_but_open as (
        select
            'paid_but_open' as check_key,
            'invoice' as entity_type,
            compared.invoice_id as entity_id,
            cast(null as date) as period,
            case
                when compared.partner_id is null then 'direct' else {{ known_partner() }}
            end as partner_id,
            compared.account_id,
            compared.open_cents > 0 as is_leak,
            {{ converted_cents("compared", "open_cents") }} as amount_cents,
            case
                when compared.open_cents > 0
                then
                    'marked paid with '
                    || {{
                        money_words(
                            "compared.amount_paid_cents",
                            "compared.currency",
                            "compared.minor_unit_digits",
                        )
                    }}
                    || ' of '
                    || {{
                        money_words(
                            "compared.total_cents",
                            "compared.currency",
                            "compared.minor_unit_digits",
                        )
                    }}
            end as evidence
        from compared {{ conversion_joins("compared", "compared.issued_on") }}
        left join partners on compared.partner_id = partners.partner_id
    )

select *
from leakage_paid_but_open
