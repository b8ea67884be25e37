-- One row per touch on a known opportunity before the end of the as-of date.
with
    judged as ({{ judged_touches() }}),

    opportunities as (
        select opportunity_id, closed_at, collapses_repeats, lookback_days
        from {{ ref("int_attribution__opportunities") }}
    ),

    excluded as (
        select
            judged.*,
            opportunities.collapses_repeats,
            judged.touched_at
            < {{ timestamp_plus_days("opportunities.closed_at", "- opportunities.lookback_days") }}
            as is_beyond_lookback,
            case
                when not judged.is_in_time
                then 'after_close'
                when judged.is_participating
                then null
                when judged.is_participating_type
                then 'no_evidence'
                else 'not_participating'
            end as never_because
        from judged
        inner join opportunities on judged.opportunity_id = opportunities.opportunity_id
    ),

    -- Of touches of one partner in a row, where only the first counts, the later ones.
    repeats as (
        select touch_id
        from excluded
        where
            collapses_repeats and never_because is null and not coalesce(is_beyond_lookback, false)
        qualify
            partner_id
            = lag(partner_id) over (partition by opportunity_id order by touched_at, touch_id)
    ),

    final as (
        select
            excluded.touch_id,
            excluded.opportunity_id,
            excluded.partner_id,
            excluded.touched_at,
            excluded.touch_type,
            excluded.role,
            excluded.is_in_time,
            coalesce(excluded.is_participating, false) as is_participating,
            case
                when excluded.never_because is not null
                then excluded.never_because
                when excluded.is_beyond_lookback
                then 'beyond_lookback'
                when repeats.touch_id is not null
                then 'repeat_collapsed'
            end as excluded_because,
            excluded.role is not null
            and excluded.is_in_time
            and coalesce(excluded.is_participating or excluded.is_delivery, false)
            and not coalesce(excluded.is_beyond_lookback, false) as is_in_role_split,
            excluded.has_evidence
        from excluded
        left join repeats on excluded.touch_id = repeats.touch_id
    )

select *
from final
