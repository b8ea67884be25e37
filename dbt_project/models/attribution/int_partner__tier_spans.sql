-- One row per partner and span of one tier.
with
    partners as (
        select partner_id, lower(trim(initial_tier)) as initial_tier, tier_since
        from {{ ref("stg_crm__partners") }}
    ),

    -- The tier everybody starts from: the lowest one of the programme.
    entry as (
        select tiers.tier
        from {{ ref("tiers") }} as tiers
        cross join {{ source("quality", "run") }} as run
        where {{ is_in_force("tiers", "run.as_of") }}
        qualify row_number() over (order by tiers.rank, tiers.tier) = 1
    ),

    named as (
        select
            partners.partner_id,
            coalesce(partners.initial_tier, entry.tier) as tier,
            entry.tier as entry_tier,
            case
                when partners.initial_tier <> entry.tier then cast(partners.tier_since as timestamp)
            end as tier_since_at
        from partners
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
