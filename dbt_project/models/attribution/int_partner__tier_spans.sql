-- One row per partner and span of one tier.
with
    partners as (
        select partner_id, lower(trim(initial_tier)) as initial_tier, tier_since
        from {{ ref("stg_crm__partners") }}
    ),

    tiers as (
        select programme.tier, programme.rank
        from {{ ref("tiers") }} as programme
        cross join {{ source("quality", "run") }} as run
        where {{ is_in_force("programme", "run.as_of") }}
    ),

    -- The tier everybody starts from: the lowest one of the programme.
    entry as (
        select tier from tiers qualify row_number() over (order by tiers.rank, tiers.tier) = 1
    ),

    -- A tier is called what the policy calls it, however the CRM writes it.
    held as (
        select
            partners.partner_id,
            coalesce(tiers.tier, partners.initial_tier) as initial_tier,
            partners.tier_since
        from partners
        left join tiers on partners.initial_tier = lower(tiers.tier)
    ),

    named as (
        select
            held.partner_id,
            coalesce(held.initial_tier, entry.tier) as tier,
            entry.tier as entry_tier,
            case
                when held.initial_tier <> entry.tier then cast(held.tier_since as timestamp)
            end as tier_since_at
        from held
        left join entry on true
    ),

    final as (
        select
            partner_id,
            entry_tier as tier,
            {{ beginning_of_time() }} as from_at,
            tier_since_at as until_at
        from named
        where tier_since_at is not null

        union all

        select
            partner_id,
            tier,
            coalesce(tier_since_at, {{ beginning_of_time() }}) as from_at,
            cast(null as timestamp) as until_at
        from named
    )

select *
from final
