-- One row per won deal with a reseller's registration: registered-deal margin taken on one that was
-- not valid when the deal was created.
with
    run as (select as_of_end from {{ source("quality", "run") }}),

    opportunities as (
        select opportunities.*
        from {{ ref("stg_crm__opportunities") }} as opportunities
        cross join run
        where opportunities.is_won and opportunities.closed_at < run.as_of_end
    ),

    claims as (select * from {{ ref("int_registration__claims") }}),

    matches as (select * from {{ ref("int_registration__matches") }}),

    spans as (select * from {{ ref("int_registration__spans") }} where is_valid),

    partners as (
        select partner_id from {{ ref("stg_crm__partners") }} where partner_type = 'reseller'
    ),

    contracts as (
        select spans.*, contracts.reseller_discount_rate
        from {{ ref("int_partner__contract_spans") }} as spans
        inner join
            {{ ref("stg_crm__contracts") }} as contracts
            on spans.contract_id = contracts.contract_id
        where contracts.reseller_discount_rate is not null
    ),

    tier_spans as (select * from {{ ref("int_partner__tier_spans") }}),

    rates as (select * from {{ ref("commission_rates") }} where partner_type = 'reseller'),

    settings as (select * from {{ ref("int_leakage__settings") }}),

    judged as (
        select
            matches.opportunity_id,
            claims.partner_id,
            claims.registration_id,
            bool_or(
                spans.registration_id is not null and spans.approved_at <= opportunities.closed_at
            ) as is_valid
        from matches
        inner join claims on matches.registration_id = claims.registration_id
        inner join partners on claims.partner_id = partners.partner_id
        inner join opportunities on matches.opportunity_id = opportunities.opportunity_id
        left join
            spans
            on matches.registration_id = spans.registration_id
            and spans.from_at <= opportunities.created_at
            and opportunities.created_at < spans.until_at
        group by matches.opportunity_id, claims.partner_id, claims.registration_id
    ),

    -- One valid registration earns the deal's margin, whoever else claimed it; of several that were
    -- not valid the first submitted speaks.
    deals as (
        select
            judged.opportunity_id,
            judged.partner_id,
            judged.registration_id,
            bool_or(judged.is_valid) over (partition by judged.opportunity_id) as has_valid
        from judged
        inner join claims on judged.registration_id = claims.registration_id
        qualify
            row_number() over (
                partition by judged.opportunity_id
                order by judged.is_valid desc, claims.submitted_at, judged.registration_id
            )
            = 1
    ),

    dated as (
        select
            deals.*,
            opportunities.account_id,
            opportunities.currency,
            opportunities.list_amount_cents,
            opportunities.list_amount_cents - opportunities.amount_cents as taken_cents,
            opportunities.created_at,
            opportunities.closed_at,
            cast(opportunities.closed_at as date) as closed_on,
            tier_spans.tier
        from deals
        inner join opportunities on deals.opportunity_id = opportunities.opportunity_id
        left join
            tier_spans
            on deals.partner_id = tier_spans.partner_id
            and tier_spans.from_at <= opportunities.closed_at
            and (tier_spans.until_at is null or opportunities.closed_at < tier_spans.until_at)
    ),

    agreed as (
        select dated.opportunity_id, contracts.reseller_discount_rate
        from dated
        inner join
            contracts
            on dated.partner_id = contracts.partner_id
            and contracts.from_at <= dated.closed_at
            and (contracts.until_at is null or dated.closed_at < contracts.until_at)
        qualify
            row_number() over (
                partition by dated.opportunity_id
                order by contracts.from_at desc, contracts.contract_id
            )
            = 1
    ),

    ruled as (
        select
            dated.opportunity_id,
            max(case when rates.kind = 'reseller_margin' then rates.rate end) as base_rate,
            max(case when rates.kind = 'registered_margin' then rates.rate end) as registered_rate
        from dated
        inner join
            rates on dated.tier = rates.tier and {{ is_in_force("rates", "dated.closed_on") }}
        group by dated.opportunity_id
    ),

    margins as (
        select
            dated.*,
            {{
                round_to_cents(
                    "dated.list_amount_cents * cast(coalesce(agreed.reseller_discount_rate, ruled.base_rate, 0) as decimal(10, 9))"
                )
            }}
            as base_cents,
            {{
                round_to_cents(
                    "dated.list_amount_cents * cast(coalesce(ruled.registered_rate, 0) as decimal(10, 9))"
                )
            }}
            as registered_cents,
            coalesce(currencies.minor_unit_digits, 2) as minor_unit_digits
        from dated
        left join agreed on dated.opportunity_id = agreed.opportunity_id
        left join ruled on dated.opportunity_id = ruled.opportunity_id
        left join
            {{ source("raw", "currencies") }} as currencies on dated.currency = currencies.currency
    ),

    compared as (
        select
            *,
            case
                when has_valid or taken_cents is null
                then 0
                else greatest(least(taken_cents - base_cents, registered_cents), 0)
            end as excess_cents
        from margins
    ),

    leakage_expired_registration_paid as (
        select
            'expired_registration_paid' as check_key,
            'opportunity' as entity_type,
            compared.opportunity_id as entity_id,
            cast(null as date) as period,
            compared.partner_id,
            compared.account_id,
            compared.excess_cents > settings.tolerance_cents as is_leak,
            {{ converted_cents("compared", "excess_cents") }} as amount_cents,
            case
                when compared.excess_cents > settings.tolerance_cents
                then
                    'registration '
                    || compared.registration_id
                    || ' was not valid when the deal was created on '
                    || {{ spoken_date("compared.created_at") }}
                    || '; the margin taken was '
                    || {{
                        money_words(
                            "compared.taken_cents",
                            "compared.currency",
                            "compared.minor_unit_digits",
                        )
                    }}
                    || ', without registration it is '
                    || {{
                        money_words(
                            "compared.base_cents",
                            "compared.currency",
                            "compared.minor_unit_digits",
                        )
                    }}
            end as evidence,
            case
                when compared.has_valid
                then null
                when compared.taken_cents is null and compared.list_amount_cents is null
                then 'the deal has no list amount'
                when compared.taken_cents is null
                then 'the deal has no amount'
            end as lacks
        from compared
        cross join settings {{ conversion_joins("compared", "compared.closed_on") }}
    )

select *
from leakage_expired_registration_paid
