-- One row per registration and span begun by its submission or by a reopening.
with
    claims as (select * from {{ ref("int_registration__claims") }} where decision = 'approved'),

    events as (select * from {{ ref("int_registration__events") }}),

    starts as (
        select
            events.registration_id,
            events.span_number,
            events.starts_kind as kind,
            events.occurred_at as from_at,
            lead(events.occurred_at) over (
                partition by events.registration_id order by events.span_number
            ) as next_from_at,
            case
                when events.starts_kind = 'reopened'
                then {{ timestamp_plus_days("events.occurred_at", "claims.reopening_days") }}
                else {{ timestamp_plus_days("claims.responded_at", "claims.expiry_days") }}
            end as first_expires_at,
            claims.renewal_days
        from events
        inner join claims on events.registration_id = claims.registration_id
        where events.starts_kind is not null
    ),

    renewals as (
        select
            events.registration_id,
            events.span_number,
            events.occurred_at,
            row_number() over (
                partition by events.registration_id, events.span_number
                order by events.occurred_at, events.event_id nulls first
            ) as renewal_number
        from events
        where events.is_proven_renewal
    ),

    -- Each renewal must come before the expiry that the ones before it left.
    in_time as (
        select
            renewals.registration_id,
            renewals.span_number,
            min(
                case
                    when
                        renewals.occurred_at
                        < {{
                            timestamp_plus_days(
                                "starts.first_expires_at",
                                "(renewals.renewal_number - 1) * starts.renewal_days",
                            )
                        }}
                    then 1
                    else 0
                end
            ) over (
                partition by renewals.registration_id, renewals.span_number
                order by renewals.renewal_number
                rows between unbounded preceding and current row
            ) as is_in_time
        from renewals
        inner join
            starts
            on renewals.registration_id = starts.registration_id
            and renewals.span_number = starts.span_number
    ),

    renewed as (
        select registration_id, span_number, cast(sum(is_in_time) as integer) as renewals
        from in_time
        group by registration_id, span_number
    ),

    silences as (
        select registration_id, span_number, min(ended_by_silence_at) as ended_by_silence_at
        from events
        group by registration_id, span_number
    ),

    expiring as (
        select
            starts.*,
            coalesce(renewed.renewals, 0) as renewals,
            {{
                timestamp_plus_days(
                    "starts.first_expires_at",
                    "coalesce(renewed.renewals, 0) * starts.renewal_days",
                )
            }} as expires_at,
            silences.ended_by_silence_at
        from starts
        left join
            renewed
            on starts.registration_id = renewed.registration_id
            and starts.span_number = renewed.span_number
        left join
            silences
            on starts.registration_id = silences.registration_id
            and starts.span_number = silences.span_number
    ),

    ended as (
        select
            expiring.*,
            case
                when ended_by_silence_at < expires_at then ended_by_silence_at else expires_at
            end as lapsed_at
        from expiring
    ),

    final as (
        select
            ended.registration_id,
            ended.span_number,
            claims.named_partner_id,
            claims.partner_id,
            claims.account_id,
            claims.opportunity_id,
            ended.kind,
            case
                when ended.kind = 'invalid_reopen'
                then 'invalid_reopen'
                when ended.next_from_at < ended.lapsed_at
                then 'reopening'
                when ended.ended_by_silence_at < ended.expires_at
                then 'inactivity'
                else 'expiry'
            end as ended_by,
            ended.renewals,
            ended.kind <> 'invalid_reopen' as is_valid,
            claims.responded_at as approved_at,
            ended.from_at,
            case
                when ended.kind = 'invalid_reopen'
                then ended.from_at
                when ended.next_from_at < ended.lapsed_at
                then ended.next_from_at
                else ended.lapsed_at
            end as until_at,
            ended.next_from_at
        from ended
        inner join claims on ended.registration_id = claims.registration_id
    )

select *
from final
