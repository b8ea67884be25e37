-- One row per touch on a known opportunity before the end of the as-of date.
{% set has_evidence = "trim(coalesce(touches.evidence, '')) <> ''" %}
with
    run as (select as_of_end from {{ source("quality", "run") }}),

    touches as (select * from {{ ref("stg_crm__opportunity_touches") }}),

    partners as (select partner_id from {{ ref("stg_crm__partners") }}),

    opportunities as (select * from {{ ref("int_attribution__opportunities") }}),

    touch_types as (select * from {{ ref("touch_types") }}),

    judged as (
        select
            touches.touch_id,
            touches.opportunity_id,
            {{ known_partner() }} as partner_id,
            touches.touched_at,
            touches.touch_type,
            touches.role,
            opportunities.closed_at is null
            or touches.touched_at <= opportunities.closed_at as is_in_time,
            coalesce(touch_types.is_participating, false) as is_participating_type,
            touch_types.reason_if_alone,
            {{ has_evidence }} as has_evidence,
            not opportunities.requires_evidence or {{ has_evidence }} as is_proven,
            coalesce(
                touches.touched_at
                < {{
                    timestamp_plus_days(
                        "opportunities.closed_at", "- opportunities.lookback_days"
                    )
                }},
                false
            ) as is_beyond_lookback,
            opportunities.collapses_repeats
        from touches
        cross join run
        inner join opportunities on touches.opportunity_id = opportunities.opportunity_id
        left join partners on touches.partner_id = partners.partner_id
        left join
            touch_types
            on touches.touch_type = touch_types.touch_type
            and {{ is_in_force("touch_types", "cast(touches.touched_at as date)") }}
        where touches.touched_at < run.as_of_end
    ),

    excluded as (
        select
            judged.*,
            case
                when not is_in_time
                then 'after_close'
                when not is_participating_type
                then 'not_participating'
                when not is_proven
                then 'no_evidence'
                when is_beyond_lookback
                then 'beyond_lookback'
            end as excluded_because
        from judged
    ),

    -- Of touches of one partner in a row, where only the first counts, the later ones.
    repeats as (
        select touch_id
        from excluded
        where collapses_repeats and excluded_because is null
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
            excluded.is_participating_type and excluded.is_proven as is_participating,
            excluded.reason_if_alone,
            case
                when repeats.touch_id is not null
                then 'repeat_collapsed'
                else excluded.excluded_because
            end as excluded_because,
            excluded.role is not null
            and excluded.is_in_time
            and excluded.is_proven
            and not excluded.is_beyond_lookback
            and (
                excluded.is_participating_type
                or coalesce(excluded.reason_if_alone = 'implementation_or_support_only', false)
            ) as is_in_role_split,
            excluded.has_evidence
        from excluded
        left join repeats on excluded.touch_id = repeats.touch_id
    )

select *
from final
