-- One row per sum that does not agree, row behind the difference and reason.
with
    run as (select as_of from {{ source("quality", "run") }}),

    sums as (select * from {{ ref("fct_reconciliation") }} where difference_cents <> 0),

    lines as (select * from {{ ref("stg_billing__invoice_lines") }}),

    known_invoices as (select invoice_id from {{ ref("stg_billing__invoices") }}),

    settled as (select * from {{ ref("int_margin__invoices") }}),

    -- Lines of invoices nobody knows: billed, but neither collected nor open.
    orphans as (
        select lines.line_id, lines.kind, lines.period_start, lines.amount_reporting_cents
        from lines
        left join known_invoices on lines.invoice_id = known_invoices.invoice_id
        cross join run
        where
            known_invoices.invoice_id is null
            and (lines.period_start is null or lines.period_start <= run.as_of)
    ),

    apart as (
        select
            *,
            positive_cents
            - collected_cents
            - open_cents
            - written_off_cents
            - credits_cents
            - refunds_cents as difference_cents
        from settled
    ),

    named as (
        select
            'invoiced' as name,
            'invoice_lines' as entity,
            line_id as entity_id,
            amount_reporting_cents as difference_cents,
            'its invoice is unknown' as reason
        from orphans
        where amount_reporting_cents > 0
        union all
        select
            'invoiced',
            'invoices',
            invoice_id,
            difference_cents,
            case
                when is_unconverted
                then 'its total has no rate, its lines have'
                when not is_of_one_currency
                then 'its lines are in another currency than its total'
                else 'its lines do not add up to its total'
            end
        from apart
        where difference_cents <> 0
        union all
        {% for name, kinds in [
            ("billed", "'subscription', 'usage'"),
            ("refunds_credits", "'credit', 'refund'"),
            ("contribution_margin", "'subscription', 'usage', 'credit', 'refund'"),
        ] %}
            select
                '{{ name }}',
                'invoice_lines',
                line_id,
                amount_reporting_cents,
                'its invoice is unknown and it has no period: it is in no month'
            from orphans
            where period_start is null and kind in ({{ kinds }}) and amount_reporting_cents <> 0
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}
    ),

    -- What no row explains is told as such, so that every difference is told whole.
    left_over as (
        select
            sums.name,
            sums.difference_cents - coalesce(sum(named.difference_cents), 0) as difference_cents
        from sums
        left join named on sums.name = named.name
        group by sums.name, sums.difference_cents
    ),

    final as (
        select name, entity, entity_id, cast(difference_cents as bigint) as difference_cents, reason
        from named
        union all
        select name, 'sums', name, cast(difference_cents as bigint), 'not explained by any row'
        from left_over
        where difference_cents <> 0
    )

select *
from final
