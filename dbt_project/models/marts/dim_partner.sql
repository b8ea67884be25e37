-- One row per partner, as last known.
with
    partners as (select * from {{ ref("stg_crm__partners") }}),

    archetypes as (select * from {{ ref("archetypes") }}),

    tier_spans as (select * from {{ ref("int_partner__tier_spans") }}),

    run as (select * from {{ source("quality", "run") }}),

    final as (
        select
            partners.partner_id,
            partners.partner_name,
            partners.partner_type,
            archetypes.archetype,
            partners.status,
            partners.region,
            partners.country,
            partners.partner_manager,
            partners.partner_manager_email,
            partners.executive_sponsor,
            partners.signed_on,
            partners.strategic_fit,
            partners.is_strategic,
            partners.is_subsidised,
            partners.domain,
            partners.parent_partner_id,
            tier_spans.tier as current_tier
        from partners
        cross join run
        left join
            archetypes
            on partners.partner_type = archetypes.partner_type
            and {{ is_in_force("archetypes", "run.as_of") }}
        left join
            tier_spans
            on partners.partner_id = tier_spans.partner_id
            and tier_spans.from_at < run.as_of_end
            and (tier_spans.until_at is null or run.as_of_end <= tier_spans.until_at)
    )

select *
from final
