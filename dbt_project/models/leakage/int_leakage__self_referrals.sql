-- One row per deal a referral partner sourced: whether it is to be told apart from its customer.
with
    outcomes as (select * from {{ ref("fct_attribution_outcome") }} where outcome = 'sourced'),

    opportunities as (select * from {{ ref("stg_crm__opportunities") }}),

    partners as (select * from {{ ref("stg_crm__partners") }}),

    accounts as (select * from {{ ref("stg_crm__accounts") }}),

    deals as (
        select
            outcomes.opportunity_id,
            outcomes.partner_id,
            opportunities.account_id,
            partners.parent_partner_id,
            accounts.parent_account_id,
            {{ web_domain("partners.domain") }} as partner_domain,
            {{ web_domain("partner_parents.domain") }} as partner_parent_domain,
            {{ web_domain("accounts.domain") }} as account_domain,
            {{ web_domain("account_parents.domain") }} as account_parent_domain
        from outcomes
        inner join
            partners
            on outcomes.partner_id = partners.partner_id
            and partners.partner_type = 'referral'
        inner join opportunities on outcomes.opportunity_id = opportunities.opportunity_id
        left join accounts on opportunities.account_id = accounts.account_id
        left join
            partners as partner_parents on partners.parent_partner_id = partner_parents.partner_id
        left join
            accounts as account_parents on accounts.parent_account_id = account_parents.account_id
    ),

    final as (
        select
            opportunity_id,
            partner_id,
            account_id,
            case
                when partner_domain in (account_domain, account_parent_domain)
                then partner_domain
                when partner_parent_domain in (account_domain, account_parent_domain)
                then partner_parent_domain
            end as shared_domain,
            case
                when parent_partner_id = parent_account_id then parent_partner_id
            end as shared_parent_id
        from deals
    )

select *
from final
