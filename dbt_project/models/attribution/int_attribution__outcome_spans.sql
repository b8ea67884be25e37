-- One row per opportunity, partner and span of one outcome, sourced or influenced.
with
    opportunities as (
        select opportunity_id, created_at from {{ ref("int_attribution__opportunities") }}
    ),

    touches as (
        select * from {{ ref("int_attribution__touches") }} where first_participating_at is not null
    ),

    passing as (
        select * from {{ ref("int_attribution__registrations") }} where passes_from_at is not null
    ),

    contested as (
        select
            passing.*,
            min(precedence) over (
                partition by opportunity_id
                order by passes_from_at
                range between unbounded preceding and current row
            ) as best_precedence
        from passing
    ),

    -- Who holds the deal from this approval on.
    holders as (
        select
            opportunity_id,
            partner_id,
            passes_from_at,
            lag(partner_id) over (
                partition by opportunity_id order by passes_from_at
            ) as holder_before
        from contested
        where precedence = best_precedence
    ),

    taken_over as (
        select
            holders.opportunity_id,
            holders.partner_id,
            holders.passes_from_at as since_at,
            lead(holders.passes_from_at) over (
                partition by holders.opportunity_id order by holders.passes_from_at
            ) as until_at
        from holders
        where holders.holder_before is null or holders.holder_before <> holders.partner_id
    ),

    -- A deal has no outcome before it is there.
    sourced as (
        select
            taken_over.opportunity_id,
            taken_over.partner_id,
            greatest(taken_over.since_at, opportunities.created_at) as since_at,
            taken_over.until_at
        from taken_over
        inner join opportunities on taken_over.opportunity_id = opportunities.opportunity_id
        where taken_over.until_at is null or taken_over.until_at > opportunities.created_at
    ),

    participating as (
        select
            touches.opportunity_id,
            touches.partner_id,
            greatest(touches.first_participating_at, opportunities.created_at) as from_at
        from touches
        inner join opportunities on touches.opportunity_id = opportunities.opportunity_id
    ),

    -- Influence is what participation leaves where the partner does not source: before, between,
    -- after.
    around_sourced as (
        select
            participating.opportunity_id,
            participating.partner_id,
            participating.from_at,
            sourced.since_at,
            sourced.until_at,
            sourced.opportunity_id is not null as is_sourced,
            row_number() over (
                partition by participating.opportunity_id, participating.partner_id
                order by sourced.since_at
            ) as span_number,
            lead(sourced.since_at) over (
                partition by participating.opportunity_id, participating.partner_id
                order by sourced.since_at
            ) as next_since_at
        from participating
        left join
            sourced
            on participating.opportunity_id = sourced.opportunity_id
            and participating.partner_id = sourced.partner_id
    ),

    influenced as (
        select opportunity_id, partner_id, from_at as since_at, since_at as until_at
        from around_sourced
        where span_number = 1 and (not is_sourced or from_at < since_at)

        union all

        select
            opportunity_id,
            partner_id,
            greatest(from_at, until_at) as since_at,
            next_since_at as until_at
        from around_sourced
        where until_at is not null and (next_since_at is null or from_at < next_since_at)
    ),

    final as (
        select opportunity_id, partner_id, 'sourced' as outcome, since_at, until_at
        from sourced
        union all
        select opportunity_id, partner_id, 'influenced' as outcome, since_at, until_at
        from influenced
    )

select *
from final
