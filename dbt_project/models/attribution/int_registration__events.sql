-- One row per event in the life of an approved registration.
with
    run as (select as_of_end from {{ source("quality", "run") }}),

    claims as (select * from {{ ref("int_registration__claims") }} where decision = 'approved'),

    registrations as (select * from {{ ref("stg_crm__deal_registrations") }}),

    recorded as (
        select coalesce(bool_or(is_present), false) as is_present
        from {{ source("quality", "entities") }}
        where system = 'crm' and entity = 'registration_events'
    ),

    answers as (
        select
            registration_id,
            'submission' as event,
            submitted_at as occurred_at,
            cast(null as string) as event_id,
            cast(null as string) as proof,
            cast(null as string) as by_role
        from claims

        union all

        select registration_id, 'approval' as event, responded_at, null, null, null
        from claims
    ),

    recorded_events as (
        select
            events.registration_id,
            events.event,
            events.occurred_at,
            events.event_id,
            events.proof,
            events.by_role
        from {{ ref("stg_crm__registration_events") }} as events
        cross join recorded
        where recorded.is_present
    ),

    -- Where no events are recorded, the timestamps of the registration stand in.
    bare_timestamps as (
        select registrations.* from registrations cross join recorded where not recorded.is_present
    ),

    bare_events as (
        select
            registration_id,
            'activity' as event,
            last_activity_at as occurred_at,
            cast(null as string) as event_id,
            cast(null as string) as proof,
            cast(null as string) as by_role
        from bare_timestamps

        union all

        select registration_id, 'renewal' as event, renewed_at, null, renewal_proof, null
        from bare_timestamps

        union all

        select registration_id, 'reopening' as event, reopened_at, null, null, reopened_by_role
        from bare_timestamps
    ),

    events as (
        select *
        from answers
        union all
        select *
        from recorded_events
        union all
        select *
        from bare_events
    ),

    -- A reopening before the approval opens nothing again, unless by the role that may: it lifts
    -- a silence.
    told as (
        select
            claims.registration_id,
            events.event,
            events.event_id,
            claims.inactivity_days,
            events.event = 'renewal'
            and trim(coalesce(events.proof, '')) <> ''
            and events.occurred_at >= claims.responded_at as is_proven_renewal,
            case
                when events.event = 'submission'
                then 'approved'
                when events.event <> 'reopening'
                then null
                when lower(trim(events.by_role)) = lower(claims.reopening_role)
                then
                    case
                        when events.occurred_at >= claims.responded_at
                        then 'reopened'
                        else 'approved'
                    end
                when events.occurred_at >= claims.responded_at
                then 'invalid_reopen'
            end as starts_kind,
            events.occurred_at
        from events
        inner join claims on events.registration_id = claims.registration_id
        where events.occurred_at >= claims.submitted_at
    ),

    -- Of one instant the submission is first, then what starts a span: the other events belong to
    -- it.
    ordered as (
        select
            told.*,
            row_number() over (
                partition by registration_id
                order by
                    occurred_at,
                    case
                        when event = 'submission' then 0 when starts_kind is not null then 1 else 2
                    end,
                    event_id nulls first,
                    event
            ) as event_number
        from told
    ),

    followed as (
        select
            ordered.*,
            lead(occurred_at) over (partition by registration_id order by event_number) as next_at,
            count(starts_kind) over (
                partition by registration_id
                order by event_number
                rows between unbounded preceding and current row
            ) as span_number
        from ordered
    ),

    -- Between recorded events a silence is proven; bare timestamps prove the one after the last
    -- alone.
    silent as (
        select
            followed.*,
            case
                when recorded.is_present or followed.next_at is null
                then least(coalesce(followed.next_at, run.as_of_end), run.as_of_end)
            end as silent_until_at,
            {{ timestamp_plus_days("followed.occurred_at", "followed.inactivity_days") }}
            as patience_until_at
        from followed
        cross join recorded
        cross join run
        where followed.occurred_at < run.as_of_end
    ),

    final as (
        select
            registration_id,
            cast(span_number as integer) as span_number,
            event,
            event_id,
            starts_kind,
            is_proven_renewal,
            occurred_at,
            case
                when silent_until_at > patience_until_at then patience_until_at
            end as ended_by_silence_at
        from silent
    )

select *
from final
