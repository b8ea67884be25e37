-- One row per registration matched to an opportunity, with what keeps it from sourcing the deal.
with
    claims as (select * from {{ ref("int_registration__claims") }}),

    matches as (select * from {{ ref("int_registration__matches") }}),

    opportunities as (select * from {{ ref("int_attribution__opportunities") }}),

    touches as (select * from {{ ref("int_attribution__touches") }}),

    spans as (select * from {{ ref("int_registration__spans") }}),

    matched as (
        select
            claims.registration_id,
            claims.named_partner_id,
            claims.partner_id,
            matches.opportunity_id,
            claims.decision,
            claims.submitted_at,
            claims.responded_at,
            opportunities.opportunity_type,
            opportunities.registration_grace_days,
            opportunities.created_at,
            opportunities.closed_at,
            opportunities.first_direct_touch_at
        from matches
        inner join claims on matches.registration_id = claims.registration_id
        inner join opportunities on matches.opportunity_id = opportunities.opportunity_id
    ),

    at_creation as (
        select
            matched.registration_id,
            bool_or(
                spans.is_valid
                and spans.from_at <= matched.created_at
                and matched.created_at < spans.until_at
            ) as is_valid,
            bool_or(
                not spans.is_valid
                and spans.from_at <= matched.created_at
                and (spans.next_from_at is null or matched.created_at < spans.next_from_at)
            ) as is_wrongly_reopened
        from matched
        inner join spans on matched.registration_id = spans.registration_id
        group by matched.registration_id
    ),

    -- An answer after the close comes too late to count: at the close the claim was pending.
    judged as (
        select
            matched.*,
            touches.first_touch_at,
            coalesce(at_creation.is_valid, false) as is_valid_at_creation,
            coalesce(at_creation.is_wrongly_reopened, false) as is_wrongly_reopened,
            case
                when matched.submitted_at > matched.closed_at
                then 'registered_too_late'
                when matched.decision = 'pending' or matched.responded_at > matched.closed_at
                then 'registration_pending'
                when matched.decision = 'rejected'
                then 'registration_rejected'
                when at_creation.is_wrongly_reopened
                then 'invalid_reopen'
                when matched.submitted_at <= matched.created_at and not at_creation.is_valid
                then 'registration_expired'
                when
                    matched.submitted_at > matched.created_at
                    or matched.submitted_at
                    > {{
                        timestamp_plus_days(
                            "touches.first_touch_at", "matched.registration_grace_days"
                        )
                    }}
                then 'registered_too_late'
                when
                    matched.opportunity_type = 'new'
                    and matched.first_direct_touch_at < matched.submitted_at
                then 'already_direct'
            end as failure
        from matched
        left join at_creation on matched.registration_id = at_creation.registration_id
        left join
            touches
            on matched.opportunity_id = touches.opportunity_id
            and matched.partner_id = touches.partner_id
    ),

    ranked as (
        select
            judged.*,
            tier_spans.tier,
            case
                when judged.failure is null
                then
                    row_number() over (
                        partition by judged.opportunity_id, judged.failure is null
                        order by
                            coalesce(tiers.rank, 0) desc,
                            judged.submitted_at,
                            judged.registration_id
                    )
            end as precedence
        from judged
        left join
            {{ ref("int_partner__tier_spans") }} as tier_spans
            on judged.named_partner_id = tier_spans.partner_id
            and tier_spans.from_at <= judged.created_at
            and (tier_spans.until_at is null or judged.created_at < tier_spans.until_at)
        left join
            {{ ref("tiers") }} as tiers
            on tier_spans.tier = tiers.tier
            and {{ is_in_force("tiers", "cast(judged.created_at as date)") }}
    ),

    final as (
        select
            registration_id,
            opportunity_id,
            partner_id,
            tier,
            decision,
            submitted_at,
            responded_at,
            first_touch_at,
            is_valid_at_creation,
            is_wrongly_reopened,
            failure,
            precedence,
            case when failure is null then responded_at end as passes_from_at
        from ranked
    )

select *
from final
