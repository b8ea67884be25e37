-- One row per contract and rate it names, over the time in which it is in force.
{{ config(materialized="view") }}

with
    spans as (select * from {{ ref("int_partner__contract_spans") }}),

    contracts as (select * from {{ ref("stg_crm__contracts") }}),

    final as (
        {% for kind, rate in [
            ("revenue_share", "revenue_share_rate"),
            ("reseller_margin", "reseller_discount_rate"),
            ("oem_discount", "reseller_discount_rate"),
        ] %}
            select
                spans.contract_id,
                spans.partner_id,
                '{{ kind }}' as kind,
                cast(contracts.{{ rate }} as decimal(28, 9)) as rate,
                spans.from_at,
                spans.until_at
            from spans
            inner join contracts on spans.contract_id = contracts.contract_id
            where contracts.{{ rate }} is not null
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}
    )

select *
from final
