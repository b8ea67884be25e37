-- One row per registration submitted before the end of the as-of date.
with
    run as (select as_of_end from {{ source("quality", "run") }}),

    claims as (select * from {{ ref("int_registration__claims") }}),

    matches as (select * from {{ ref("int_registration__matches") }}),

    spans as (select * from {{ ref("int_registration__spans") }}),

    opportunities as (
        select opportunity_id, phase, is_won, is_closed from {{ ref("dim_opportunity") }}
    ),

    accounts as (select account_id, segment from {{ ref("dim_account") }}),

    latest as (
        select *
        from spans
        qualify row_number() over (partition by registration_id order by span_number desc) = 1
    ),

    -- The end of the last span in which it was valid: a wrong reopening adds none.
    ends as (
        select registration_id, max(until_at) as until_at
        from spans
        where is_valid
        group by registration_id
    ),

    judged as (
        select
            claims.*,
            case
                when claims.decision <> 'approved'
                then claims.decision
                when latest.kind = 'invalid_reopen'
                then 'invalid_reopen'
                when latest.until_at < run.as_of_end and latest.ended_by = 'inactivity'
                then 'expired_inactive'
                when latest.until_at < run.as_of_end
                then 'expired'
                when latest.renewals > 0
                then 'renewed'
                else latest.kind
            end as status,
            ends.until_at
        from claims
        cross join run
        left join latest on claims.registration_id = latest.registration_id
        left join ends on claims.registration_id = ends.registration_id
    ),

    standing as (
        select
            judged.registration_id,
            judged.named_partner_id,
            judged.account_id,
            judged.submitted_at,
            max(judged.submitted_at) over (partition by judged.account_id) as disputed_from_at,
            count(*) over (partition by judged.account_id) as claim_count
        from judged
        where judged.status in ('approved', 'renewed', 'reopened')
    ),

    -- Tiers are compared at the latest submission, so that any number of claims has one order.
    disputed as (
        select
            standing.registration_id,
            standing.account_id,
            row_number() over (
                partition by standing.account_id
                order by
                    coalesce(tiers.rank, 0) desc, standing.submitted_at, standing.registration_id
            ) as precedence
        from standing
        left join
            {{ ref("int_partner__tier_spans") }} as tier_spans
            on standing.named_partner_id = tier_spans.partner_id
            and tier_spans.from_at <= standing.disputed_from_at
            and (tier_spans.until_at is null or standing.disputed_from_at < tier_spans.until_at)
        left join
            {{ ref("tiers") }} as tiers
            on tier_spans.tier = tiers.tier
            and {{ is_in_force("tiers", "cast(standing.disputed_from_at as date)") }}
        where standing.claim_count > 1
    ),

    sides as (
        select
            account_id,
            max(case when precedence = 1 then registration_id end) as upheld_id,
            {{ join_sorted("case when precedence > 1 then registration_id end") }} as yielding_ids
        from disputed
        group by account_id
    ),

    rulings as (
        select
            disputed.registration_id,
            case
                when disputed.precedence = 1
                then concat('upheld over ', sides.yielding_ids)
                else concat('yields to ', sides.upheld_id)
            end as ruling,
            sides.upheld_id
        from disputed
        inner join sides on disputed.account_id = sides.account_id
    ),

    -- Whoever owns the deal owns the claim; one without a deal is where an open deal is.
    located as (
        select
            judged.registration_id,
            coalesce(judged.opportunity_id, matches.opportunity_id) as opportunity_id,
            accounts.segment,
            case
                when opportunities.is_won
                then 'won'
                when opportunities.is_closed
                then 'lost'
                when opportunities.phase = 'qualified'
                then 'qualified'
                else 'open'
            end as phase
        from judged
        left join matches on judged.registration_id = matches.registration_id
        left join opportunities on matches.opportunity_id = opportunities.opportunity_id
        left join accounts on judged.account_id = accounts.account_id
    ),

    routing as (
        select owners.segment, owners.phase, owners.owner_role
        from {{ ref("routing") }} as owners
        cross join {{ source("quality", "run") }} as run
        where {{ is_in_force("owners", "run.as_of") }}
    ),

    -- An answer that is still out is a miss once the target has passed, and no answer before.
    final as (
        select
            judged.registration_id,
            judged.partner_id,
            judged.account_id,
            located.opportunity_id,
            judged.status,
            cast(judged.submitted_at as date) as valid_from,
            cast(judged.until_at as date) as valid_until,
            {{
                decimal_ratio(
                    seconds_between("judged.submitted_at", "judged.responded_at"), "3600"
                )
            }} as response_hours,
            case
                when judged.responded_at is not null
                then
                    judged.responded_at
                    <= {{
                        timestamp_plus_hours(
                            "judged.submitted_at", "judged.response_target_hours"
                        )
                    }}
                when
                    {{
                        timestamp_plus_hours(
                            "judged.submitted_at", "judged.response_target_hours"
                        )
                    }} < run.as_of_end
                then false
            end as is_within_target,
            rulings.ruling,
            rulings.upheld_id as upheld_registration_id,
            coalesce(routing_of_segment.owner_role, routing_of_any.owner_role) as routed_to,
            judged.decision,
            judged.submitted_at,
            judged.responded_at
        from judged
        cross join run
        left join located on judged.registration_id = located.registration_id
        left join rulings on judged.registration_id = rulings.registration_id
        left join
            routing as routing_of_segment
            on located.segment = routing_of_segment.segment
            and located.phase = routing_of_segment.phase
        left join
            routing as routing_of_any
            on routing_of_any.segment = 'any'
            and located.phase = routing_of_any.phase
    )

select *
from final
