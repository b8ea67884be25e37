-- One row per partner and day on which it was billed for: the discount its contract or tier
-- allowed.
with
    billed as (
        select distinct partner_id, issued_on
        from {{ ref("int_leakage__billed_lines") }}
        where partner_id not in ('direct', 'unknown')
    ),

    partners as (select partner_id, partner_type from {{ ref("stg_crm__partners") }}),

    contracts as (
        select
            spans.partner_id,
            spans.contract_id,
            spans.from_at,
            spans.until_at,
            contracts.reseller_discount_rate
        from {{ ref("int_partner__contract_spans") }} as spans
        inner join
            {{ ref("stg_crm__contracts") }} as contracts
            on spans.contract_id = contracts.contract_id
        where contracts.reseller_discount_rate is not null
    ),

    rates as (select * from {{ ref("commission_rates") }}),

    tier_spans as (select * from {{ ref("int_partner__tier_spans") }}),

    dated as (
        select billed.partner_id, billed.issued_on, partners.partner_type, tier_spans.tier
        from billed
        inner join partners on billed.partner_id = partners.partner_id
        left join
            tier_spans
            on billed.partner_id = tier_spans.partner_id
            and tier_spans.from_at <= cast(billed.issued_on as timestamp)
            and (
                tier_spans.until_at is null
                or cast(billed.issued_on as timestamp) < tier_spans.until_at
            )
    ),

    -- Of several contracts with a discount the one that began last.
    agreed as (
        select billed.partner_id, billed.issued_on, contracts.reseller_discount_rate
        from billed
        inner join
            contracts
            on billed.partner_id = contracts.partner_id
            and contracts.from_at <= cast(billed.issued_on as timestamp)
            and (
                contracts.until_at is null
                or cast(billed.issued_on as timestamp) < contracts.until_at
            )
        qualify
            row_number() over (
                partition by billed.partner_id, billed.issued_on
                order by contracts.from_at desc, contracts.contract_id
            )
            = 1
    ),

    ruled as (
        select
            dated.partner_id,
            dated.issued_on,
            max(
                case when rates.kind in ('reseller_margin', 'oem_discount') then rates.rate end
            ) as tier_rate,
            max(case when rates.kind = 'registered_margin' then rates.rate end) as registered_rate
        from dated
        left join
            rates
            on dated.partner_type = rates.partner_type
            and dated.tier = rates.tier
            and {{ is_in_force("rates", "dated.issued_on") }}
        group by dated.partner_id, dated.issued_on
    ),

    final as (
        select
            ruled.partner_id,
            ruled.issued_on,
            cast(
                coalesce(agreed.reseller_discount_rate, ruled.tier_rate, 0) as decimal(28, 9)
            ) as discount_rate,
            cast(coalesce(ruled.registered_rate, 0) as decimal(28, 9)) as registered_rate,
            case
                when agreed.reseller_discount_rate is not null
                then 'contract'
                when ruled.tier_rate is not null
                then 'tier'
                else 'none'
            end as rate_source
        from ruled
        left join
            agreed on ruled.partner_id = agreed.partner_id and ruled.issued_on = agreed.issued_on
    )

select *
from final
