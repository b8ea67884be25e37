-- One row per partner and span of one tier.
with
    partners as (
        select partner_id, lower(trim(initial_tier)) as initial_tier, tier_since
        from {{ ref("stg_crm__partners") }}
    ),

    decisions as (select * from {{ source("programme", "decisions") }}),

    run as (select * from {{ source("quality", "run") }}),

    tiers as (
        select programme.tier, programme.rank
        from {{ ref("tiers") }} as programme
        cross join run
        where {{ is_in_force("programme", "run.as_of") }}
    ),

    -- The tier everybody starts from: the lowest one of the programme.
    entry as (
        select tier from tiers qualify row_number() over (order by tiers.rank, tiers.tier) = 1
    ),

    -- Of decisions that hold from one day the one written last counts.
    decided as (
        select
            decisions.partner_id,
            decisions.decision_id,
            lower(trim(decisions.to_tier)) as tier,
            cast(decisions.effective_on as timestamp) as from_at
        from decisions
        inner join partners on decisions.partner_id = partners.partner_id
        cross join run
        where
            decisions.verdict = 'approved'
            and decisions.to_tier is not null
            and decisions.effective_on <= run.as_of
        qualify
            row_number() over (
                partition by decisions.partner_id, decisions.effective_on
                order by decisions.decision_id desc
            )
            = 1
    ),

    first_decided as (select partner_id, min(from_at) as from_at from decided group by partner_id),

    initial as (
        select
            partners.partner_id,
            coalesce(partners.initial_tier, lower(entry.tier)) as tier,
            lower(entry.tier) as entry_tier,
            case
                when partners.initial_tier <> lower(entry.tier)
                then cast(partners.tier_since as timestamp)
            end as tier_since_at,
            first_decided.from_at as decided_at
        from partners
        left join entry on true
        left join first_decided on partners.partner_id = first_decided.partner_id
    ),

    spans as (
        select
            partner_id,
            entry_tier as tier,
            cast(null as bigint) as decision_id,
            {{ beginning_of_time() }} as from_at,
            least(tier_since_at, decided_at) as until_at
        from initial
        where tier_since_at is not null

        union all

        select
            partner_id,
            tier,
            cast(null as bigint) as decision_id,
            coalesce(tier_since_at, {{ beginning_of_time() }}) as from_at,
            decided_at as until_at
        from initial
        where tier_since_at is null or decided_at is null or tier_since_at < decided_at

        union all

        select
            partner_id,
            tier,
            decision_id,
            from_at,
            lead(from_at) over (partition by partner_id order by from_at) as until_at
        from decided
    ),

    -- A tier is called what the policy calls it, however the CRM or a decision writes it.
    final as (
        select
            spans.partner_id,
            coalesce(tiers.tier, spans.tier) as tier,
            spans.decision_id,
            spans.from_at,
            spans.until_at
        from spans
        left join tiers on spans.tier = lower(tiers.tier)
    )

select *
from final
